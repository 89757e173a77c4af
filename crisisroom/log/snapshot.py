"""A book's state at one point of its log. `load`, `advance` and `replay` all give the same object."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar, cast
from uuid import UUID

from sqlalchemy import select

from crisisroom.db import Connection
from crisisroom.log.canonical import NO_HASH
from crisisroom.log.record import Record
from crisisroom.log.rows import Row, models, table_of
from crisisroom.log.tables import BookHeadRow, RoomHeadRow

R = TypeVar("R", bound=Row)
LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Head:
    """The newest end of a room's chain: how many entries, and the last one's hash."""

    seq: int = 0
    hash: str = NO_HASH


class Rows(Protocol):
    """Read access to the rows of one book."""

    def rows(self, model: type[R]) -> Mapping[UUID, R]:
        """Every row of a kind, by id."""
        ...

    def get(self, model: type[R], id: UUID) -> R | None:
        """One row, or None."""
        ...


class Snapshot:
    """The rows of a book, the heads of its rooms, and the server's own position in it."""

    def __init__(self, book: UUID) -> None:
        self.book = book
        self.position = 0
        self.at = LONG_AGO
        self.heads: dict[UUID, Head] = {}
        self._rows: dict[type[Row], dict[UUID, Row]] = {}

    def rows(self, model: type[R]) -> Mapping[UUID, R]:
        return cast("Mapping[UUID, R]", self._rows.get(model, {}))

    def get(self, model: type[R], id: UUID) -> R | None:
        return self.rows(model).get(id)

    def head(self, room: UUID) -> Head:
        """The newest end of a room's chain; an empty one for a room that has no entry yet."""
        return self.heads.get(room, Head())

    def put(self, row: Row) -> None:
        """Set one row."""
        self._rows.setdefault(type(row), {})[row.id] = row

    def advance(self, record: Record) -> list[Row]:
        """Take the next entry and return the rows it changed. Raises ValueError if it is not the next of its room."""
        head = self.head(record.room)
        if record.seq != head.seq + 1 or record.prev_hash != head.hash:
            raise ValueError(f"entry {record.seq} does not follow entry {head.seq} of its room")
        changed = list(record.data.apply(self, record.stamp))
        for row in changed:
            self.put(row)
        self.heads[record.room] = Head(record.seq, record.hash)
        self.position = record.position
        self.at = record.at
        return changed

    @classmethod
    def replay(cls, book: UUID, records: Iterable[Record]) -> Snapshot:
        """Fold the log from its beginning."""
        snapshot = cls(book)
        for record in records:
            snapshot.advance(record)
        return snapshot

    @classmethod
    async def load(cls, connection: Connection, book: UUID) -> Snapshot:
        """Read the state tables; the connection must see them and the heads in one transaction."""
        snapshot = cls(book)
        head = (await connection.execute(select(BookHeadRow).where(_is(BookHeadRow.book, book)))).one_or_none()
        if head is None:
            return snapshot
        snapshot.position, snapshot.at = head.position, head.at
        for room in await connection.execute(select(RoomHeadRow).where(_is(RoomHeadRow.book, book))):
            snapshot.heads[room.room] = Head(room.seq, room.hash)
        for model in models():
            table = table_of(model)
            for row in await connection.execute(select(table).where(table.c.book == book)):
                snapshot.put(model.model_validate(dict(row._mapping)))
        return snapshot


class Draft(Snapshot):
    """A snapshot on top of another one, which stays as it is until the draft is merged into it."""

    def __init__(self, base: Snapshot) -> None:
        super().__init__(base.book)
        self.base = base
        self.began = base.position
        self.position, self.at = base.position, base.at
        self.heads = dict(base.heads)

    def rows(self, model: type[R]) -> Mapping[UUID, R]:
        own = self._rows.get(model)
        if own is None:
            return self.base.rows(model)
        # Not copied: a board has thousands of rows, and a command looks at a few.
        return cast("Mapping[UUID, R]", ChainMap(own, self.base.rows(model)))  # type: ignore[arg-type]

    def get(self, model: type[R], id: UUID) -> R | None:
        own = self._rows.get(model, {}).get(id)
        return cast("R", own) if own is not None else self.base.get(model, id)

    def changed(self) -> dict[type[Row], dict[UUID, Row]]:
        """The rows that differ from the base, by kind."""
        return self._rows

    def merge(self) -> None:
        """Make the base what this draft is, unless it has read the same entries from the log meanwhile."""
        if self.base.position != self.began:
            return
        for rows in self._rows.values():
            for row in rows.values():
                self.base.put(row)
        self.base.heads.update(self.heads)
        self.base.position, self.base.at = self.position, self.at


def differences(one: Snapshot, other: Snapshot) -> list[tuple[str, UUID]]:
    """What the two disagree on, as (kind, id); heads as ("head", room)."""
    found: list[tuple[str, UUID]] = []
    for model in models():
        a, b = one.rows(model), other.rows(model)
        found += [(model.__name__.lower(), id) for id in a.keys() | b.keys() if a.get(id) != b.get(id)]
    found += [("head", room) for room in one.heads.keys() | other.heads.keys() if one.head(room) != other.head(room)]
    return sorted(found, key=str)


def _is(column: Any, value: UUID) -> Any:
    return column == value
