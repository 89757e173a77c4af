"""What every change of a task shares: finding it, and remembering whose value a field holds."""

from __future__ import annotations

from collections.abc import Iterable

from crisisroom.access.rooms import Room, main_room
from crisisroom.commanding.scene import Scene
from crisisroom.core.errors import BadInput, NotFound
from crisisroom.incidents.models import incident_of
from crisisroom.incidents.numbers import read_number
from crisisroom.log.event import By
from crisisroom.tasks.models import Task


def open_task(scene: Scene, reference: str) -> Task:
    """The task meant, if it is still in one of the actor's rooms. Raises NotFound."""
    task = find_task(scene, reference, "task")
    if task.gone:
        raise NotFound
    return task


def find_task(scene: Scene, reference: str, field: str, room: Room | None = None) -> Task:
    """The task meant, by id or number. Raises NotFound, or BadInput for a number that more than one could have.

    Each room has numbers of its own: one that is said counts in `room` alone if that is given; else it is the main
    room's, and a further room's only where the main room has none.
    """
    number = read_number(reference, incident_of(scene.state).letter)
    if number is None:
        return scene.find(Task, reference)
    rooms = {room.id} if room else scene.grant.rooms
    found = [task for task in scene.state.rows(Task).values() if task.number == number and task.room in rooms]
    main = main_room(scene.state).id
    found = [task for task in found if task.room == main] or [task for task in found if not task.gone] or found[:1]
    if len(found) > 1:
        raise BadInput(f"{reference} is in more than one of your rooms. Use its id.", field)
    if not found:
        raise NotFound
    return found[0]


def touched(task: Task, fields: Iterable[str], by: By) -> dict[str, dict[str, str]]:
    """The task's record of who set which field, with these fields now set by this person."""
    who = {"person": str(by.person or ""), "agency": by.agency, "name": by.name, "position": by.position}
    return task.touched | dict.fromkeys(fields, who)


def set_by(task: Task, field: str) -> dict[str, str]:
    """Whose value a field holds, as others are told: who set it last, else who added the task."""
    who = task.touched.get(field, {"agency": task.created_agency, "name": task.created_name, "position": ""})
    return {name: value for name, value in who.items() if name != "person"}
