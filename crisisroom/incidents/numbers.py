"""Numbers that people say over a radio. Each room counts its own, so a number tells nothing of other rooms."""

from __future__ import annotations

import re
from uuid import UUID

from crisisroom.incidents.models import Incident
from crisisroom.log.rows import Row
from crisisroom.log.snapshot import Rows


def next_number(rows: Rows, model: type[Row], room: UUID) -> int:
    """One more than the highest number of this kind in the room."""
    return 1 + max((getattr(row, "number", 0) for row in rows.rows(model).values() if row.room == room), default=0)


def read_number(reference: str, letter: str) -> int | None:
    """131 for `E-131`, `e131`, `#131` or `131`; None for what is no number of an incident with this letter."""
    written = re.fullmatch(r"#?(?:([A-Za-z])-?)?([0-9]{1,9})", reference.strip())
    if written is None or written[1] not in (None, letter.upper(), letter.lower()):
        return None
    return int(written[2])


def spoken(incident: Incident, number: int) -> str:
    """`E-131`."""
    return f"{incident.letter}-{number}"
