"""Decisions and written entries."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import String
from sqlmodel import Field

from crisisroom.core.markings import Tlp
from crisisroom.db import Json, UtcTime
from crisisroom.log.rows import Row, stored


class Decision(Row):
    """A choice with its reason, and the options that were not taken."""

    number: int
    text: str
    reason: str
    options: list[str] = Field(sa_type=Json)
    item: UUID | None = None
    by: UUID | None
    name: str
    agency: str
    at: datetime = Field(sa_type=UtcTime)
    gone: bool = False


@stored
class DecisionRow(Decision, table=True):
    __tablename__ = "decision"


class Note(Row):
    """An entry that somebody wrote into the log."""

    text: str
    tlp: Tlp = Field(sa_type=String)
    by: UUID | None
    name: str
    agency: str
    at: datetime = Field(sa_type=UtcTime)
    gone: bool = False


@stored
class NoteRow(Note, table=True):
    __tablename__ = "note"
