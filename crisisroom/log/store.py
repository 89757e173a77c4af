"""Reading entries, and giving a new log its identity. `appending.py` has what writes entries."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import and_, bindparam, func, insert, or_, select

from crisisroom.db import Connection
from crisisroom.log import raw
from crisisroom.log.record import Outline, Record, read_outline, read_record, show_record
from crisisroom.log.tables import BOOK, ENTRY, INSTANCE, ROOM

T = TypeVar("T")

POSITIONS = (
    select(BOOK.c.book, BOOK.c.position)
    .where(BOOK.c.book.in_(bindparam("books", expanding=True)))
    .order_by(BOOK.c.book)
)


async def instance(connection: Connection) -> tuple[UUID, str]:
    """The log's identity, which it keeps for ever, and the present epoch (hex)."""
    row = (await connection.execute(select(INSTANCE))).one()
    return row.log, row.epoch


async def positions(connection: Connection, books: Collection[UUID]) -> dict[UUID, int]:
    """The newest position of each book that exists."""
    rows = await connection.execute(POSITIONS, {"books": list(books)})
    return {row.book: row.position for row in rows}


async def room_heads(connection: Connection) -> dict[UUID, tuple[UUID, int]]:
    """Each room's book and how many entries it has."""
    rows = await connection.execute(select(ROOM.c.room, ROOM.c.book, ROOM.c.seq))
    return {row.room: (row.book, row.seq) for row in rows}


async def read_after(connection: Connection, book: UUID, position: int, limit: int = 10_000) -> list[Record]:
    """Entries of all rooms of a book after a position, in the book's order: for the server itself, not for viewers."""
    statement = select(ENTRY).where(ENTRY.c.book == book, ENTRY.c.position > position)
    rows = await connection.execute(statement.order_by(ENTRY.c.position).limit(limit))
    return [read_record(row) for row in rows]


async def read_all(connection: Connection, book: UUID, after: int | None = None) -> list[Record]:
    """A whole book in order, or its part after a position, damaged entries as `Unreadable`: replay stops at them."""
    return await _each(show_record, await connection.execute(_after(select(ENTRY), book, after)))


async def read_outlines(connection: Connection, book: UUID, after: int | None = None) -> list[Outline]:
    """The same without what the entries say."""
    columns = select(ENTRY.c.room, ENTRY.c.seq, ENTRY.c.position, ENTRY.c.envelope)
    return await _each(read_outline, await connection.execute(_after(columns, book, after)))


async def read_page(
    connection: Connection, book: UUID, rooms: Collection[UUID], after: int | None, limit: int
) -> list[Record]:
    """The next entries of these rooms after a position, in the book's order, damaged ones among them."""
    statement = _after(select(ENTRY), book, after).where(ENTRY.c.room.in_(rooms)).limit(limit)
    return [show_record(row) for row in await connection.execute(statement)]


async def read_positions(
    connection: Connection, book: UUID, rooms: Collection[UUID], positions: Collection[int]
) -> list[Record]:
    """The entries of these rooms that stand at these positions, newest first, damaged ones among them."""
    wanted = and_(ENTRY.c.book == book, ENTRY.c.position.in_(positions), ENTRY.c.room.in_(rooms))
    rows = await connection.execute(select(ENTRY).where(wanted).order_by(ENTRY.c.position.desc()))
    return [show_record(row) for row in rows]


async def _each(read: Callable[[Any], T], rows: Iterable[Any]) -> list[T]:
    """A whole book's rows, read in a thread: of a long log this takes a second, in which a server must answer."""
    return await asyncio.to_thread(lambda: [read(row) for row in rows])


def _after(statement: Any, book: UUID, after: int | None) -> Any:
    return statement.where(_beyond(book, after)).order_by(ENTRY.c.position)


def _beyond(book: UUID, after: int | None) -> Any:
    return ENTRY.c.book == book if after is None else and_(ENTRY.c.book == book, ENTRY.c.position > after)


async def read_rooms(
    connection: Connection, book: UUID, after: Mapping[UUID, int], limit: int, newest_first: bool = False
) -> list[Record]:
    """Entries of these rooms, each after its own seq, in the book's order: what somebody in just these rooms sees.

    A damaged entry is among them as `Unreadable`, so that people see where it stood.
    """
    if not after:
        return []
    seen = [and_(ENTRY.c.room == room, ENTRY.c.seq > seq) for room, seq in after.items()]
    order = ENTRY.c.position.desc() if newest_first else ENTRY.c.position
    rows = await connection.execute(select(ENTRY).where(ENTRY.c.book == book, or_(*seen)).order_by(order).limit(limit))
    return [show_record(row) for row in rows]


async def read_naming(connection: Connection, room: UUID, field: str, id: UUID) -> list[Record]:
    """Entries of a room, in order, whose data has this id in this field.

    The database looks through the text, so that a long log is not turned into entries to find a few. Data is canonical
    JSON, and inside a text its quotes are escaped: what somebody wrote is never taken for a field.
    """
    named = ENTRY.c.data.contains(f'"{field}":"{id}"', autoescape=True)
    rows = await connection.execute(select(ENTRY).where(ENTRY.c.room == room, named).order_by(ENTRY.c.seq))
    return [show_record(row) for row in rows]


async def books(connection: Connection) -> list[UUID]:
    """Every book there is."""
    found = await connection.scalars(select(raw.as_stored(BOOK.c.book)).order_by(BOOK.c.book))
    return [book for book in map(raw.read_id, found) if isinstance(book, UUID)]


async def rooms(connection: Connection) -> set[raw.Id]:
    """Every room that has an entry, in any book."""
    return set(map(raw.read_id, await connection.scalars(select(raw.as_stored(ENTRY.c.room)).distinct())))


async def raw_entries(connection: Connection, book: UUID, after: int | None = None) -> Sequence[raw.RawEntry]:
    """A book's stored rows as they are, by room and seq: for verification, which trusts nothing.

    With `after`, only those beyond that position.
    """
    columns = [raw.as_stored(ENTRY.c[name]) for name in raw.RawEntry._fields]
    rows = await connection.execute(select(*columns).where(_beyond(book, after)).order_by(ENTRY.c.room, ENTRY.c.seq))
    return await _each(raw.read_entry, rows)


async def raw_heads(connection: Connection, book: UUID) -> tuple[raw.RawHead | None, Sequence[raw.RawRoomHead]]:
    """The stored heads of a book and of its rooms, as they are."""
    columns = [raw.as_stored(BOOK.c[name]) for name in raw.RawHead._fields]
    head = (await connection.execute(select(*columns).where(BOOK.c.book == book))).one_or_none()
    columns = [raw.as_stored(ROOM.c[name]) for name in raw.RawRoomHead._fields]
    rooms = await connection.execute(select(*columns).where(ROOM.c.book == book))
    return raw.read_head(head) if head else None, [raw.read_room_head(row) for row in rooms]


async def orphans(connection: Connection) -> list[raw.Id]:
    """Books that have entries or rooms but no head: nothing of them would be looked at otherwise."""
    known = select(BOOK.c.book)
    found = select(raw.as_stored(ENTRY.c.book)).where(ENTRY.c.book.not_in(known)).union(
        select(raw.as_stored(ROOM.c.book)).where(ROOM.c.book.not_in(known))
    )  # fmt: skip
    return list(map(raw.read_id, await connection.scalars(found)))


async def count(connection: Connection) -> int:
    """Entries in the whole log."""
    return int(await connection.scalar(select(func.count()).select_from(ENTRY)) or 0)


async def newest_at(connection: Connection) -> datetime | None:
    """When the newest entry of the whole log was written."""
    found: datetime | None = await connection.scalar(select(func.max(BOOK.c.at)))
    return found


async def has_log(connection: Connection) -> bool:
    """Whether the database has a log's identity already."""
    return (await connection.execute(select(INSTANCE))).first() is not None


async def begin_log(connection: Connection, log: UUID, epoch: str) -> None:
    """Give a new database its identity. Part of preparing it, before anything is written."""
    await connection.execute(insert(INSTANCE).values(log=log, epoch=epoch))
