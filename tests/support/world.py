"""A world to test in: a database, a writer that verifies every change, people, a clock, and an incident."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from crisisroom.access.directory import Directory
from crisisroom.access.grants import Actor
from crisisroom.access.rooms import Room, main_room
from crisisroom.commanding.command import read_command
from crisisroom.commanding.execute import Receipt
from crisisroom.db import Database
from crisisroom.features import References
from crisisroom.incidents.models import Incident, incident_of
from crisisroom.log import store
from crisisroom.log.books import Books
from crisisroom.log.record import Record
from crisisroom.log.rows import Row
from crisisroom.log.snapshot import Snapshot
from crisisroom.people.directory import DIRECTORY
from crisisroom.playbooks.library import Library
from tests.support.clock import FakeClock
from tests.support.ids import SeededIds
from tests.support.people import People, people_of
from tests.support.verify import VerifyingWriter

R = TypeVar("R", bound=Row)

PLAYBOOKS = Path(__file__).resolve().parents[2] / "playbooks"


@cache
def shipped() -> Library:
    """The playbooks that come with the product."""
    return Library.load([PLAYBOOKS])


@dataclass
class World:
    """Everything a test needs. `book` is the incident that commands go to unless another is named."""

    database: Database
    books: Books
    writer: VerifyingWriter
    clock: FakeClock
    ids: SeededIds
    people: People
    directory: Directory
    book: UUID | None = None
    receipts: list[Receipt] = field(default_factory=list)
    damaged: bool = False
    """Set by a test that has changed the tables behind the program's back."""

    async def do(
        self, name: str, by: Actor, /, *, book: UUID | None = None, key: UUID | None = None, **fields: Any
    ) -> Receipt:
        """Carry out a command and verify everything that must hold after it."""
        command = read_command(name, fields)
        receipt = await self.writer.execute(command, by, book=book or self._target(command), key=key)
        self.receipts.append(receipt)
        return receipt

    async def do_unseen(
        self, name: str, by: Actor, /, *, book: UUID | None = None, key: UUID | None = None, **fields: Any
    ) -> Receipt:
        """Carry out a command without looking, so that many can be under way at once."""
        command = read_command(name, fields)
        return await self.writer.execute_unseen(command, by, book=book or self._target(command), key=key)

    async def all_at_once(self, calls: Sequence[Any]) -> list[Any]:
        """Every outcome, refusals as well, of commands that were sent together."""
        return await asyncio.gather(*calls, return_exceptions=True)

    def _target(self, command: Any) -> UUID | None:
        return None if command.opens_book else self.book

    # What there is now

    @property
    def state(self) -> Snapshot:
        """The incident's state in memory."""
        assert self.book is not None
        snapshot = self.books.known(self.book)
        assert snapshot is not None
        return snapshot

    @property
    def incident(self) -> Incident:
        """The incident."""
        return incident_of(self.state)

    @property
    def main(self) -> Room:
        """The incident's main room."""
        return main_room(self.state)

    def row(self, model: type[R], id: UUID | None) -> R:
        """One row of the incident."""
        assert id is not None
        found = self.state.get(model, id)
        assert found is not None
        return found

    def all(self, model: type[R]) -> list[R]:
        """Every row of a kind."""
        return list(self.state.rows(model).values())

    async def records(self, book: UUID | None = None) -> list[Record]:
        """The log of a book, oldest first."""
        wanted = book or self.book
        assert wanted is not None
        async with self.database.read() as connection:
            return await store.read_after(connection, wanted, 0)

    async def last(self) -> Record:
        """The newest entry."""
        return (await self.records())[-1]

    async def count(self) -> int:
        """Entries of all books."""
        async with self.database.read() as connection:
            return await store.count(connection)


@asynccontextmanager
async def a_world(database: Database, seed: int = 2) -> AsyncIterator[World]:
    """A running world on a database, closed at the end; commands go to the incident that is in it, if there is one."""
    books, clock, ids = Books(), FakeClock(), SeededIds(seed)
    references = References(books, shipped())
    try:
        async with database.read() as connection:
            await references.refresh(connection)
            book = next((book for book in await store.books(connection) if book != DIRECTORY), None)
            if book is not None:
                await books.fresh(connection, book)
        writer = VerifyingWriter(database, books, clock, ids, references)
        async with writer.running():
            directory = references.directory
            world = World(database, books, writer, clock, ids, people_of(directory), directory, book)
            yield world
        if not world.damaged:
            await writer.verify_unseen()
    finally:
        await database.close()
