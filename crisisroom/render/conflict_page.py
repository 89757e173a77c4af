"""What comes back without a script when a form was refused: both values side by side, or what was typed, once more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from crisisroom.core import times
from crisisroom.core.errors import BadInput, FieldConflict
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
    "at": "Time",
    "reason": "Reason",
}
Pairs = Sequence[tuple[str, str]]
# What is the form's own business, or says what it is about: kept, but not shown.
_HIDDEN = frozenset({"task", "item", "run", "room", "phase", "lane", "anchor", "decision_item", "subject", "to_room"})
# A person brings their agency along: who keeps the one of others keeps both.
_TOGETHER = frozenset({"agency", "assignee"})
_LONG = 80


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
    names: Mapping[str, str] = MappingProxyType({}),
) -> ConflictView:
    """From the refused form, as it was sent, and what the server said of it. `names` are people's and tasks', by id."""
    sent = [(name, value) for name, value in fields if name not in ("idempotency_key", "next")]
    taken = {one.field for one in conflict}
    if taken & _TOGETHER:
        taken |= _TOGETHER
    based = {f"base.{one.field}" for one in conflict}
    others = [pair for pair in sent if _field(pair[0]) not in taken]
    return ConflictView(
        sides=[_side(one, incident, names) for one in conflict],
        action=f"/i/{incident.key}/commands/{command}",
        back=back or f"/i/{incident.key}",
        mine=[
            *(pair for pair in sent if pair[0] not in based),
            *((f"base.{one.field}", value) for one in conflict for value in _as_sent(one.theirs)),
        ],
        rest=others if any(name.startswith("set.") for name, _ in others) else [],
    )


@dataclass(frozen=True)
class TypedField:
    """One field of a refused form, as typed."""

    name: str
    label: str
    value: str
    error: str

    @property
    def rows(self) -> int:
        """Lines of the text area; none for a short value."""
        return 4 if len(self.value) > _LONG or "\n" in self.value else 0


@dataclass(frozen=True)
class AgainView:
    """A refused form once more: what is wrong, what was typed, and a button that sends it again."""

    text: str
    action: str
    back: str
    fields: list[TypedField]
    hidden: Pairs


def again_view(
    incident: Incident, command: str, fields: Iterable[tuple[str, str]], refusal: BadInput, back: str = ""
) -> AgainView:
    """From the refused form, as it was sent, and what the server said of it."""
    sent = [(name, value) for name, value in fields if name not in ("idempotency_key", "next")]
    shown = [pair for pair in sent if pair[0] not in _HIDDEN and not pair[0].startswith("base.")]
    # What was missing: a card's menu has no room for the reason that "blocked" needs.
    asked = [(name, "") for name in refusal.fields if _may_ask(name) and name not in dict(sent)]
    return AgainView(
        text=refusal.detail,
        action=f"/i/{incident.key}/commands/{command}",
        back=back or f"/i/{incident.key}",
        fields=[TypedField(name, _label(name), value, _error(name, refusal)) for name, value in [*shown, *asked]],
        hidden=[pair for pair in sent if pair not in shown],
    )


def _may_ask(name: str) -> bool:
    return name.isidentifier() and name not in _HIDDEN and name not in ("idempotency_key", "set", "base")


def _error(name: str, refusal: BadInput) -> str:
    what = refusal.fields.get(name, refusal.fields.get(_field(name), ""))
    return f"{_label(name)} {what}." if what[:1].islower() else what


def _label(name: str) -> str:
    return LABELS.get(_field(name), _field(name).replace("_", " ").replace(".", " ").capitalize())


def _field(name: str) -> str:
    return name.removeprefix("set.").removeprefix("base.")


def _side(one: FieldConflict, incident: Incident, names: Mapping[str, str]) -> Side:
    return Side(
        label=LABELS.get(one.field, one.field),
        theirs=_written(one.field, one.theirs, incident, names),
        yours=_written(one.field, one.yours, incident, names),
        by=one.by.get("name", ""),
        agency=one.by.get("agency", ""),
    )


def _as_sent(value: Any) -> list[str]:
    """A value of the log as a form has it."""
    if isinstance(value, list):
        return [str(one) for one in value]
    return ["" if value is None else str(value)]


def _written(field: str, value: Any, incident: Incident, names: Mapping[str, str]) -> str:
    """A value as people read it."""
    if value in (None, "", []):
        return "nothing"
    if isinstance(value, list):
        return ", ".join(names.get(str(one), str(one)) for one in value)
    if field in ("due", "at"):
        with suppress(ValueError):
            return _moment(times.read_instant(str(value)), incident)
    return {"lane": LANES, "priority": PRIORITIES}.get(field, names).get(str(value), str(value))


def _moment(at: datetime, incident: Incident) -> str:
    return f"{times.offset(at, incident.t0)} · {times.utc_date(at)} · {times.local(at, incident.zone)}"
