"""Moving a task between lanes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel

from crisisroom.access.policy import Permission
from crisisroom.commanding.command import Command, Outcome, command, handles, unchanged
from crisisroom.commanding.scene import Scene
from crisisroom.core.errors import BadInput, Conflict, FieldConflict
from crisisroom.core.texts import OptionalLine, Reference
from crisisroom.log.event import Event, Stamp, event
from crisisroom.log.rows import Row
from crisisroom.log.snapshot import Rows
from crisisroom.tasks.models import Lane, Task
from crisisroom.tasks.touching import open_task, set_by, touched


class LaneBase(BaseModel, extra="forbid", frozen=True):
    """Where the task stood when its mover last saw it, and what blocked it."""

    lane: Lane
    reason: OptionalLine | None = None


@event("task.moved")
class TaskMoved(Event):
    """A task changed lane, or the reason it is blocked for."""

    subject: ClassVar[str] = "task"
    task: UUID
    number: int
    from_lane: Lane
    lane: Lane
    reason: str

    def apply(self, rows: Rows, stamp: Stamp) -> Iterable[Row]:
        task = rows.get(Task, self.task)
        assert task is not None  # noqa: S101
        yield task.but(
            lane=self.lane,
            reason=self.reason,
            lane_since=stamp.at if self.lane != self.from_lane else task.lane_since,
            done_at=stamp.at if self.lane is Lane.DONE else None,
            touched=touched(task, ["lane"], stamp.by),
            seq=stamp.seq,
        )

    def regions(self) -> Iterable[str]:
        return (f"task:{self.task}",)

    @classmethod
    def sample(cls) -> Event:
        return cls(task=UUID(int=10), number=136, from_lane=Lane.DOING, lane=Lane.BLOCKED, reason="needs 2 loaders")


@command("move-task", Permission.TASK_WRITE)
class MoveTask(Command):
    """Move a task to another lane. Blocked needs a reason. With `base`, a lane changed meanwhile is a conflict."""

    task: Reference
    lane: Lane
    reason: OptionalLine = ""
    base: LaneBase | None = None

    @classmethod
    def sample(cls) -> Command:
        return cls(task="E-1", lane=Lane.DOING)


@handles(MoveTask)
def move_task(command: MoveTask, scene: Scene) -> Outcome:
    """A task that stands there already stays; a reason is kept only while blocked."""
    task = open_task(scene, command.task)
    reason = command.reason if command.lane is Lane.BLOCKED else ""
    if command.lane is Lane.BLOCKED and not reason:
        raise BadInput("Say what blocks it.", "reason")
    if (task.lane, task.reason) == (command.lane, reason):
        return unchanged(task)
    if command.base:
        _refuse_stale(task, command.base, command.lane, reason)
    moved = TaskMoved(task=task.id, number=task.number, from_lane=task.lane, lane=command.lane, reason=reason)
    return Outcome([(task.room, moved)])


def _refuse_stale(task: Task, base: LaneBase, lane: Lane, reason: str) -> None:
    """Raise Conflict if somebody else has moved it elsewhere, or given another reason for where it stands."""
    if lane != task.lane:
        one = FieldConflict("lane", base.lane, task.lane, lane, set_by(task, "lane"))
    else:
        seen = base.reason if base.reason is not None else task.reason if base.lane == task.lane else ""
        one = FieldConflict("reason", seen, task.reason, reason, set_by(task, "lane"))
    if one.base != one.theirs:
        raise Conflict([one])
