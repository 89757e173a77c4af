"""Numbers that people say over a radio. Each room counts its own, so a number tells nothing of other rooms."""

from __future__ import annotations

from uuid import UUID

from crisisroom.incidents.models import Incident
from crisisroom.log.rows import Row
from crisisroom.log.snapshot import Rows


def next_number(rows: Rows, model: type[Row], room: UUID) -> int:
    """One more than the highest number of this kind in the room."""
    return 1 + max((getattr(row, "number", 0) for row in rows.rows(model).values() if row.room == room), default=0)


def spoken(incident: Incident, number: int) -> str:
    """`E-131`."""
    return f"{incident.letter}-{number}"
