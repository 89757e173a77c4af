"""A run: one playbook at work in one incident, pinned to the version it began with; and its items."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import String
from sqlmodel import Field

from crisisroom.db import Json, UtcTime
from crisisroom.log.rows import Row, stored


class ItemState(StrEnum):
    """Where a checklist item stands."""

    OPEN = "open"
    DONE = "done"
    SKIPPED = "skipped"


class Run(Row):
    """A playbook's run. `digest` is the playbook's content as it was at activation."""

    playbook: str
    version: str
    digest: str
    title: str
    anchors: dict[str, datetime | None] = Field(sa_type=Json)
    anchor_labels: dict[str, str] = Field(sa_type=Json)
    anchor_letters: dict[str, str] = Field(sa_type=Json)
    t0_anchor: str
    phases: list[dict[str, str]] = Field(sa_type=Json)
    phase: str
    activated_at: datetime = Field(sa_type=UtcTime)


@stored
class RunRow(Run, table=True):
    __tablename__ = "run"


class Item(Row):
    """A checklist item of a run. `ref` is its stable id in the playbook."""

    run: UUID = Field(index=True)
    place: int
    phase: str
    ref: str
    text: str
    agency: str
    position: str
    due: datetime | None = Field(sa_type=UtcTime)
    anchor: str
    offset: str
    seconds: int
    depends: list[UUID] = Field(sa_type=Json)
    decision: bool
    trigger: str
    source: str
    state: ItemState = Field(default=ItemState.OPEN, sa_type=String)
    reason: str = ""
    by: UUID | None = None
    by_name: str = ""
    by_agency: str = ""
    at: datetime | None = Field(default=None, sa_type=UtcTime)


@stored
class ItemRow(Item, table=True):
    __tablename__ = "item"
