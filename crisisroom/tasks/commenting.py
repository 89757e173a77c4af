"""Comments on a task. They never conflict."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar
from uuid import UUID

from crisisroom.access.policy import Permission
from crisisroom.commanding.command import Command, Outcome, command, handles
from crisisroom.commanding.scene import Scene
from crisisroom.core.texts import Prose, Reference
from crisisroom.log.event import Event, Stamp, event
from crisisroom.log.rows import Row
from crisisroom.log.snapshot import Rows
from crisisroom.tasks.models import Comment
from crisisroom.tasks.touching import open_task


@event("task.commented")
class TaskCommented(Event):
    """Somebody commented on a task."""

    subject: ClassVar[str] = "comment"
    task: UUID
    number: int
    comment: UUID
    text: str

    def apply(self, rows: Rows, stamp: Stamp) -> Iterable[Row]:
        by = stamp.by
        yield Comment(
            id=self.comment, book=stamp.book, room=stamp.room, seq=stamp.seq, task=self.task, text=self.text,
            by=by.person, agency=by.agency, name=by.name, at=stamp.at,
        )  # fmt: skip

    def regions(self) -> Iterable[str]:
        return (f"task:{self.task}",)

    @classmethod
    def sample(cls) -> Event:
        return cls(task=UUID(int=10), number=131, comment=UUID(int=11), text="Boat available 16:45 UTC.")


@command("comment-task", Permission.TASK_WRITE)
class CommentTask(Command):
    """Comment on a task."""

    task: Reference
    text: Prose

    @classmethod
    def sample(cls) -> Command:
        return cls(task="E-1", text="Boat available 16:45 UTC.")


@handles(CommentTask)
def comment_task(command: CommentTask, scene: Scene) -> Outcome:
    """Every comment is kept."""
    task = open_task(scene, command.task)
    commented = TaskCommented(task=task.id, number=task.number, comment=scene.new_id(), text=command.text)
    return Outcome([(task.room, commented)])
