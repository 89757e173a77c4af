"""Situation: every incident the viewer is in, worst first, and the deadlines that come next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from crisisroom.access.rooms import Room
from crisisroom.core.times import NEVER
from crisisroom.incidents.models import Incident, incident_for
from crisisroom.log.snapshot import Snapshot
from crisisroom.playbooks.models import Item, ItemState, Run
from crisisroom.render.board import is_item_late, is_late
from crisisroom.render.filters import bars
from crisisroom.render.task import task_address
from crisisroom.tasks.models import Lane, Task

DEADLINES = 12


@dataclass(frozen=True)
class Deadline:
    """An open task or checklist item with a time."""

    incident: Incident
    due: datetime
    text: str
    agency: str
    href: str

    def left(self, now: datetime) -> timedelta:
        """Time left; negative when late."""
        return self.due - now


@dataclass(frozen=True)
class Line:
    """One incident of the table."""

    incident: Incident
    phase: str
    others: list[str]
    """Agencies in it besides the lead, core ones by code and in the order they came."""
    open_tasks: int
    overdue: int
    late_items: int
    """Playbook items past their time."""
    deadlines: list[Deadline]

    @property
    def late(self) -> int:
        """Tasks and items past their time."""
        return self.overdue + self.late_items

    @property
    def next(self) -> Deadline | None:
        """What is most late, else what is due next."""
        return self.deadlines[0] if self.deadlines else None


@dataclass(frozen=True)
class SituationView:
    """The page: active incidents, deadlines, and how many incidents are closed."""

    lines: list[Line]
    closed: list[Incident]
    deadlines: list[Deadline]

    @property
    def overdue(self) -> int:
        """Tasks past their time, over all incidents."""
        return sum(line.overdue for line in self.lines)

    @property
    def late_items(self) -> int:
        """Playbook items past their time, over all incidents."""
        return sum(line.late_items for line in self.lines)

    @property
    def with_late(self) -> int:
        """In how many incidents these tasks and items are."""
        return sum(line.late > 0 for line in self.lines)

    def of_agency(self, code: str) -> list[Deadline]:
        """The deadlines of one agency."""
        return [deadline for deadline in self.deadlines if deadline.agency == code]


def situation_view(boards: Iterable[tuple[Snapshot, frozenset[UUID]]], now: datetime) -> SituationView:
    """From each incident's snapshot and the rooms that the viewer is in; nothing is counted outside these rooms."""
    incidents = [(incident_for(snapshot, rooms), snapshot, rooms) for snapshot, rooms in boards if rooms]
    lines = [_line(incident, snapshot, rooms, now) for incident, snapshot, rooms in incidents if not incident.closed_at]
    closed = [incident for incident, _, _ in incidents if incident.closed_at]
    return SituationView(
        lines=sorted(lines, key=_worst_first),
        closed=sorted(closed, key=lambda incident: incident.closed_at or NEVER, reverse=True),
        deadlines=sorted((one for line in lines for one in line.deadlines), key=lambda one: one.due),
    )


def _line(incident: Incident, snapshot: Snapshot, rooms: frozenset[UUID], now: datetime) -> Line:
    tasks = [
        task
        for task in snapshot.rows(Task).values()
        if task.room in rooms and not task.gone and task.lane is not Lane.DONE
    ]
    agencies = [code for room in snapshot.rows(Room).values() if room.id in rooms for code in room.agencies]
    return Line(
        incident=incident,
        phase=_phase(snapshot, incident, rooms),
        others=[code for code in dict.fromkeys(agencies) if code != incident.lead_agency],
        open_tasks=len(tasks),
        overdue=sum(is_late(task, now) for task in tasks),
        late_items=sum(item.room in rooms and is_item_late(item, now) for item in snapshot.rows(Item).values()),
        deadlines=sorted(_deadlines(snapshot, rooms, incident, tasks), key=lambda one: one.due),
    )


def _phase(snapshot: Snapshot, incident: Incident, rooms: frozenset[UUID]) -> str:
    run = snapshot.get(Run, incident.leading_run) if incident.leading_run else None
    if run is None or run.room not in rooms:
        return ""
    return next((phase["name"] for phase in run.phases if phase["id"] == run.phase), "")


def _deadlines(
    snapshot: Snapshot, rooms: frozenset[UUID], incident: Incident, tasks: Iterable[Task]
) -> Iterable[Deadline]:
    for task in tasks:
        if task.due:
            address = task_address(incident, task, snapshot.rows(Room)[task.room])
            yield Deadline(incident, task.due, task.title, task.agency, address)
    for item in snapshot.rows(Item).values():
        if item.room in rooms and item.state is ItemState.OPEN and item.due:
            yield Deadline(incident, item.due, item.text, item.agency, f"/i/{incident.key}#item-{item.id}")


def _worst_first(line: Line) -> tuple[int, int, datetime]:
    """By how many tasks and items are late, then level, then next deadline."""
    due = line.next.due if line.next else NEVER
    return (-line.late, -bars(line.incident.level_value), due)
