"""Positions of the incident management structure (ICS) and who holds them now."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlmodel import Field

from crisisroom.db import UtcTime
from crisisroom.log.rows import Row, stored


class Position(Row):
    """A position and its present holder."""

    name: str
    person: UUID
    person_name: str
    agency: str
    since: datetime = Field(sa_type=UtcTime)


@stored
class PositionRow(Position, table=True):
    __tablename__ = "position"
