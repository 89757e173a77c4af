"""Deadlines as people give them: an instant, an offset from T0, a time of day, or "in so long"."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from crisisroom.core.clock import to_milliseconds
from crisisroom.core.errors import BadInput
from crisisroom.core.times import read_instant, read_offset, shifted
from crisisroom.incidents.models import Incident

_TIME_OF_DAY = re.compile(r"(?:(\d{4}-\d{2}-\d{2})[ T])?(\d{1,2}):(\d{2}) ?(?:UTC|Z)", re.IGNORECASE)


def read_due(text: str, incident: Incident, now: datetime, field: str = "due") -> datetime | None:
    """The deadline meant by `2026-09-10T18:30:00Z`, `T+14:15`, `18:30 UTC` (the next one), `+2h`; None for nothing."""
    given = text.strip()
    if not given:
        return None
    try:
        return to_milliseconds(_read(given, incident, now))
    except ValueError:
        raise BadInput(
            f"{text!r} is no deadline. Write T+14:15, 18:30 UTC, +2h or 2026-09-10T18:30:00Z.", field
        ) from None


def _read(given: str, incident: Incident, now: datetime) -> datetime:
    if match := _TIME_OF_DAY.fullmatch(given):
        date, hour, minute = match.groups()
        if date:
            return read_instant(f"{date}T{int(hour):02d}:{minute}Z")
        today = now.astimezone(UTC).replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)
        return today if today >= now else today + timedelta(days=1)
    if given[:1] in "tT":
        return shifted(incident.t0, read_offset(given))
    if given[:1] == "+":
        return shifted(now.replace(second=0, microsecond=0), read_offset(given))
    return read_instant(given)
