"""Reading and appending entries. Appending is for `commanding` alone, inside its one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Connection as SyncConnection
from sqlalchemy import and_, bindparam, func, insert, or_, select, update

from crisisroom.db import Connection
from crisisroom.log import raw
from crisisroom.log.record import Outline, Record, read_outline, read_record, show_record
from crisisroom.log.rows import table_of
from crisisroom.log.snapshot import Draft
from crisisroom.log.tables import BookHeadRow, EntryRow, InstanceRow, RoomHeadRow

T = TypeVar("T")

# SQLModel's columns are typed as their values; the tables underneath are what statements are made of.
_ENTRY: Any = EntryRow.__table__  # type: ignore[attr-defined]
_BOOK: Any = BookHeadRow.__table__  # type: ignore[attr-defined]
_ROOM: Any = RoomHeadRow.__table__  # type: ignore[attr-defined]
_INSTANCE: Any = InstanceRow.__table__  # type: ignore[attr-defined]

_POSITIONS = (
    select(_BOOK.c.book, _BOOK.c.position)
    .where(_BOOK.c.book.in_(bindparam("books", expanding=True)))
    .order_by(_BOOK.c.book)
)
_LOCKING = _POSITIONS.with_for_update()
_ROOM_HEADS = select(_ROOM).where(_ROOM.c.book.in_(bindparam("books", expanding=True)))
# Not pairs of both: SQLite would look through the whole log for them.
_REPEATS = select(_ENTRY).where(
    _ENTRY.c.actor.in_(bindparam("actors", expanding=True)), _ENTRY.c.key.in_(bindparam("keys", expanding=True))
)

_ENTRY_COLUMNS = ("book", "room", "seq", "position", "prev_hash", "hash", "envelope", "salt", "key")


async def instance(connection: Connection) -> tuple[UUID, str]:
    """The log's identity, which it keeps for ever, and the present epoch (hex)."""
    row = (await connection.execute(select(_INSTANCE))).one()
    return row.log, row.epoch


async def positions(connection: Connection, books: Collection[UUID]) -> dict[UUID, int]:
    """The newest position of each book that exists."""
    rows = await connection.execute(_POSITIONS, {"books": list(books)})
    return {row.book: row.position for row in rows}


@dataclass
class LockedHead:
    """A book's end while nobody else may append to it, and its rooms' ends: (seq, hash)."""

    position: int
    rooms: dict[UUID, tuple[int, str]]


def lock(
    connection: SyncConnection, books: Collection[UUID], keys: Collection[tuple[UUID, UUID]]
) -> tuple[dict[UUID, LockedHead], dict[tuple[UUID, UUID], Record]]:
    """Keep everybody else from appending to these books until the end of the transaction.

    Gives the end of each that exists, and the first entry of each command that was carried out before, by (actor,
    idempotency key).
    """
    wanted = {"books": _filled(sorted(books))}
    heads = {row.book: LockedHead(row.position, {}) for row in connection.execute(_LOCKING, wanted)}
    # A statement of its own: one that waited for the lock would still see the rooms as they were before.
    for room in connection.execute(_ROOM_HEADS, wanted):
        if room.book in heads:
            heads[room.book].rooms[room.room] = (room.seq, room.hash)
    if not keys:
        return heads, {}
    actors, numbers = (_filled([*{pair[place] for pair in keys}]) for place in (0, 1))
    rows = connection.execute(_REPEATS, {"actors": actors, "keys": numbers})
    return heads, {(row.actor, row.key): read_record(row) for row in rows if (row.actor, row.key) in keys}


def _filled(values: list[UUID]) -> list[UUID]:
    """The same values, the last one repeated up to a power of two: each length is a statement of its own, which the
    database would have to prepare and plan.
    """
    return values + values[-1:] * ((1 << (len(values) - 1).bit_length()) - len(values))


async def room_heads(connection: Connection) -> dict[UUID, tuple[UUID, int]]:
    """Each room's book and how many entries it has."""
    rows = await connection.execute(select(_ROOM.c.room, _ROOM.c.book, _ROOM.c.seq))
    return {row.room: (row.book, row.seq) for row in rows}


async def read_after(connection: Connection, book: UUID, position: int, limit: int = 10_000) -> list[Record]:
    """Entries of all rooms of a book after a position, in the book's order: for the server itself, not for viewers."""
    statement = select(_ENTRY).where(_ENTRY.c.book == book, _ENTRY.c.position > position)
    rows = await connection.execute(statement.order_by(_ENTRY.c.position).limit(limit))
    return [read_record(row) for row in rows]


async def read_all(connection: Connection, book: UUID, after: int | None = None) -> list[Record]:
    """A whole book in order, or its part after a position, damaged entries as `Unreadable`: replay stops at them."""
    return await _each(show_record, await connection.execute(_after(select(_ENTRY), book, after)))


async def read_outlines(connection: Connection, book: UUID, after: int | None = None) -> list[Outline]:
    """The same without what the entries say."""
    columns = select(_ENTRY.c.room, _ENTRY.c.seq, _ENTRY.c.position, _ENTRY.c.envelope)
    return await _each(read_outline, await connection.execute(_after(columns, book, after)))


async def read_page(
    connection: Connection, book: UUID, rooms: Collection[UUID], after: int | None, limit: int
) -> list[Record]:
    """The next entries of these rooms after a position, in the book's order, damaged ones among them."""
    statement = _after(select(_ENTRY), book, after).where(_ENTRY.c.room.in_(rooms)).limit(limit)
    return [show_record(row) for row in await connection.execute(statement)]


async def read_positions(
    connection: Connection, book: UUID, rooms: Collection[UUID], positions: Collection[int]
) -> list[Record]:
    """The entries of these rooms that stand at these positions, newest first, damaged ones among them."""
    wanted = and_(_ENTRY.c.book == book, _ENTRY.c.position.in_(positions), _ENTRY.c.room.in_(rooms))
    rows = await connection.execute(select(_ENTRY).where(wanted).order_by(_ENTRY.c.position.desc()))
    return [show_record(row) for row in rows]


async def _each(read: Callable[[Any], T], rows: Iterable[Any]) -> list[T]:
    """A whole book's rows, read in a thread: of a long log this takes a second, in which a server must answer."""
    return await asyncio.to_thread(lambda: [read(row) for row in rows])


def _after(statement: Any, book: UUID, after: int | None) -> Any:
    return statement.where(_beyond(book, after)).order_by(_ENTRY.c.position)


def _beyond(book: UUID, after: int | None) -> Any:
    return _ENTRY.c.book == book if after is None else and_(_ENTRY.c.book == book, _ENTRY.c.position > after)


async def read_rooms(
    connection: Connection, book: UUID, after: Mapping[UUID, int], limit: int, newest_first: bool = False
) -> list[Record]:
    """Entries of these rooms, each after its own seq, in the book's order: what somebody in just these rooms sees.

    A damaged entry is among them as `Unreadable`, so that people see where it stood.
    """
    if not after:
        return []
    seen = [and_(_ENTRY.c.room == room, _ENTRY.c.seq > seq) for room, seq in after.items()]
    order = _ENTRY.c.position.desc() if newest_first else _ENTRY.c.position
    rows = await connection.execute(
        select(_ENTRY).where(_ENTRY.c.book == book, or_(*seen)).order_by(order).limit(limit)
    )
    return [show_record(row) for row in rows]


async def read_naming(connection: Connection, room: UUID, field: str, id: UUID) -> list[Record]:
    """Entries of a room, in order, whose data has this id in this field.

    The database looks through the text, so that a long log is not turned into entries to find a few. Data is canonical
    JSON, and inside a text its quotes are escaped: what somebody wrote is never taken for a field.
    """
    named = _ENTRY.c.data.contains(f'"{field}":"{id}"', autoescape=True)
    rows = await connection.execute(select(_ENTRY).where(_ENTRY.c.room == room, named).order_by(_ENTRY.c.seq))
    return [show_record(row) for row in rows]


async def books(connection: Connection) -> list[UUID]:
    """Every book there is."""
    found = await connection.scalars(select(raw.as_stored(_BOOK.c.book)).order_by(_BOOK.c.book))
    return [book for book in map(raw.read_id, found) if isinstance(book, UUID)]


async def rooms(connection: Connection) -> set[raw.Id]:
    """Every room that has an entry, in any book."""
    return set(map(raw.read_id, await connection.scalars(select(raw.as_stored(_ENTRY.c.room)).distinct())))


async def raw_entries(connection: Connection, book: UUID, after: int | None = None) -> Sequence[raw.RawEntry]:
    """A book's stored rows as they are, by room and seq: for verification, which trusts nothing.

    With `after`, only those beyond that position.
    """
    columns = [raw.as_stored(_ENTRY.c[name]) for name in raw.RawEntry._fields]
    rows = await connection.execute(select(*columns).where(_beyond(book, after)).order_by(_ENTRY.c.room, _ENTRY.c.seq))
    return await _each(raw.read_entry, rows)


async def raw_heads(connection: Connection, book: UUID) -> tuple[raw.RawHead | None, Sequence[raw.RawRoomHead]]:
    """The stored heads of a book and of its rooms, as they are."""
    columns = [raw.as_stored(_BOOK.c[name]) for name in raw.RawHead._fields]
    head = (await connection.execute(select(*columns).where(_BOOK.c.book == book))).one_or_none()
    columns = [raw.as_stored(_ROOM.c[name]) for name in raw.RawRoomHead._fields]
    rooms = await connection.execute(select(*columns).where(_ROOM.c.book == book))
    return raw.read_head(head) if head else None, [raw.read_room_head(row) for row in rooms]


async def orphans(connection: Connection) -> list[raw.Id]:
    """Books that have entries or rooms but no head: nothing of them would be looked at otherwise."""
    known = select(_BOOK.c.book)
    found = select(raw.as_stored(_ENTRY.c.book)).where(_ENTRY.c.book.not_in(known)).union(
        select(raw.as_stored(_ROOM.c.book)).where(_ROOM.c.book.not_in(known))
    )  # fmt: skip
    return list(map(raw.read_id, await connection.scalars(found)))


async def count(connection: Connection) -> int:
    """Entries in the whole log."""
    return int(await connection.scalar(select(func.count()).select_from(_ENTRY)) or 0)


async def newest_at(connection: Connection) -> datetime | None:
    """When the newest entry of the whole log was written."""
    found: datetime | None = await connection.scalar(select(func.max(_BOOK.c.at)))
    return found


async def touch(connection: Connection) -> None:
    """Write something that changes nothing: to find out whether the database takes changes."""
    await connection.execute(update(_INSTANCE).values(epoch=_INSTANCE.c.epoch))


def write(connection: SyncConnection, records: Sequence[Record], drafts: Iterable[Draft]) -> None:
    """Write entries, and what they changed: state rows and heads. Only `commanding.execute` calls this, and commits.

    One statement a table, however many books there are: on PostgreSQL each is a journey.
    """
    _append(connection, records)
    made, changed = _Values(), _Values()
    for draft in drafts:
        for model, rows in draft.changed().items():
            for id, row in rows.items():
                known = draft.base.get(model, id) is not None
                (changed if known else made).add((table_of(model), "id"), row.model_dump())
        for room, head in draft.heads.items():
            if head != draft.base.head(room):
                into = changed if room in draft.base.heads else made
                into.add((_ROOM, "room"), {"room": room, "book": draft.book, "seq": head.seq, "hash": head.hash})
        if draft.position != draft.base.position:
            into = changed if draft.base.position else made
            into.add((_BOOK, "book"), {"book": draft.book, "position": draft.position, "at": draft.at})
    for (table, _), values in made.items():
        _insert(connection, table, values)
    for (table, key), values in changed.items():
        _update(connection, table, key, values)


class _Values(dict[tuple[Any, str], list[dict[str, Any]]]):
    """New values of rows, by table and its key."""

    def add(self, place: tuple[Any, str], values: dict[str, Any]) -> None:
        self.setdefault(place, []).append(values)


def _append(connection: SyncConnection, records: Sequence[Record]) -> None:
    rows = [{name: getattr(record, name) for name in _ENTRY_COLUMNS} for record in records]
    for row, record in zip(rows, records, strict=True):
        row["data"] = record.data_text
        row["actor"] = record.by.person
    _insert(connection, _ENTRY, rows)


def _insert(connection: SyncConnection, table: Any, values: list[dict[str, Any]]) -> None:
    if values:
        connection.execute(_inserting(table), values)


def _update(connection: SyncConnection, table: Any, key: str, values: list[dict[str, Any]]) -> None:
    for row in values:
        row[_OLD] = row.pop(key)
    if values:
        connection.execute(_updating(table, key), values)


# Making a statement takes longer than carrying it out, so each is made once.
_OLD = "which"


@cache
def _inserting(table: Any) -> Any:
    return insert(table)


@cache
def _updating(table: Any, key: str) -> Any:
    return update(table).where(table.c[key] == bindparam(_OLD))


async def has_log(connection: Connection) -> bool:
    """Whether the database has a log's identity already."""
    return (await connection.execute(select(_INSTANCE))).first() is not None


async def begin_log(connection: Connection, log: UUID, epoch: str) -> None:
    """Give a new database its identity. Part of preparing it, before anything is written."""
    await connection.execute(insert(_INSTANCE).values(log=log, epoch=epoch))
