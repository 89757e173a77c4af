"""Appending entries: for `commanding` alone, inside its one transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection as SyncConnection
from sqlalchemy import bindparam, select, update

from crisisroom.db import Connection
from crisisroom.db.many import insert_many, update_many
from crisisroom.log.record import Record, read_record
from crisisroom.log.rows import Row, table_of
from crisisroom.log.snapshot import Draft
from crisisroom.log.store import POSITIONS
from crisisroom.log.tables import BOOK, ENTRY, INSTANCE, ROOM

_LOCKING = POSITIONS.with_for_update()
_ROOM_HEADS = select(ROOM).where(ROOM.c.book.in_(bindparam("books", expanding=True)))
# Not pairs of both: SQLite would look through the whole log for them.
_REPEATS = select(ENTRY).where(
    ENTRY.c.actor.in_(bindparam("actors", expanding=True)), ENTRY.c.key.in_(bindparam("keys", expanding=True))
)

_ENTRY_COLUMNS = ("book", "room", "seq", "position", "prev_hash", "hash", "envelope", "salt", "key")


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


def write(connection: SyncConnection, records: Sequence[Record], drafts: Iterable[Draft]) -> None:
    """Write entries, and what they changed: state rows and heads. Only `commanding.execute` calls this, and commits.

    One statement for all rows of a table in which the same columns change, however many books there are: on PostgreSQL
    each is a journey.
    """
    _append(connection, records)
    made, changed = _Values(), _Values()
    for draft in drafts:
        _sort_rows(draft, made, changed)
        _sort_heads(draft, made, changed)
    for (table, *_), values in made.items():
        insert_many(connection, table, values)
    for (table, key, *_), values in changed.items():
        update_many(connection, table, key, values)


class _Values(dict[tuple[Any, ...], list[dict[str, Any]]]):
    """New values of rows, by table, its key, and columns."""

    def add(self, table: Any, key: str, values: dict[str, Any]) -> None:
        self.setdefault((table, key, *values), []).append(values)


def _sort_rows(draft: Draft, made: _Values, changed: _Values) -> None:
    for model, rows in draft.changed().items():
        for id, row in rows.items():
            known = draft.base.get(model, id)
            if known is None:
                made.add(table_of(model), "id", row.model_dump())
            elif news := _news(known, row):
                changed.add(table_of(model), "id", {"id": id} | news)


def _sort_heads(draft: Draft, made: _Values, changed: _Values) -> None:
    for room, head in draft.heads.items():
        if room not in draft.base.heads:
            made.add(ROOM, "room", {"room": room, "book": draft.book, "seq": head.seq, "hash": head.hash})
        elif head != draft.base.head(room):
            changed.add(ROOM, "room", {"room": room, "seq": head.seq, "hash": head.hash})
    if draft.position != draft.base.position:
        into = changed if draft.base.position else made
        into.add(BOOK, "book", {"book": draft.book, "position": draft.position, "at": draft.at})


def _news(known: Row, row: Row) -> dict[str, Any]:
    """The fields in which a row differs from what is stored."""
    was, now = known.__dict__, row.__dict__
    return row.model_dump(include={name for name in now if now[name] is not was[name] and now[name] != was[name]})


def _append(connection: SyncConnection, records: Sequence[Record]) -> None:
    rows = [{name: getattr(record, name) for name in _ENTRY_COLUMNS} for record in records]
    for row, record in zip(rows, records, strict=True):
        row["data"] = record.data_text
        row["actor"] = record.by.person
    insert_many(connection, ENTRY, rows)


async def touch(connection: Connection) -> None:
    """Write something that changes nothing: to find out whether the database takes changes."""
    await connection.execute(update(INSTANCE).values(epoch=INSTANCE.c.epoch))
