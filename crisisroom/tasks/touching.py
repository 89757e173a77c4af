"""What every change of a task shares: finding it, and remembering whose value a field holds."""

from __future__ import annotations

from collections.abc import Iterable

from crisisroom.commanding.scene import Scene
from crisisroom.core.errors import NotFound
from crisisroom.log.event import By
from crisisroom.tasks.models import Task


def open_task(scene: Scene, reference: str) -> Task:
    """The task meant, if it is still in one of the actor's rooms. Raises NotFound."""
    task = scene.find(Task, reference, "task")
    if task.gone:
        raise NotFound
    return task


def touched(task: Task, fields: Iterable[str], by: By) -> dict[str, dict[str, str]]:
    """The task's record of who set which field, with these fields now set by this person."""
    who = {"agency": by.agency, "name": by.name, "position": by.position}
    return task.touched | dict.fromkeys(fields, who)
