"""Rooms: the unit of sharing. Where something is posted decides who sees it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import String
from sqlmodel import Field

from crisisroom.core.markings import Tlp
from crisisroom.db import Json
from crisisroom.log.rows import Row, stored
from crisisroom.log.snapshot import Rows


class Room(Row):
    """A room of an incident; its id is its chain's id. Members are agencies, or named people, or both."""

    name: str
    tlp: Tlp = Field(sa_type=String)
    main: bool
    agencies: list[str] = Field(sa_type=Json)
    people: list[UUID] = Field(sa_type=Json)
    lead_agency: str
    opened_by: UUID | None = None
    closed: bool = False


@stored
class RoomRow(Room, table=True):
    __tablename__ = "room"


def main_room(rows: Rows) -> Room:
    """The room of all an incident's agencies."""
    return next(room for room in rows.rows(Room).values() if room.main)


def is_closed(rows: Rows) -> bool:
    """Whether the book takes no more changes."""
    return any(room.closed for room in rows.rows(Room).values() if room.main)
