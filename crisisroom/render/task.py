"""The task drawer: one task with its fields, links, comments and its history from the log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from crisisroom.access.grants import Actor
from crisisroom.access.rooms import Room
from crisisroom.core.markings import Tlp
from crisisroom.incidents.models import Incident, incident_for
from crisisroom.incidents.numbers import spoken
from crisisroom.log.record import Record
from crisisroom.log.snapshot import Snapshot
from crisisroom.render.board import card_order
from crisisroom.tasks.models import Comment, Lane, Task


@dataclass(frozen=True)
class DrawerView:
    """Everything in the drawer that does not depend on what the viewer may do."""

    snapshot: Snapshot
    incident: Incident
    task: Task
    room: Room
    comments: list[Comment]
    history: list[Record]
    waits_for: list[Task]
    holds_up: list[Task]
    others: list[Task]
    """Open tasks of the same room, which this one could wait for."""
    people: list[Actor]
    """Who could have the task: those in its room."""
    agencies: list[str]
    place: int
    """Which card of its lane it is, counted from 1, and of how many."""
    of: int
    before: Task | None
    after: Task | None

    @property
    def number(self) -> str:
        """`E-131`."""
        return self.number_of(self.task)

    def number_of(self, task: Task) -> str:
        """Another task's number."""
        return spoken(self.incident, task.number)

    def address(self, task: Task) -> str:
        """Another task's address in the same room."""
        return task_address(self.incident, task, self.room)

    @property
    def marks(self) -> list[Tlp]:
        """The marks it can have here: none is stricter than the room's."""
        return [mark for mark in Tlp if mark.strictness <= self.room.tlp.strictness]

    @property
    def rev(self) -> int:
        """The entry that changed anything in the drawer last."""
        return max([self.task.seq, *(record.seq for record in self.history)])


def drawer_view(
    snapshot: Snapshot, rooms: frozenset[UUID], records: Iterable[Record], task: Task, people: Sequence[Actor] = ()
) -> DrawerView:
    """The drawer of a task in one of these rooms. `records` hold all entries about it; `people` is the directory."""
    room = snapshot.rows(Room)[task.room]
    around = [one for one in snapshot.rows(Task).values() if one.room == task.room and not one.gone]
    lane = sorted((one for one in _in(rooms, snapshot) if one.lane == task.lane), key=card_order)
    place = next((n for n, one in enumerate(lane) if one.id == task.id), 0)
    comments = [one for one in snapshot.rows(Comment).values() if one.task == task.id]
    return DrawerView(
        snapshot=snapshot,
        incident=incident_for(snapshot, rooms),
        task=task,
        room=room,
        comments=sorted(comments, key=lambda one: one.seq),
        history=[one for one in records if one.room == task.room and getattr(one.data, "task", None) == task.id][::-1],
        waits_for=sorted((one for one in around if one.id in task.waits_for), key=card_order),
        holds_up=sorted((one for one in around if task.id in one.waits_for), key=card_order),
        others=sorted(
            (one for one in around if one.id != task.id and one.lane is not Lane.DONE), key=lambda one: one.number
        ),
        people=sorted((one for one in people if is_inside(one, room)), key=lambda one: (one.agency, one.name)),
        agencies=list(dict.fromkeys([*([task.agency] if task.agency else []), *room.agencies])),
        place=place + 1,
        of=len(lane),
        before=lane[place - 1] if place else None,
        after=lane[place + 1] if place + 1 < len(lane) else None,
    )


def task_address(incident: Incident, task: Task, room: Room) -> str:
    """A task's own address: by number in the main room, by id elsewhere, where numbers begin anew."""
    return f"/i/{incident.key}/t/{spoken(incident, task.number) if room.main else task.id}"


def is_inside(person: Actor, room: Room) -> bool:
    """Whether a task of the room can be given to the person."""
    return person.agency in room.agencies or person.id in room.people


def _in(rooms: frozenset[UUID], snapshot: Snapshot) -> list[Task]:
    return [task for task in snapshot.rows(Task).values() if task.room in rooms and not task.gone]
