"""An incident: the emergency being run."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import String
from sqlmodel import Field

from crisisroom.db import Json, UtcTime
from crisisroom.log.rows import Row, stored
from crisisroom.log.snapshot import Rows


class CrisisClass(StrEnum):
    """Exactly these four; the hazard is a field of its own."""

    DISASTER = "disaster"
    HEALTH = "health"
    POLITICAL = "political"
    OTHER = "other"


class Incident(Row):
    """One emergency. Its id is its book's id; `key` is short and speakable and stands in addresses."""

    key: str = Field(unique=True)
    title: str
    letter: str
    crisis_class: CrisisClass = Field(sa_type=String)
    hazard: str
    area: str
    states: list[str] = Field(sa_type=Json)
    severity: str
    level_scheme: str
    level_value: str
    lead_agency: str
    exercise: bool
    opened_at: datetime = Field(sa_type=UtcTime)
    opened_by: UUID | None
    zone: str
    t0: datetime = Field(sa_type=UtcTime)
    t0_label: str
    alert: dict[str, Any] | None = Field(sa_type=Json)
    leading_run: UUID | None = None
    closed_at: datetime | None = Field(default=None, sa_type=UtcTime)
    summary: str = ""


@stored
class IncidentRow(Incident, table=True):
    __tablename__ = "incident"


def incident_of(rows: Rows) -> Incident:
    """The incident of a book."""
    return next(iter(rows.rows(Incident).values()))


def incident_for(rows: Rows, rooms: Collection[UUID]) -> Incident:
    """The incident as it is known in these rooms.

    Outside the main room that is its name (key, title, letter, class, whether it is an exercise), when it was opened
    (its id says so too), T0 and the zone, in which every room tells its times, and that it is closed, which binds
    every room. All else is a fact of the main room, for its members.
    """
    incident = incident_of(rows)
    if incident.room in rooms:
        return incident
    return incident.but(**_ONLY_IN_MAIN)


def is_same_alert(alert: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> bool:
    """Whether two identities are of one alert: sender and identifier name it."""
    named = [(alert or {}).get(name) for name in ("sender", "identifier")]
    return all(named) and named == [(other or {}).get(name) for name in ("sender", "identifier")]


_ONLY_IN_MAIN: dict[str, Any] = {
    "hazard": "", "area": "", "states": [], "severity": "", "level_scheme": "", "level_value": "", "lead_agency": "",
    "opened_by": None, "t0_label": "", "alert": None, "leading_run": None, "summary": "", "seq": 0,
}  # fmt: skip
