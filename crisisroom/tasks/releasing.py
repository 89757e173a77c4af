"""Releasing a task to a wider room."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar
from uuid import UUID

from crisisroom.access.rooms import Room
from crisisroom.commanding.command import Outcome
from crisisroom.commanding.scene import Scene
from crisisroom.incidents.numbers import next_number
from crisisroom.incidents.releasing import mark_there, refuse_release, releases
from crisisroom.log.event import Event, Stamp, event
from crisisroom.log.rows import Row
from crisisroom.log.snapshot import Rows
from crisisroom.tasks.adding import TaskAdded
from crisisroom.tasks.models import Task
from crisisroom.tasks.touching import open_task


@event("task.released")
class TaskReleased(Event):
    """A task left this room for a wider one."""

    subject: ClassVar[str] = "task"
    task: UUID
    number: int
    to_room: UUID

    def apply(self, rows: Rows, stamp: Stamp) -> Iterable[Row]:
        task = rows.get(Task, self.task)
        assert task is not None  # noqa: S101
        yield task.but(gone=True, seq=stamp.seq)

    def regions(self) -> Iterable[str]:
        return (f"task:{self.task}",)

    @classmethod
    def sample(cls) -> Event:
        return cls(task=UUID(int=10), number=1, to_room=UUID(int=2))


@releases
def release_task(subject: str, scene: Scene, target: Room) -> Outcome:
    """The task goes on in the target room, with an id and number of that room; comments and links stay behind."""
    task = open_task(scene, subject)
    refuse_release(scene, task.room, target, task.created_agency)
    stays = task.agency in target.agencies or task.assignee in target.people
    added = TaskAdded(
        task=scene.new_id(), number=next_number(scene.state, Task, target.id), title=task.title,
        agency=task.agency if stays else "", assignee=task.assignee if stays else None,
        assignee_name=task.assignee_name if stays else "", position=task.position, priority=task.priority, due=task.due,
        tlp=mark_there(task.tlp, target), notes=task.notes, waits_for=[], lane=task.lane, reason=task.reason,
        since=task.lane_since, released=True,
    )  # fmt: skip
    left = TaskReleased(task=task.id, number=task.number, to_room=target.id)
    return Outcome([(target.id, added), (task.room, left)])
