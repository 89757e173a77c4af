"""The tables of the log. Only the log's own modules and the migrations import them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from crisisroom.db import UtcTime


class InstanceRow(SQLModel, table=True):
    """This installation's log. A restore from a backup begins a new epoch, so that clients resync."""

    __tablename__ = "instance"

    log: UUID = Field(primary_key=True)
    epoch: str


class BookHeadRow(SQLModel, table=True):
    """The newest end of a book: all rooms of an incident together. Locked by whoever writes to the book."""

    __tablename__ = "book_head"

    book: UUID = Field(primary_key=True)
    position: int
    at: datetime = Field(sa_type=UtcTime)


class RoomHeadRow(SQLModel, table=True):
    """The newest end of one room's chain."""

    __tablename__ = "room_head"

    room: UUID = Field(primary_key=True)
    book: UUID = Field(index=True)
    seq: int
    hash: str


class EntryRow(SQLModel, table=True):
    """One entry: the exact hashed text, and beside it what is needed to find it and to check its data."""

    __tablename__ = "log_entry"
    __table_args__ = (
        UniqueConstraint("book", "position"),
        UniqueConstraint("actor", "key"),
    )

    room: UUID = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    book: UUID
    position: int
    prev_hash: str
    hash: str
    envelope: str = Field(sa_type=Text)
    data: str = Field(sa_type=Text)
    salt: str
    actor: UUID | None = None
    key: UUID | None = None


# SQLModel's columns are typed as their values; the tables underneath are what statements are made of.
ENTRY: Any = EntryRow.__table__  # type: ignore[attr-defined]
BOOK: Any = BookHeadRow.__table__  # type: ignore[attr-defined]
ROOM: Any = RoomHeadRow.__table__  # type: ignore[attr-defined]
INSTANCE: Any = InstanceRow.__table__  # type: ignore[attr-defined]
