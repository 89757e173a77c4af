"""Reading and appending entries. Appending is for `commanding` alone, inside its one transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, func, insert, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crisisroom.log import raw
from crisisroom.log.record import Record, read_record, show_record
from crisisroom.log.rows import Row, table_of
from crisisroom.log.snapshot import Draft
from crisisroom.log.tables import BookHeadRow, EntryRow, InstanceRow, RoomHeadRow

# SQLModel's columns are typed as their values; the tables underneath are what statements are made of.
_ENTRY: Any = EntryRow.__table__  # type: ignore[attr-defined]
_BOOK: Any = BookHeadRow.__table__  # type: ignore[attr-defined]
_ROOM: Any = RoomHeadRow.__table__  # type: ignore[attr-defined]
_INSTANCE: Any = InstanceRow.__table__  # type: ignore[attr-defined]

_ENTRY_COLUMNS = ("book", "room", "seq", "position", "prev_hash", "hash", "envelope", "salt", "key")


async def instance(connection: AsyncConnection) -> tuple[UUID, str]:
    """The log's identity, which it keeps for ever, and the present epoch (hex)."""
    row = (await connection.execute(select(_INSTANCE))).one()
    return row.log, row.epoch


async def positions(connection: AsyncConnection, books: Collection[UUID], *, lock: bool = False) -> dict[UUID, int]:
    """The newest position of each book that exists; with `lock`, nobody else may append to them until the end."""
    statement = select(_BOOK.c.book, _BOOK.c.position).where(_BOOK.c.book.in_(books)).order_by(_BOOK.c.book)
    rows = await connection.execute(statement.with_for_update() if lock else statement)
    return {row.book: row.position for row in rows}


async def room_heads(connection: AsyncConnection) -> dict[UUID, tuple[UUID, int]]:
    """Each room's book and how many entries it has."""
    rows = await connection.execute(select(_ROOM.c.room, _ROOM.c.book, _ROOM.c.seq))
    return {row.room: (row.book, row.seq) for row in rows}


async def read_after(connection: AsyncConnection, book: UUID, position: int, limit: int = 10_000) -> list[Record]:
    """Entries of all rooms of a book after a position, in the book's order: for the server itself, not for viewers."""
    statement = select(_ENTRY).where(_ENTRY.c.book == book, _ENTRY.c.position > position)
    rows = await connection.execute(statement.order_by(_ENTRY.c.position).limit(limit))
    return [read_record(row) for row in rows]


async def read_all(connection: AsyncConnection, book: UUID) -> list[Record]:
    """A whole book in order, damaged entries as `Unreadable`: for replay, which stops at them."""
    return [
        show_record(row)
        for row in await connection.execute(select(_ENTRY).where(_ENTRY.c.book == book).order_by(_ENTRY.c.position))
    ]


async def read_rooms(
    connection: AsyncConnection, book: UUID, after: Mapping[UUID, int], limit: int, newest_first: bool = False
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


async def find_repeats(
    connection: AsyncConnection, keys: Collection[tuple[UUID, UUID]]
) -> dict[tuple[UUID, UUID], Record]:
    """The first entry of each command that was carried out before, by (actor, idempotency key)."""
    if not keys:
        return {}
    statement = select(_ENTRY).where(tuple_(_ENTRY.c.actor, _ENTRY.c.key).in_(sorted(keys)))
    return {(row.actor, row.key): read_record(row) for row in await connection.execute(statement)}


async def books(connection: AsyncConnection) -> list[UUID]:
    """Every book there is."""
    found = await connection.scalars(select(raw.as_stored(_BOOK.c.book)).order_by(_BOOK.c.book))
    return [book for book in map(raw.read_id, found) if isinstance(book, UUID)]


async def raw_entries(connection: AsyncConnection, book: UUID) -> Sequence[raw.RawEntry]:
    """A book's stored rows as they are, by room and seq: for verification, which trusts nothing."""
    columns = [raw.as_stored(_ENTRY.c[name]) for name in raw.RawEntry._fields]
    rows = await connection.execute(select(*columns).where(_ENTRY.c.book == book).order_by(_ENTRY.c.room, _ENTRY.c.seq))
    return [raw.read_entry(row) for row in rows]


async def raw_heads(connection: AsyncConnection, book: UUID) -> tuple[raw.RawHead | None, Sequence[raw.RawRoomHead]]:
    """The stored heads of a book and of its rooms, as they are."""
    columns = [raw.as_stored(_BOOK.c[name]) for name in raw.RawHead._fields]
    head = (await connection.execute(select(*columns).where(_BOOK.c.book == book))).one_or_none()
    columns = [raw.as_stored(_ROOM.c[name]) for name in raw.RawRoomHead._fields]
    rooms = await connection.execute(select(*columns).where(_ROOM.c.book == book))
    return raw.read_head(head) if head else None, [raw.read_room_head(row) for row in rooms]


async def orphans(connection: AsyncConnection) -> list[raw.Id]:
    """Books that have entries or rooms but no head: nothing of them would be looked at otherwise."""
    known = select(_BOOK.c.book)
    found = select(raw.as_stored(_ENTRY.c.book)).where(_ENTRY.c.book.not_in(known)).union(
        select(raw.as_stored(_ROOM.c.book)).where(_ROOM.c.book.not_in(known))
    )  # fmt: skip
    return list(map(raw.read_id, await connection.scalars(found)))


async def count(connection: AsyncConnection) -> int:
    """Entries in the whole log."""
    return int(await connection.scalar(select(func.count()).select_from(_ENTRY)) or 0)


async def append(connection: AsyncConnection, records: Sequence[Record]) -> None:
    """Write entries. Only `commanding.execute` calls this, and commits."""
    if records:
        rows = [{name: getattr(record, name) for name in _ENTRY_COLUMNS} for record in records]
        for row, record in zip(rows, records, strict=True):
            row["data"] = record.data_text
            row["actor"] = record.by.person
        await connection.execute(insert(_ENTRY), rows)


async def save(connection: AsyncConnection, drafts: Iterable[Draft]) -> None:
    """Write what the drafts changed: state rows and heads."""
    made: dict[type[Row], list[dict[str, Any]]] = {}
    changed: dict[type[Row], list[dict[str, Any]]] = {}
    heads: list[dict[str, Any]] = []
    new_heads: list[dict[str, Any]] = []
    for draft in drafts:
        for model, rows in draft.changed().items():
            for id, row in rows.items():
                known = draft.base.get(model, id) is not None
                (changed if known else made).setdefault(model, []).append(row.model_dump())
        for room, head in draft.heads.items():
            if head != draft.base.head(room):
                known = room in draft.base.heads
                (heads if known else new_heads).append(
                    {"room": room, "book": draft.book, "seq": head.seq, "hash": head.hash}
                )
        await _save_book_head(connection, draft)
    for model, values in made.items():
        await connection.execute(insert(table_of(model)), values)
    for model, values in changed.items():
        await _update(connection, table_of(model), "id", values)
    if new_heads:
        await connection.execute(insert(_ROOM), new_heads)
    if heads:
        await _update(connection, _ROOM, "room", heads)


async def _save_book_head(connection: AsyncConnection, draft: Draft) -> None:
    value = {"book": draft.book, "position": draft.position, "at": draft.at}
    if draft.base.position == 0:
        await connection.execute(insert(_BOOK), [value])
    elif draft.position != draft.base.position:
        await _update(connection, _BOOK, "book", [value])


async def _update(connection: AsyncConnection, table: Any, key: str, values: list[dict[str, Any]]) -> None:
    columns: dict[str, Any] = {name: bindparam(f"new_{name}") for name in values[0] if name != key}
    statement = update(table).where(table.c[key] == bindparam("which")).values(columns)
    rows = [{"which": value[key]} | {f"new_{name}": value[name] for name in columns} for value in values]
    await connection.execute(statement, rows)


async def has_log(connection: AsyncConnection) -> bool:
    """Whether the database has a log's identity already."""
    return (await connection.execute(select(_INSTANCE))).first() is not None


async def begin_log(connection: AsyncConnection, log: UUID, epoch: str) -> None:
    """Give a new database its identity. Part of preparing it, before anything is written."""
    await connection.execute(insert(_INSTANCE).values(log=log, epoch=epoch))
