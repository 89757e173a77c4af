"""Two people changed the same field: both values side by side, each with a form that lets it stand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crisisroom.core import times
from crisisroom.core.errors import FieldConflict
from crisisroom.incidents.models import Incident
from crisisroom.render.filters import LANES, PRIORITIES

LABELS = {
    "title": "Title",
    "agency": "Agency",
    "assignee": "Person",
    "position": "Position",
    "priority": "Priority",
    "due": "Due",
    "tlp": "Marking",
    "notes": "Notes",
    "waits_for": "Waits for",
    "lane": "Lane",
}
Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Side:
    """One field with both values as people read them."""

    label: str
    theirs: str
    yours: str
    by: str
    agency: str


@dataclass(frozen=True)
class ConflictView:
    """The page: what differs, and the hidden fields of the two forms."""

    sides: list[Side]
    action: str
    back: str
    mine: Pairs
    """The same request, now based on what the others wrote."""
    rest: Pairs
    """What of the request nobody else touched; empty when keeping theirs needs nothing to be sent."""


def conflict_view(
    incident: Incident,
    command: str,
    fields: Iterable[tuple[str, str]],
    conflict: Sequence[FieldConflict],
    back: str = "",
) -> ConflictView:
    """From the refused form, as it was sent, and what the server said of it."""
    sent = [(name, value) for name, value in fields if name not in ("idempotency_key", "next")]
    taken = {one.field for one in conflict}
    based = {f"base.{one.field}" for one in conflict}
    others = [pair for pair in sent if _field(pair[0]) not in taken]
    return ConflictView(
        sides=[_side(one, incident) for one in conflict],
        action=f"/i/{incident.key}/commands/{command}",
        back=back or f"/i/{incident.key}",
        mine=[
            *(pair for pair in sent if pair[0] not in based),
            *((f"base.{one.field}", value) for one in conflict for value in _as_sent(one.theirs)),
        ],
        rest=others if any(name.startswith("set.") for name, _ in others) else [],
    )


def _field(name: str) -> str:
    return name.removeprefix("set.").removeprefix("base.")


def _side(one: FieldConflict, incident: Incident) -> Side:
    return Side(
        label=LABELS.get(one.field, one.field),
        theirs=_written(one.field, one.theirs, incident),
        yours=_written(one.field, one.yours, incident),
        by=one.by.get("name", ""),
        agency=one.by.get("agency", ""),
    )


def _as_sent(value: Any) -> list[str]:
    """A value of the log as a form has it."""
    if isinstance(value, list):
        return [str(one) for one in value]
    return ["" if value is None else str(value)]


def _written(field: str, value: Any, incident: Incident) -> str:
    """A value as people read it."""
    if value in (None, "", []):
        return "nothing"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if field == "due":
        with suppress(ValueError):
            return _moment(times.read_instant(str(value)), incident)
    return {"lane": LANES, "priority": PRIORITIES}.get(field, {}).get(str(value), str(value))


def _moment(at: datetime, incident: Incident) -> str:
    return f"{times.offset(at, incident.t0)} · {times.utc_date(at)} · {times.local(at, incident.zone)}"
