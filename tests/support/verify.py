"""What must hold after every command, whatever it was.

1. The chains verify, and the state tables are what the log adds up to.
2. Loading the tables, advancing the state in memory and replaying the log give the same state.
3. A refused command leaves no entry, and the state in memory as it was.
4. The old page with the touched regions drawn over it is the page drawn anew.

What a refusal may have done to the tables, and what many commands at once led to, is looked at when the test ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from uuid import UUID

from jinja2 import Environment

from crisisroom.access.grants import Actor
from crisisroom.commanding.command import Command
from crisisroom.commanding.execute import Receipt, Writer
from crisisroom.incidents.models import Incident
from crisisroom.log import store
from crisisroom.log.record import Record
from crisisroom.log.rows import models
from crisisroom.log.snapshot import Snapshot, differences
from crisisroom.log.verify import verify_book, verify_rest
from crisisroom.playbooks.models import Item, Run
from crisisroom.render.env import make_environment
from crisisroom.render.log_lines import draw_entry
from crisisroom.render.regions import Draws
from crisisroom.tasks.models import Task

WHOLE_BOARD = "board"
GONE = "<template"

Page = dict[str, str]


@cache
def environment() -> Environment:
    """The templates, compiled once."""
    return make_environment()


@dataclass
class Seen:
    """A book as it was at one moment."""

    position: int = 0
    entries: int = 0
    page: Page | None = None
    state: Snapshot | None = None


class VerifyingWriter(Writer):
    """The writer, with every command looked at before and after. One at a time, unless asked otherwise."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._turn = asyncio.Lock()
        self._seen: dict[UUID, Seen] = {}
        self._unseen: set[UUID] = set()

    async def execute(
        self, command: Command, actor: Actor, *, book: UUID | None = None, key: UUID | None = None
    ) -> Receipt:
        async with self._turn:
            before = await self._look(book)
            try:
                receipt = await super().execute(command, actor, book=book, key=key)
            except Exception:
                await self._verify_refused(before)
                self._unseen |= {book} if book else set()
                raise
            await self._verify_done(receipt, before)
            return receipt

    async def execute_unseen(
        self, command: Command, actor: Actor, *, book: UUID | None = None, key: UUID | None = None
    ) -> Receipt:
        """As many at once as one likes; `verify` afterwards looks at what they led to."""
        receipt = await super().execute(command, actor, book=book, key=key)
        self._unseen.add(receipt.book)
        return receipt

    async def verify(self, book: UUID) -> Snapshot:
        """Points 1 and 2 for a book as it is now."""
        async with self.database.read() as connection:
            assert await verify_book(connection, book) == []
            loaded = await Snapshot.load(connection, book)
            replayed = Snapshot.replay(book, await store.read_after(connection, book, 0))
            advanced = await self.books.fresh(connection, book)
        assert_same(loaded, replayed)
        assert_same(advanced, replayed)
        self._unseen.discard(book)
        return advanced

    async def verify_all(self) -> None:
        """Every book, and what lies beside them."""
        async with self.database.read() as connection:
            assert await verify_rest(connection) == []
            books = await store.books(connection)
        for book in books:
            await self.verify(book)

    async def verify_unseen(self) -> None:
        """Points 1 and 2 for the books that were not looked at since something was tried there."""
        async with self.database.read() as connection:
            books = self._unseen & set(await store.books(connection))
        for book in books:
            await self.verify(book)

    async def _look(self, book: UUID | None) -> Seen:
        async with self.database.read() as connection:
            entries = await store.count(connection)
            if book is None:
                return Seen(entries=entries)
            snapshot = await self.books.fresh(connection, book)
            seen = self._seen.get(book)
            if seen is None or seen.position != snapshot.position:
                seen = Seen(snapshot.position, page=draw_page(snapshot, await store.read_after(connection, book, 0)))
        return replace(seen, entries=entries, state=copy_of(snapshot))

    async def _verify_refused(self, before: Seen) -> None:
        async with self.database.read() as connection:
            assert await store.count(connection) == before.entries, "a refused command left an entry"
        if before.state is not None and (now := self.books.known(before.state.book)):
            assert_same(now, before.state)

    async def _verify_done(self, receipt: Receipt, before: Seen) -> None:
        book = receipt.book
        snapshot = await self.verify(book)
        async with self.database.read() as connection:
            records = await store.read_after(connection, book, 0)
            entries = await store.count(connection)
        if receipt.result != "applied":
            assert entries == before.entries, "nothing was to be done, and something was"
            return
        news = [record for record in records if record.position > before.position]
        assert entries == before.entries + len(news)
        assert (news[0].room, news[0].seq) == (receipt.room, receipt.seq)
        page = draw_page(snapshot, records)
        if page is not None:
            updated = draw_over(before.page or {}, snapshot, news)
            assert_same_page(updated if updated is not None else page, page)
        self._seen[book] = Seen(snapshot.position, page=page)


def copy_of(snapshot: Snapshot) -> Snapshot:
    """The state as it is now. Rows are never changed in place, so they need no copies."""
    copy = Snapshot(snapshot.book)
    copy.position, copy.at, copy.heads = snapshot.position, snapshot.at, dict(snapshot.heads)
    for model in models():
        for row in snapshot.rows(model).values():
            copy.put(row)
    return copy


def assert_same(one: Snapshot, other: Snapshot) -> None:
    """Both states agree in everything."""
    assert differences(one, other) == []
    assert (one.position, one.at, dict(one.heads)) == (other.position, other.at, dict(other.heads))


def assert_same_page(one: Page, other: Page) -> None:
    """Both pages have the same regions with the same bytes."""
    wrong = sorted(region for region in one.keys() | other.keys() if one.get(region) != other.get(region))
    told = "\n".join(f"{region}\n  {_first_difference(one.get(region, ''), other.get(region, ''))}" for region in wrong)
    assert not wrong, f"after the live update these are not what a fresh page shows:\n{told}"


def draw_page(snapshot: Snapshot, records: Iterable[Record]) -> Page | None:
    """Every live region of a board, drawn anew; None for a book that is no incident."""
    if not snapshot.rows(Incident):
        return None
    regions = [
        "header",
        *(f"run:{id}" for id in snapshot.rows(Run)),
        *(f"item:{id}" for id in snapshot.rows(Item)),
        *(f"task:{id}" for id in snapshot.rows(Task)),
    ]
    draw = Draws(environment(), snapshot)
    page = {region: str(draw(region)) for region in regions} | draw_entries(snapshot, records)
    return {region: html for region, html in page.items() if not html.startswith(GONE)}


def draw_over(page: Page, snapshot: Snapshot, news: Sequence[Record]) -> Page | None:
    """The page with what the new entries touch drawn over it; None when all of it is to be drawn anew."""
    touched = dict.fromkeys(region for record in news for region in record.data.regions())
    if WHOLE_BOARD in touched:
        return None
    draw = Draws(environment(), snapshot)
    drawn = {region: str(draw(region)) for region in touched} | draw_entries(snapshot, news)
    return {region: html for region, html in (page | drawn).items() if not html.startswith(GONE)}


def draw_entries(snapshot: Snapshot, records: Iterable[Record]) -> Page:
    """The log's lines."""
    return {f"entry:{one.room}:{one.seq}": draw_entry(environment(), snapshot, one) for one in records}


def _first_difference(one: str, other: str) -> str:
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    start = max(0, start - 60)
    return f"live:  …{one[start : start + 200]}\n  fresh: …{other[start : start + 200]}"
