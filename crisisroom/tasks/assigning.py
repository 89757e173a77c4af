"""Assigning a task: to an agency, a person, a position, or to nobody again."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, ClassVar
from uuid import UUID

from crisisroom.access.policy import Permission
from crisisroom.access.rooms import Room
from crisisroom.commanding.command import Command, Outcome, command, handles, unchanged
from crisisroom.commanding.scene import Scene
from crisisroom.core.errors import BadInput
from crisisroom.core.texts import OptionalLine, Reference
from crisisroom.log.event import Event, Stamp, event
from crisisroom.log.rows import Row
from crisisroom.log.snapshot import Rows
from crisisroom.tasks.adding import holder
from crisisroom.tasks.basing import as_json, refuse_stale
from crisisroom.tasks.models import Task
from crisisroom.tasks.touching import open_task, touched

_HELD = ("agency", "assignee", "position")


@event("task.assigned")
class TaskAssigned(Event):
    """A task has a new holder, or none."""

    subject: ClassVar[str] = "task"
    task: UUID
    number: int
    agency: str
    assignee: UUID | None
    assignee_name: str
    position: str

    def apply(self, rows: Rows, stamp: Stamp) -> Iterable[Row]:
        task = rows.get(Task, self.task)
        assert task is not None  # noqa: S101
        yield task.but(
            agency=self.agency, assignee=self.assignee, assignee_name=self.assignee_name, position=self.position,
            touched=touched(task, self.changed(task), stamp.by), seq=stamp.seq,
        )  # fmt: skip

    def changed(self, task: Task) -> list[str]:
        """The fields in which this differs from the task as it is."""
        return [field for field in _HELD if getattr(self, field) != getattr(task, field)]

    def regions(self) -> Iterable[str]:
        return (f"task:{self.task}",)

    @classmethod
    def sample(cls) -> Event:
        return cls(
            task=UUID(int=10), number=131, agency="CDEMA", assignee=UUID(int=4), assignee_name="Kevin Baptiste",
            position="",
        )  # fmt: skip


@command("assign-task", Permission.TASK_WRITE)
class AssignTask(Command):
    """Assign a task. Only what is given changes; an empty value takes it away. A person brings their agency along.

    With `base`, the values the writer saw before, what somebody else has changed meanwhile is a conflict.
    """

    task: Reference
    agency: OptionalLine | None = None
    assignee: OptionalLine | None = None
    position: OptionalLine | None = None
    base: dict[str, Any] = {}

    @classmethod
    def sample(cls) -> Command:
        return cls(task="E-1", agency="RSS")


@handles(AssignTask)
def assign_task(command: AssignTask, scene: Scene) -> Outcome:
    """The holder must be in the task's room; another agency takes the task from its present person."""
    task = open_task(scene, command.task)
    given = command.model_dump(include={"agency", "assignee", "position"}, exclude_unset=True)
    if not given:
        raise BadInput("Say to which agency, person or position.", "agency")
    wanted = {"agency": task.agency, "assignee": as_json(task.assignee), "assignee_name": task.assignee_name}
    wanted["position"] = (command.position or "") if "position" in given else task.position
    if given.keys() & {"agency", "assignee"}:
        wanted |= held_by(scene, task, scene.room(task.room), command.assignee, command.agency, given)
    refuse_stale(scene, task, command.base, given, wanted)
    assigned = TaskAssigned(task=task.id, number=task.number, **wanted)
    if assigned.changed(task):
        return Outcome([(task.room, assigned)])
    return unchanged(task)


def held_by(
    scene: Scene, task: Task, room: Room, person: str | None, agency: str | None, given: Collection[str],
    prefix: str = "",
) -> dict[str, Any]:  # fmt: skip
    """Who has the task, as the log keeps it, once the agency or the assignee among the `given` fields is set."""
    somebody, code = holder(scene, room, person, agency, prefix)
    held: dict[str, Any] = {}
    if "assignee" in given or code != task.agency:  # another agency takes it from its present person
        held["assignee"] = str(somebody.id) if somebody else None
        held["assignee_name"] = somebody.name if somebody else ""
    if "agency" in given or code:
        held["agency"] = code
    return held
