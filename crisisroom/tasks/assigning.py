"""Assigning a task: to an agency, a person, a position, or to nobody again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar
from uuid import UUID

from crisisroom.access.policy import Permission
from crisisroom.commanding.command import Command, Outcome, command, handles, unchanged
from crisisroom.commanding.scene import Scene
from crisisroom.core.errors import BadInput
from crisisroom.core.texts import OptionalLine, Reference
from crisisroom.log.event import Event, Stamp, event
from crisisroom.log.rows import Row
from crisisroom.log.snapshot import Rows
from crisisroom.tasks.adding import holder
from crisisroom.tasks.models import Task
from crisisroom.tasks.touching import open_task, touched


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
            touched=touched(task, ("agency", "assignee", "position"), stamp.by), seq=stamp.seq,
        )  # fmt: skip

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
    """Assign a task. Only what is given changes; an empty value takes it away. A person brings their agency along."""

    task: Reference
    agency: OptionalLine | None = None
    assignee: OptionalLine | None = None
    position: OptionalLine | None = None

    @classmethod
    def sample(cls) -> Command:
        return cls(task="E-1", agency="RSS")


@handles(AssignTask)
def assign_task(command: AssignTask, scene: Scene) -> Outcome:
    """The holder must be in the task's room; another agency takes the task from its present person."""
    task = open_task(scene, command.task)
    given = command.model_fields_set & {"agency", "assignee", "position"}
    if not given:
        raise BadInput("Say to which agency, person or position.", "agency")
    somebody, agency = holder(scene, scene.room(task.room), command.assignee, command.agency)
    if "assignee" in given:
        assignee, name = (somebody.id, somebody.name) if somebody else (None, "")
        agency = agency or ("" if "agency" in given else task.agency)
    elif "agency" in given:
        assignee, name = (task.assignee, task.assignee_name) if agency == task.agency else (None, "")
    else:
        assignee, name, agency = task.assignee, task.assignee_name, task.agency
    position = (command.position or "") if "position" in given else task.position
    if (agency, assignee, position) == (task.agency, task.assignee, task.position):
        return unchanged(task)
    assigned = TaskAssigned(
        task=task.id, number=task.number, agency=agency, assignee=assignee, assignee_name=name, position=position
    )
    return Outcome([(task.room, assigned)])
