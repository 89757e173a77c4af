"""Activating a playbook: the form, and everything that would be created before anything exists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from crisisroom.access.positions import Position
from crisisroom.access.rooms import main_room
from crisisroom.core.states import HOME_ZONE
from crisisroom.core.times import NEVER, read_instant
from crisisroom.incidents.models import Incident
from crisisroom.log.snapshot import Snapshot
from crisisroom.playbooks.dating import DatedItem, dated_items
from crisisroom.playbooks.models import Run
from crisisroom.playbooks.schema import ACTIVATION, STATE, Playbook
from crisisroom.render.playbook_pages import numbers_of


@dataclass(frozen=True)
class AnchorField:
    """One anchor on the activation form; `value` is what stands in the field, in UTC."""

    name: str
    label: str
    letter: str
    value: str
    moment: datetime | None
    items: int
    is_t0: bool
    error: str = ""


@dataclass(frozen=True)
class PreviewRow:
    """One item that would be created."""

    number: str
    phase: str
    text: str
    agency: str
    position: str
    person: str
    offset: str
    due: datetime | None
    waits_for: str
    """The label of the anchor whose time is not known yet."""
    past: bool
    decision: bool


@dataclass(frozen=True)
class ActivateView:
    """The activation page: the form, and everything that would be created before anything is."""

    playbook: Playbook
    incident: Incident | None
    choices: list[Incident]
    anchors: list[AnchorField]
    phase: str
    rows: list[PreviewRow]
    missing: list[str]
    """Agencies that the playbook names and that are not in the incident."""
    running: Run | None
    """A run of the same playbook that the incident has already."""
    t0: datetime | None
    """The incident's T0 afterwards, when this run will lead it and the anchor's time is known."""
    leads: bool
    zone: str
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def incident_options(self) -> list[tuple[str, str]]:
        """For the list of incidents."""
        return [("", "Choose an incident"), *((one.key, one.title) for one in self.choices)]

    @property
    def phase_options(self) -> list[tuple[str, str]]:
        """For the list of phases."""
        return [(one.id, one.name) for one in self.playbook.phases]

    @property
    def past(self) -> int:
        """Deadlines that have passed already."""
        return sum(row.past for row in self.rows)

    @property
    def no_person(self) -> int:
        """Items that nobody holds."""
        return sum(not row.person for row in self.rows)

    @property
    def waiting(self) -> int:
        """Items whose anchor has no time yet."""
        return sum(bool(row.waits_for) for row in self.rows)

    @property
    def dated(self) -> int:
        """Items with a deadline."""
        return sum(row.due is not None for row in self.rows)


def activate_view(
    playbook: Playbook,
    *,
    now: datetime,
    given: Mapping[str, str] | None = None,
    phase: str = "",
    incident: Incident | None = None,
    snapshot: Snapshot | None = None,
    choices: Sequence[Incident] = (),
    errors: Mapping[str, str] | None = None,
) -> ActivateView:
    """`given` are the anchors' fields as typed (`read_anchor_fields`); without an incident only the dates are shown."""
    wrong = dict(errors or {})
    moments = _moments(playbook, given or {}, wrong)
    moments[ACTIVATION] = moments[ACTIVATION] or now
    try:
        dated = dated_items(playbook, moments)
    except ValueError as error:
        wrong.setdefault("anchors", str(error))
        dated = dated_items(playbook, moments := {ACTIVATION: now})
    leads = incident is None or incident.leading_run is None
    return ActivateView(
        playbook=playbook,
        incident=incident,
        choices=list(choices),
        anchors=_anchor_fields(playbook, given or {}, moments, wrong),
        phase=phase if phase in {one.id for one in playbook.phases} else playbook.phases[0].id,
        rows=_preview(playbook, dated, _holders(snapshot), now),
        missing=_missing(playbook, snapshot),
        running=_running(playbook, snapshot),
        t0=moments.get(playbook.t0) if leads else None,
        leads=leads,
        zone=incident.zone if incident else HOME_ZONE,
        errors=wrong,
    )


def read_anchor_fields(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The anchors of an address or a form: `anchors.onset` -> `onset`."""
    return {name.removeprefix("anchors."): value for name, value in pairs if name.startswith("anchors.")}


def read_field_time(text: str) -> datetime | None:
    """A time as typed, in UTC unless it names a zone; None for nothing. Raises ValueError for what is no time."""
    text = text.strip()
    if not text:
        return None
    with suppress(ValueError):
        return read_instant(text)
    return read_instant(f"{text.upper().removesuffix('UTC').strip()}Z")


def _moments(playbook: Playbook, given: Mapping[str, str], wrong: dict[str, str]) -> dict[str, datetime | None]:
    moments: dict[str, datetime | None] = {}
    for name in playbook.all_anchors:
        try:
            moments[name] = read_field_time(given.get(name, ""))
        except ValueError:
            moments[name] = None
            wrong.setdefault(f"anchors.{name}", "Not a date and time in UTC, such as 2026-09-10 02:30Z.")
    return moments


def _anchor_fields(
    playbook: Playbook, given: Mapping[str, str], moments: Mapping[str, datetime | None], wrong: Mapping[str, str]
) -> list[AnchorField]:
    """The T0 anchor first: it is the one that people know when they activate."""
    fields = [
        AnchorField(
            name=name,
            label=anchor.label,
            letter=anchor.letter,
            value=_field_value(given.get(name, ""), moments.get(name)) if given.get(name) else "",
            moment=moments.get(name),
            items=sum(item.due is not None and item.due.anchor == name for item in playbook.items),
            is_t0=name == playbook.t0,
            error=wrong.get(f"anchors.{name}", ""),
        )
        for name, anchor in playbook.all_anchors.items()
    ]
    return sorted(fields, key=lambda one: not one.is_t0)


def _field_value(typed: str, moment: datetime | None) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%MZ") if moment else typed


def _preview(
    playbook: Playbook, dated: Iterable[DatedItem], holders: Mapping[str, str], now: datetime
) -> list[PreviewRow]:
    """By deadline; then what waits for an anchor; then what is done as due."""
    numbers = numbers_of(playbook)
    rows = [
        PreviewRow(
            number=numbers[one.item.id],
            phase=one.phase.name,
            text=one.item.text,
            agency=one.item.agency,
            position=one.item.position or "",
            person=holders.get((one.item.position or "").casefold(), ""),
            offset=one.offset,
            due=one.due,
            waits_for=playbook.all_anchors[one.item.due.anchor].label if one.item.due and one.due is None else "",
            past=one.due is not None and one.due < now - timedelta(minutes=1),
            decision=one.item.decision,
        )
        for one in dated
    ]
    return sorted(rows, key=lambda row: (row.due or NEVER, not row.waits_for))


def _holders(snapshot: Snapshot | None) -> dict[str, str]:
    held = snapshot.rows(Position).values() if snapshot else ()
    return {one.name.casefold(): one.person_name for one in held}


def _missing(playbook: Playbook, snapshot: Snapshot | None) -> list[str]:
    if snapshot is None:
        return []
    inside = {*main_room(snapshot).agencies, STATE}
    return [code for code in dict.fromkeys(item.agency for item in playbook.items) if code not in inside]


def _running(playbook: Playbook, snapshot: Snapshot | None) -> Run | None:
    runs = snapshot.rows(Run).values() if snapshot else ()
    return next((run for run in runs if run.playbook == playbook.slug), None)
