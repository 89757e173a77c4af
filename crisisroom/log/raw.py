"""Stored rows as they are, for verification: whatever somebody wrote into a column comes back, never an error.

A value that is not of its column's kind stays a text, or -1 for a number, and so equals nothing that it should.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from sqlalchemy import String, type_coerce

from crisisroom.core.times import rfc3339

# A UUID, or the text that stands where one should.
Id: TypeAlias = Any


class RawEntry(NamedTuple):
    """A row of the log."""

    room: Id
    seq: int
    book: Id
    position: int
    prev_hash: str
    hash: str
    envelope: str
    data: str
    salt: str
    actor: Id
    key: Id


class RawHead(NamedTuple):
    """A book's end. `at` is RFC 3339 text."""

    position: int
    at: str


class RawRoomHead(NamedTuple):
    """A room's end."""

    room: Id
    seq: int
    hash: str


def as_stored(column: Any) -> Any:
    """The column without its type's reading of what is in it."""
    return type_coerce(column, String).label(column.name)


def read_entry(row: Any) -> RawEntry:
    """The entry of a row of stored values."""
    return RawEntry(
        room=read_id(row.room),
        seq=_number(row.seq),
        book=read_id(row.book),
        position=_number(row.position),
        prev_hash=_text(row.prev_hash),
        hash=_text(row.hash),
        envelope=_text(row.envelope),
        data=_text(row.data),
        salt=_text(row.salt),
        actor=None if row.actor is None else read_id(row.actor),
        key=None if row.key is None else read_id(row.key),
    )


def read_head(row: Any) -> RawHead:
    """The book's head of a row of stored values."""
    return RawHead(_number(row.position), _moment(row.at))


def read_room_head(row: Any) -> RawRoomHead:
    """The room's head of a row of stored values."""
    return RawRoomHead(read_id(row.room), _number(row.seq), _text(row.hash))


def read_id(value: Any) -> Id:
    """The id, if it is written in just the way ids are stored: another spelling would not be found by queries."""
    if isinstance(value, UUID):
        return value
    try:
        id = UUID(value)
    except (ValueError, TypeError, AttributeError):
        return str(value)
    return id if id.hex == value else str(value)


def _number(value: Any) -> int:
    return value if type(value) is int else -1


def _text(value: Any) -> str:
    return value if isinstance(value, str) else repr(value)


def _moment(value: Any) -> str:
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    except (ValueError, TypeError):
        return str(value)
    whole = moment.microsecond % 1000 == 0
    return rfc3339(moment if moment.tzinfo else moment.replace(tzinfo=UTC)) if whole else str(value)
