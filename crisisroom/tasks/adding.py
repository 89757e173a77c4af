"""Adding a task to the To do lane."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import Field, model_validator

from crisisroom.access.directory import Directory
from crisisroom.access.grants import Actor
from crisisroom.access.policy import Permission
from crisisroom.access.rooms import Room
from crisisroom.commanding.command import Command, Outcome, command, handles
from crisisroom.commanding.scene import Scene
from crisisroom.core.errors import BadInput, NotFound
from crisisroom.core.markings import AnyTlp, Tlp
from crisisroom.core.texts import LINE, OptionalLine, OptionalProse, Reference
from crisisroom.incidents.due import read_due
from crisisroom.incidents.models import incident_of
from crisisroom.incidents.numbers import next_number
from crisisroom.incidents.rooms import mark_for
from crisisroom.log.event import Event, Stamp, event
from crisisroom.log.rows import Row
from crisisroom.log.snapshot import Rows
from crisisroom.tasks.models import Lane, Priority, Task
from crisisroom.tasks.quick import check_quick, read_quick
from crisisroom.tasks.touching import find_task

MAX_LINKS = 50


@event("task.added")
class TaskAdded(Event):
    """A task was added, or came from another room when `released`.

    It stands in its lane since `since`, or since now.
    """

    subject: ClassVar[str] = "task"
    task: UUID
    number: int
    title: str
    agency: str
    assignee: UUID | None
    assignee_name: str
    position: str
    priority: Priority
    due: datetime | None
    tlp: Tlp
    notes: str
    waits_for: list[UUID]
    lane: Lane
    reason: str
    since: datetime | None
    released: bool

    def apply(self, rows: Rows, stamp: Stamp) -> Iterable[Row]:
        fields = self.model_dump(exclude={"task", "since", "released"})
        since = self.since or stamp.at
        yield Task(
            id=self.task, book=stamp.book, room=stamp.room, seq=stamp.seq, created_at=stamp.at,
            created_by=stamp.by.person, created_name=stamp.by.name, created_agency=stamp.by.agency, lane_since=since,
            done_at=since if self.lane is Lane.DONE else None, **fields,
        )  # fmt: skip

    def regions(self) -> Iterable[str]:
        return (f"task:{self.task}",)

    @classmethod
    def sample(cls) -> Event:
        return cls(
            task=UUID(int=10), number=131, title="Deploy assessment team", agency="CDEMA", assignee=None,
            assignee_name="", position="Operations lead", priority=Priority.CRITICAL, due="2026-09-10T14:30:00Z",
            tlp=Tlp.AMBER, notes="", waits_for=[], lane=Lane.TODO, reason="", since=None, released=False,
        )  # fmt: skip


@command("add-task", Permission.TASK_WRITE)
class AddTask(Command):
    """Add a task, from fields or from one quick line: `Loaders to runway @CDEMA !high due T+14:15 for E-136`."""

    title: OptionalLine = ""
    quick: OptionalLine = ""
    room: UUID | None = None
    tlp: AnyTlp | None = None
    agency: OptionalLine | None = None
    assignee: OptionalLine | None = None
    position: OptionalLine = ""
    priority: Priority = Priority.NORMAL
    due: OptionalLine | None = None
    notes: OptionalProse = ""
    waits_for: Annotated[list[Reference], Field(max_length=MAX_LINKS)] = []
    holds_up: Annotated[list[Reference], Field(max_length=MAX_LINKS)] = []

    @model_validator(mode="before")
    @classmethod
    def _from_quick(cls, fields: Any) -> Any:
        quick = fields.get("quick") if isinstance(fields, dict) else None
        if not isinstance(quick, str) or len(quick.strip()) > LINE or fields.get("title"):
            return fields  # what is too long is refused as such, before anything is made of it
        read = read_quick(quick)
        check_quick(read)
        return fields | read

    @classmethod
    def sample(cls) -> Command:
        return cls(title="Deploy assessment team", agency="CDEMA", priority=Priority.CRITICAL)


@handles(AddTask)
def add_task(command: AddTask, scene: Scene) -> Outcome:
    """The task takes the room's mark unless a wider one is asked for; what it holds up will wait for it."""
    if not command.title:
        raise BadInput("Say what is to be done.", "title")
    room = scene.room(command.room)
    incident = incident_of(scene.state)
    if command.quick:
        _refuse_tokens(command, scene, room)
    assignee, agency = holder(scene, room, command.assignee, command.agency)
    added = TaskAdded(
        task=scene.new_id(),
        number=next_number(scene.state, Task, room.id),
        title=command.title,
        agency=agency,
        assignee=assignee.id if assignee else None,
        assignee_name=assignee.name if assignee else "",
        position=command.position,
        priority=command.priority,
        due=read_due(command.due or "", incident, scene.now),
        tlp=mark_for(room, command.tlp),
        notes=command.notes,
        waits_for=linked(scene, room, command.waits_for, "waits_for"),
        lane=Lane.TODO,
        reason="",
        since=None,
        released=False,
    )
    waiting = [scene.state.rows(Task)[id] for id in linked(scene, room, command.holds_up, "holds_up")]
    refuse_circle(scene, {task.id for task in waiting}, added.waits_for, "holds_up")
    return Outcome([(room.id, added), *((room.id, _made_to_wait(scene, task, added)) for task in waiting)])


def _refuse_tokens(command: AddTask, scene: Scene, room: Room) -> None:
    """Raise BadInput that names a token as it was written, if it means nothing here."""
    if command.agency and command.agency.upper() not in scene.reference(Directory).agencies:
        raise BadInput(f"@{command.agency}: there is no such agency in this room.", "agency")
    for reference in command.holds_up:
        try:
            linked(scene, room, [reference], "holds_up")
        except NotFound:
            raise BadInput(f"for {reference}: there is no such task in this room.", "holds_up") from None


def _made_to_wait(scene: Scene, task: Task, on: TaskAdded) -> Event:
    from crisisroom.tasks.editing import Change, TaskEdited  # editing knows adding's helpers

    was = [str(id) for id in task.waits_for]
    numbers = [scene.state.rows(Task)[id].number for id in task.waits_for]
    return TaskEdited(
        task=task.id,
        number=task.number,
        changes=[Change(field="waits_for", was=was, now=[*was, str(on.task)])],
        waits_for_numbers=[*numbers, on.number],
    )


def holder(
    scene: Scene, room: Room, person: str | None, agency: str | None, prefix: str = ""
) -> tuple[Actor | None, str]:
    """The person and the agency that are to have a task: both must be in the room. Raises BadInput."""
    directory = scene.reference(Directory)
    code = directory.agency(agency, f"{prefix}agency") if agency else ""
    somebody = directory.person(person, f"{prefix}assignee") if person else None
    if somebody and somebody.agency not in room.agencies and somebody.id not in room.people:
        raise BadInput(
            f"{somebody.name} ({somebody.agency}) is not in this room. Invite the agency first.", f"{prefix}assignee"
        )
    code = code or (somebody.agency if somebody else "")
    if code and room.agencies and code not in room.agencies and not (somebody and somebody.id in room.people):
        raise BadInput(f"{code} is not in this room. Invite the agency first.", f"{prefix}agency")
    return somebody, code


def linked(scene: Scene, room: Room, references: list[str], field: str, known: Collection[UUID] = ()) -> list[UUID]:
    """Ids of tasks in the same room, by id or its own number. Raises BadInput for one elsewhere, NotFound for none.

    One that has gone to another room counts only if it is `known` already.
    """
    found = [find_task(scene, reference, field, room) for reference in references]
    if any(task.room != room.id for task in found):
        raise BadInput("A task can only wait for tasks in its own room.", field)
    if any(task.gone and task.id not in known for task in found):
        raise NotFound
    return list(dict.fromkeys(task.id for task in found))


def refuse_circle(scene: Scene, waiting: Collection[UUID], waits_for: Iterable[UUID], field: str) -> None:
    """Raise BadInput if one of the `waiting` tasks would, over others, wait for itself."""
    tasks = scene.state.rows(Task)
    ahead, seen = list(waits_for), set[UUID]()
    while ahead:
        id = ahead.pop()
        if id in waiting:
            raise BadInput("These tasks would wait for one another.", field)
        if id not in seen and id in tasks:
            seen.add(id)
            ahead += tasks[id].waits_for
