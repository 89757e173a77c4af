"""The after-action review: the board at any moment, the decisions, and what was late; every figure leads to the log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote
from uuid import UUID

from crisisroom.access.rooms import main_room
from crisisroom.core.times import MINUS, offset, read_instant, read_offset
from crisisroom.incidents.models import Incident, incident_of
from crisisroom.journal.models import Decision
from crisisroom.log.record import Record
from crisisroom.log.snapshot import Snapshot
from crisisroom.playbooks.models import Item, ItemState, Run
from crisisroom.render.board import BoardView, board_view
from crisisroom.render.log_query import entry_href
from crisisroom.tasks.models import Lane, Task

STEP = timedelta(minutes=15)
LAST_ENTRIES = 8
MAX_TICKS = 9
_HOUR = timedelta(hours=1)
_TICK_HOURS = (1, 2, 3, 6, 12, 24, 48, 96, 168, 336, 672, 1344, 2688, 5376)


@dataclass(frozen=True)
class Mark:
    """Something on the replay bar; `x` is its place in percent."""

    x: float
    label: str
    href: str = ""


@dataclass(frozen=True)
class DecisionLine:
    """One decision, with the entry that recorded it."""

    number: int
    text: str
    reason: str
    options: list[str]
    name: str
    agency: str
    at: datetime
    href: str
    later: bool
    """Whether it came after the moment shown."""


@dataclass(frozen=True)
class LateLine:
    """A task or checklist item that was not done in time, with the entry that shows it."""

    what: str
    text: str
    agency: str
    due: datetime
    done_at: datetime | None
    late: timedelta
    href: str


@dataclass(frozen=True)
class ReviewView:
    """Everything on the review page."""

    then: Snapshot
    board: BoardView
    at: datetime
    start: datetime
    end: datetime
    minutes: tuple[int, int, int]
    """Start, moment shown and end in minutes from T0, for the slider; the end is rounded up, so that it has all."""
    at_x: float
    ticks: list[Mark]
    decision_marks: list[Mark]
    missed_marks: list[Mark]
    decisions: list[DecisionLine]
    late: list[LateLine]
    earlier: str
    later: str
    tasks: int
    entries: int
    entries_then: int

    @property
    def last_entries(self) -> list[Record]:
        """What was newest in the log at the moment, newest first."""
        return self.board.entries[:LAST_ENTRIES]


def review_view(
    current: Snapshot, then: Snapshot, rooms: frozenset[UUID], records: Sequence[Record], at: datetime, now: datetime
) -> ReviewView:
    """The page for these rooms. `then` is the incident at `at`, `records` all entries of the rooms in order."""
    incident = incident_of(current)
    start, end = incident.opened_at, incident.closed_at or now
    bar = _Bar(incident, start, max(end, start + STEP))
    entries = _Entries(incident, records, main_room(current).id)
    until = [record for record in records if record.at <= at]
    decisions = _decisions(current, rooms, entries, at)
    late = [*_late_tasks(current, rooms, entries, end), *_late_items(current, rooms, entries, end)]
    late.sort(key=lambda line: (line.due, line.text))
    return ReviewView(
        then=then,
        board=board_view(then, rooms, until),
        at=at,
        start=start,
        end=end,
        minutes=(bar.minute(start), bar.minute(at), bar.minute(end) + 1),
        at_x=bar.x(at),
        ticks=bar.ticks(),
        decision_marks=[Mark(bar.x(one.at), f"Decision {one.number}: {one.text}", one.href) for one in decisions],
        missed_marks=[Mark(bar.x(one.due), f"Deadline missed: {one.text}", one.href) for one in late],
        decisions=decisions,
        late=late,
        earlier=_address(incident, at - STEP) if at > start else "",
        later="" if at >= end else _address(incident, at + STEP if at + STEP < end else None),
        tasks=sum(task.room in rooms and not task.gone for task in current.rows(Task).values()),
        entries=len(records),
        entries_then=len(until),
    )


def read_moment(text: str, incident: Incident, now: datetime) -> datetime:
    """The moment meant by an instant, an offset (`6h`, `T+6:00`) or the slider's minutes from T0; nothing: the end.

    It is kept between the opening and the end. Raises ValueError with a sentence for what is none of these.
    """
    end = incident.closed_at or now
    return min(max(_moment(text.strip(), incident.t0) if text.strip() else end, incident.opened_at), end)


def _moment(text: str, t0: datetime) -> datetime:
    minutes = text.replace(MINUS, "-")
    with suppress(ValueError):
        return read_instant(text)
    with suppress(ValueError, OverflowError):
        bare = minutes.removeprefix("-").isdecimal() and minutes.isascii()
        return t0 + (timedelta(minutes=int(minutes)) if bare else read_offset(text))
    raise ValueError(f"{text!r} is no moment. Write T+6:00, 6h or 2026-09-10T08:30:00Z.")


@dataclass(frozen=True)
class _Bar:
    """The replay bar: from moments to places."""

    incident: Incident
    start: datetime
    end: datetime

    def x(self, moment: datetime) -> float:
        """The place of a moment in percent, kept on the bar."""
        return round(100 * min(max((moment - self.start) / (self.end - self.start), 0.0), 1.0), 2)

    def minute(self, moment: datetime) -> int:
        """Whole minutes from T0."""
        return int((moment - self.incident.t0).total_seconds() // 60)

    def ticks(self) -> list[Mark]:
        """Whole hours from T0, as many as can be read."""
        t0 = self.incident.t0
        step = next((h for h in _TICK_HOURS if (self.end - self.start) / (h * _HOUR) <= MAX_TICKS), _TICK_HOURS[-1])
        first = -((t0 - self.start) // (step * _HOUR))
        last = (self.end - t0) // (step * _HOUR)
        hours = [n * step for n in range(first, last + 1)]
        return [Mark(self.x(t0 + hour * _HOUR), _hours(hour)) for hour in hours]


def _hours(hours: int) -> str:
    return f"T{MINUS if hours < 0 else '+'}{abs(hours)}" if hours else "T0"


class _Entries:
    """From what happened to the log entry that says so."""

    def __init__(self, incident: Incident, records: Iterable[Record], main: UUID) -> None:
        self._incident, self._main = incident, main
        self._found: dict[tuple[str, UUID], tuple[UUID, int]] = {}
        for record in records:
            for subject in ("task", "item", "decision", "run"):
                id = getattr(record.data, subject, None)
                if isinstance(id, UUID):
                    self._found[_fact(record), id] = (record.room, record.seq)

    def href(self, id: UUID, *facts: str) -> str:
        """The address of the newest entry of the first of these facts that the log has about something."""
        for fact in facts:
            if place := self._found.get((fact, id)):
                return entry_href(self._incident.key, *place, self._main)
        return f"/i/{self._incident.key}/log"


def _fact(record: Record) -> str:
    return f"{record.event}:{record.data.lane}" if record.event == "task.moved" else record.event  # type: ignore[attr-defined]


def _decisions(current: Snapshot, rooms: frozenset[UUID], entries: _Entries, at: datetime) -> list[DecisionLine]:
    return [
        DecisionLine(
            number=one.number,
            text=one.text,
            reason=one.reason,
            options=one.options,
            name=one.name,
            agency=one.agency,
            at=one.at,
            href=entries.href(one.id, "decision.recorded"),
            later=one.at > at,
        )
        for one in sorted(current.rows(Decision).values(), key=lambda one: (one.at, one.number))
        if one.room in rooms and not one.gone
    ]


def _late_tasks(current: Snapshot, rooms: frozenset[UUID], entries: _Entries, end: datetime) -> Iterable[LateLine]:
    letter = incident_of(current).letter
    for task in current.rows(Task).values():
        if task.room not in rooms or task.gone or task.due is None:
            continue
        done = task.done_at if task.lane is Lane.DONE else None
        if (done or end) > task.due:
            href = entries.href(task.id, *(["task.moved:done"] if done else []), "task.edited", "task.added")
            late = (done or end) - task.due
            yield LateLine(f"{letter}-{task.number}", task.title, task.agency, task.due, done, late, href)


def _late_items(current: Snapshot, rooms: frozenset[UUID], entries: _Entries, end: datetime) -> Iterable[LateLine]:
    runs = current.rows(Run)
    for item in current.rows(Item).values():
        if item.room not in rooms or item.due is None or item.state is ItemState.SKIPPED:
            continue
        done = item.at if item.state is ItemState.DONE else None
        if (done or end) > item.due:
            href = entries.href(item.id, "item.ticked") if done else entries.href(item.run, "playbook.activated")
            phase = next((one["name"] for one in runs[item.run].phases if one["id"] == item.phase), "")
            yield LateLine(phase, item.text, item.agency, item.due, done, (done or end) - item.due, href)


def _address(incident: Incident, moment: datetime | None) -> str:
    """The review at a moment; at the end, seconds included, for None."""
    at = f"?at={quote(offset(moment, incident.t0), safe=':')}" if moment else ""
    return f"/i/{incident.key}/review{at}"
