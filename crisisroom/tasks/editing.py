"""Editing a task's fields. Different fields never collide; the same field gives both values back and asks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, Field

from crisisroom.access.policy import Permission
from crisisroom.access.rooms import Room
from crisisroom.commanding.command import Command, Outcome, command, handles, unchanged
from crisisroom.commanding.scene import Scene
from crisisroom.core.errors import BadInput
from crisisroom.core.markings import AnyTlp, Tlp
from crisisroom.core.texts import Line, OptionalLine, OptionalProse, Reference
from crisisroom.core.times import read_instant
from crisisroom.incidents.due import read_due
from crisisroom.incidents.models import incident_of
from crisisroom.incidents.rooms import mark_for
from crisisroom.log.event import Event, Stamp, event
from crisisroom.log.rows import Row
from crisisroom.log.snapshot import Rows
from crisisroom.tasks.adding import MAX_LINKS, linked, refuse_circle
from crisisroom.tasks.assigning import held_by
from crisisroom.tasks.basing import as_json, refuse_stale
from crisisroom.tasks.models import Priority, Task
from crisisroom.tasks.touching import open_task, touched


class Change(BaseModel, extra="forbid", frozen=True):
    """One field's old and new value, as JSON."""

    field: str
    was: Any
    now: Any


@event("task.edited")
class TaskEdited(Event):
    """Fields of a task were changed."""

    subject: ClassVar[str] = "task"
    task: UUID
    number: int
    changes: list[Change]
    waits_for_numbers: list[int] = []
    """The numbers of the tasks it waits for now, if that was changed."""

    def apply(self, rows: Rows, stamp: Stamp) -> Iterable[Row]:
        task = rows.get(Task, self.task)
        assert task is not None  # noqa: S101
        values = {change.field: _typed(change.field, change.now) for change in self.changes}
        yield task.but(**values, touched=touched(task, values, stamp.by), seq=stamp.seq)

    def regions(self) -> Iterable[str]:
        return (f"task:{self.task}",)

    @classmethod
    def sample(cls) -> Event:
        return cls(
            task=UUID(int=10), number=131,
            changes=[Change(field="due", was="2026-09-10T14:30:00.000Z", now="2026-09-10T17:30:00.000Z")],
        )  # fmt: skip


class TaskFields(BaseModel, extra="forbid", str_strip_whitespace=True):
    """The fields of a task that can be edited; only those given are changed."""

    title: Line = ""
    agency: OptionalLine | None = None
    assignee: OptionalLine | None = None
    position: OptionalLine | None = None
    priority: Priority = Priority.NORMAL
    due: OptionalLine | None = None
    tlp: AnyTlp = Tlp.AMBER
    notes: OptionalProse | None = None
    waits_for: Annotated[list[Reference], Field(max_length=MAX_LINKS)] = []


@command("edit-task", Permission.TASK_WRITE)
class EditTask(Command):
    """Change fields of a task. `base` holds, for each field of `set`, the value the writer saw before.

    Of a field that goes along, a person's agency or an agency's person, it may hold the value as well.
    """

    task: Reference
    set: TaskFields
    base: dict[str, Any]

    @classmethod
    def sample(cls) -> Command:
        return cls(task="E-1", set=TaskFields(notes="Road cut at the river."), base={"notes": ""})


@handles(EditTask)
def edit_task(command: EditTask, scene: Scene) -> Outcome:
    """A field somebody else has changed since `base` is a conflict, also one that goes along, unless both agree."""
    task = open_task(scene, command.task)
    room = scene.room(task.room)
    wanted = _resolved(command.set, scene, task, room)
    if not wanted:
        raise BadInput("Say which fields to set.", "set")
    changes = [
        Change(field=field, was=was, now=now)
        for field, now in wanted.items()
        if (was := as_json(getattr(task, field))) != now
    ]
    given = {field: getattr(command.set, field) for field in command.set.model_fields_set}
    for change in changes:
        if change.field in given and change.field not in command.base:
            raise BadInput(
                "Say what it was when you read it; otherwise another's change could be lost.", f"base.{change.field}"
            )
    refuse_stale(scene, task, command.base, given, wanted)
    if not changes:
        return unchanged(task)
    tasks = scene.state.rows(Task)
    numbers = [tasks[UUID(id)].number for change in changes if change.field == "waits_for" for id in change.now]
    edited = TaskEdited(task=task.id, number=task.number, changes=changes, waits_for_numbers=numbers)
    return Outcome([(task.room, edited)])


def _resolved(fields: TaskFields, scene: Scene, task: Task, room: Room) -> dict[str, Any]:
    """What the given fields mean, as the JSON values the log keeps. An assignee brings name and agency along."""
    given = fields.model_fields_set
    wanted: dict[str, Any] = {}
    for field in ("title", "priority"):
        if field in given:
            wanted[field] = as_json(getattr(fields, field))
    for field in ("position", "notes"):
        if field in given:
            wanted[field] = getattr(fields, field) or ""
    if "due" in given:
        wanted["due"] = as_json(read_due(fields.due or "", incident_of(scene.state), scene.now, "set.due"))
    if "tlp" in given:
        wanted["tlp"] = mark_for(room, fields.tlp, "set.tlp").value
    if "waits_for" in given:
        waits_for = linked(scene, room, fields.waits_for, "set.waits_for", known=task.waits_for)
        refuse_circle(scene, {task.id}, waits_for, "set.waits_for")
        wanted["waits_for"] = as_json(waits_for)
    if given & {"agency", "assignee"}:
        wanted |= held_by(scene, task, room, fields.assignee, fields.agency, given, "set.")
    return wanted


def _typed(field: str, value: Any) -> Any:
    if field == "due":
        return read_instant(value) if value else None
    if field == "assignee":
        return UUID(value) if value else None
    if field == "waits_for":
        return [UUID(one) for one in value]
    if field == "priority":
        return Priority(value)
    return Tlp(value) if field == "tlp" else value
