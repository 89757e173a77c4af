"""The board: lanes, playbook runs and the newest log entries of the rooms that a viewer is in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from crisisroom.access.positions import Position
from crisisroom.access.rooms import Room
from crisisroom.core.agencies import AGENCIES
from crisisroom.core.times import NEVER
from crisisroom.incidents.models import Incident, incident_for
from crisisroom.log.record import Record
from crisisroom.log.snapshot import Snapshot
from crisisroom.playbooks.models import Item, ItemState, Run
from crisisroom.render.filters import LANES
from crisisroom.tasks.models import Lane, Priority, Task

ENTRIES = 25
PARTNERS = "partners"
_CORE = ("CDEMA", "IMPACS", "CARPHA", "RSS")
_RANK = {priority: rank for rank, priority in enumerate(Priority)}


@dataclass(frozen=True)
class BoardFilter:
    """What of the board is shown; every choice is in the address, so that it can be shared."""

    agency: str = ""
    mine: bool = False
    overdue: bool = False
    lane: str = ""

    @classmethod
    def read(cls, values: Mapping[str, str]) -> BoardFilter:
        """From the address; what is no filter is left alone."""
        agency = values.get("agency", "").strip()[:40]
        return cls(
            agency=agency.lower() if agency.lower() == PARTNERS else agency.upper(),
            mine=bool(values.get("mine")),
            overdue=bool(values.get("overdue")),
            lane=values["lane"] if values.get("lane") in set(Lane) else "",
        )

    @property
    def on(self) -> bool:
        """Whether anything is left out."""
        return bool(self.query)

    @property
    def pairs(self) -> dict[str, str]:
        """What is chosen, as it stands in the address."""
        flags = {"mine": "1" if self.mine else "", "overdue": "1" if self.overdue else ""}
        return {name: value for name, value in {"agency": self.agency, **flags, "lane": self.lane}.items() if value}

    @property
    def query(self) -> str:
        """The address's end, with its question mark; empty when nothing is chosen."""
        return f"?{urlencode(self.pairs)}" if self.pairs else ""

    @property
    def words(self) -> str:
        """What a board says on which this filter leaves no card: `No tasks for RSS that are overdue`."""
        parts = (
            "No tasks",
            "of yours" if self.mine else "",
            f"for {'partners' if self.agency == PARTNERS else self.agency}" if self.agency else "",
            f"in {LANES[self.lane]}" if self.lane else "",
            "that are overdue" if self.overdue else "",
        )
        return " ".join(part for part in parts if part)

    def shows(self, task: Task, me: UUID | None, now: datetime) -> bool:
        """Whether a card stays on the board."""
        return (
            (not self.agency or task.agency == self.agency or (self.agency == PARTNERS and is_partner(task.agency)))
            and (not self.mine or task.assignee == me)
            and (not self.overdue or is_late(task, now))
            and (not self.lane or task.lane == self.lane)
        )


@dataclass(frozen=True)
class RunView:
    """A run and its items by phase, in the playbook's order."""

    run: Run
    items: Mapping[str, list[Item]]

    def late(self, now: datetime) -> list[Item]:
        """The items past their time, in the playbook's order."""
        return [item for some in self.items.values() for item in some if is_item_late(item, now)]


@dataclass(frozen=True)
class BoardView:
    """Everything on the board page that depends on the rooms and not on the viewer."""

    snapshot: Snapshot
    incident: Incident
    rooms: list[Room]
    lanes: Mapping[str, list[Task]]
    runs: list[RunView]
    entries: list[Record]
    entry_count: int
    agencies: list[str]
    positions: list[Position]

    @property
    def tasks(self) -> list[Task]:
        """Every card, lane by lane."""
        return [task for lane in self.lanes.values() for task in lane]

    def late(self, now: datetime) -> list[Task]:
        """Open tasks that are past their time, longest first."""
        return sorted((task for task in self.tasks if is_late(task, now)), key=card_order)

    def hidden(self, chosen: BoardFilter, me: UUID | None, now: datetime) -> frozenset[UUID]:
        """The cards that a filter leaves out."""
        if not chosen.on:
            return frozenset()
        return frozenset(task.id for task in self.tasks if not chosen.shows(task, me, now))

    @property
    def partners(self) -> bool:
        """Whether agencies other than the core ones are in."""
        return any(is_partner(code) for code in self.agencies)

    def mine(self, me: UUID | None) -> list[Task]:
        """Every card of a person, done ones too: what the filter of this name shows."""
        return [task for task in self.tasks if task.assignee == me]

    def late_items(self, now: datetime) -> list[Item]:
        """The playbooks' items past their time, run by run."""
        return [item for run in self.runs for item in run.late(now)]

    def next_item(self, now: datetime) -> Item | None:
        """The open item that is due next, for a board without tasks."""
        items = [item for run in self.runs for some in run.items.values() for item in some]
        ahead = [item for item in items if item.state is ItemState.OPEN and item.due and item.due >= now]
        return min(ahead, key=lambda item: (item.due or NEVER, item.place), default=None)


def board_view(snapshot: Snapshot, rooms: frozenset[UUID], records: Sequence[Record]) -> BoardView:
    """The board of these rooms. `records` are entries of these rooms in the incident's order; the newest are shown."""
    inside = [room for room in snapshot.rows(Room).values() if room.id in rooms]
    tasks = [task for task in snapshot.rows(Task).values() if task.room in rooms and not task.gone]
    runs = [run for run in snapshot.rows(Run).values() if run.room in rooms]
    incident = incident_for(snapshot, rooms)
    return BoardView(
        snapshot=snapshot,
        incident=incident,
        rooms=sorted(inside, key=lambda room: (not room.main, room.name)),
        lanes=_lanes(tasks),
        runs=_runs(snapshot, runs, incident.leading_run),
        entries=list(records)[-ENTRIES:][::-1],
        entry_count=sum(snapshot.head(room).seq for room in rooms),
        agencies=_agencies(inside, tasks),
        positions=sorted(_held(snapshot, rooms), key=lambda held: held.name),
    )


def _lanes(tasks: Iterable[Task]) -> dict[str, list[Task]]:
    lanes: dict[str, list[Task]] = {lane.value: [] for lane in Lane}
    for task in sorted(tasks, key=card_order):
        lanes[task.lane].append(task)
    return lanes


def card_order(task: Task) -> tuple[Any, ...]:
    """Overdue longest first, then by due time, then by priority: the same order at any moment."""
    return (task.due or NEVER, _RANK[task.priority], task.number, task.room)


def is_late(task: Task, now: datetime) -> bool:
    """Whether an open task's deadline has passed."""
    return task.lane is not Lane.DONE and task.due is not None and task.due < now


def is_item_late(item: Item, now: datetime) -> bool:
    """Whether an open playbook item's deadline has passed."""
    return item.state is ItemState.OPEN and item.due is not None and item.due < now


def is_partner(code: str) -> bool:
    """Whether an agency is none of the four core ones."""
    return bool(code) and not (code in AGENCIES and AGENCIES[code].core)


def _runs(snapshot: Snapshot, runs: Iterable[Run], leading: UUID | None) -> list[RunView]:
    """The leading run first, then by age."""
    ordered = sorted(runs, key=lambda run: (run.id != leading, run.activated_at, str(run.id)))
    found: dict[UUID, dict[str, list[Item]]] = {run.id: {phase["id"]: [] for phase in run.phases} for run in ordered}
    for item in sorted(snapshot.rows(Item).values(), key=lambda item: item.place):
        if item.run in found:
            found[item.run].setdefault(item.phase, []).append(item)
    return [RunView(run, found[run.id]) for run in ordered]


def _agencies(rooms: Iterable[Room], tasks: Iterable[Task]) -> list[str]:
    """Codes for the filter: core agencies first, then the others by name."""
    codes = {code for room in rooms for code in room.agencies} | {task.agency for task in tasks if task.agency}
    return sorted(codes, key=lambda code: (_CORE.index(code) if code in _CORE else len(_CORE), code))


def _held(snapshot: Snapshot, rooms: frozenset[UUID]) -> list[Position]:
    return [held for held in snapshot.rows(Position).values() if held.room in rooms]
