"""A task on the board, and the comments on it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import String
from sqlmodel import Field

from crisisroom.core.markings import Tlp
from crisisroom.db import Json, UtcTime
from crisisroom.log.rows import Row, stored


class Lane(StrEnum):
    """Where a task stands."""

    TODO = "todo"
    DOING = "doing"
    BLOCKED = "blocked"
    DONE = "done"


class Priority(StrEnum):
    """How much it matters; weight on the board, never colour."""

    CRITICAL = "critical"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class Task(Row):
    """Assigned work. `touched` names for each field who set it last, so that a conflict can say whose value it is."""

    number: int
    title: str
    lane: Lane = Field(sa_type=String)
    reason: str
    agency: str
    assignee: UUID | None
    assignee_name: str
    position: str
    priority: Priority = Field(sa_type=String)
    due: datetime | None = Field(sa_type=UtcTime)
    tlp: Tlp = Field(sa_type=String)
    notes: str
    waits_for: list[UUID] = Field(sa_type=Json)
    created_at: datetime = Field(sa_type=UtcTime)
    created_by: UUID | None
    created_name: str
    created_agency: str
    lane_since: datetime = Field(sa_type=UtcTime)
    done_at: datetime | None = Field(default=None, sa_type=UtcTime)
    touched: dict[str, dict[str, str]] = Field(default_factory=dict, sa_type=Json)
    gone: bool = False


@stored
class TaskRow(Task, table=True):
    __tablename__ = "task"


class Comment(Row):
    """Words on a task."""

    task: UUID = Field(index=True)
    text: str
    by: UUID | None
    agency: str
    name: str
    at: datetime = Field(sa_type=UtcTime)


@stored
class CommentRow(Comment, table=True):
    __tablename__ = "comment"
