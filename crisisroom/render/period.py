"""Operational periods, as the clock in an incident's header counts them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

LENGTH = timedelta(hours=12)
"""How long a period is: the Incident Command System plans in 12 or 24 hours, and the first days of a crisis in 12.

Periods follow one another from T0 on; nobody sets them, so every screen and every clock has the same.
"""


@dataclass(frozen=True)
class Period:
    """One operational period: the first begins at T0."""

    number: int
    ends: datetime


def period_at(now: datetime, t0: datetime | None) -> Period | None:
    """The period that a moment is in; none before T0."""
    if t0 is None or now < t0:
        return None
    number = (now - t0) // LENGTH + 1
    return Period(number, t0 + number * LENGTH)
