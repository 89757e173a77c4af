"""Who is here and what they have open: known while their connection lasts, never written to the log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from crisisroom.access.grants import Actor
from crisisroom.live.session import Kind, Session
from crisisroom.log.snapshot import Snapshot
from crisisroom.render.filters import initials
from crisisroom.tasks.models import Task

MAX_FIELD = 40
HERE, IDLE = "here", "idle"


def present(
    sessions: Iterable[Session], elsewhere: Iterable[Mapping[str, Any]], snapshot: Snapshot, room: UUID
) -> list[dict[str, Any]]:
    """The people in a room, each once; somebody with one busy tab is here, not idle.

    `elsewhere` are people that other processes have in the room, in the same form.
    """
    people: dict[str, dict[str, Any]] = {}
    for person in (*local(sessions, snapshot, room), *elsewhere):
        seen = people.setdefault(person["id"], dict(person))
        if person["state"] == HERE:
            seen["state"] = HERE
        seen["editing"] = seen["editing"] or person["editing"]
    return sorted(people.values(), key=lambda person: (person["agency"], person["name"], person["id"]))


def local(sessions: Iterable[Session], snapshot: Snapshot, room: UUID) -> Iterator[dict[str, Any]]:
    """The people whom this process has in a room, each once."""
    found: dict[UUID, tuple[Actor, bool, dict[str, str] | None]] = {}
    for session in sessions:
        if session.actor.id is None or room not in session.rooms or session.kind is not Kind.PAGE:
            continue
        _, here, editing = found.get(session.actor.id, (None, False, None))
        if session.editing and not editing and _room_of(snapshot, session.editing) == room:
            editing = session.editing
        found[session.actor.id] = (session.actor, here or not session.idle, editing)
    for actor, here, editing in found.values():
        yield person(actor, HERE if here else IDLE, editing)


def person(actor: Actor, state: str, editing: dict[str, str] | None) -> dict[str, Any]:
    """Somebody as pages show them."""
    return {
        "id": str(actor.id),
        "name": actor.name,
        "initials": initials(actor.name),
        "agency": actor.agency,
        "state": state,
        "editing": editing,
    }


def read_editing(message: dict[str, Any], snapshot: Snapshot, rooms: frozenset[UUID]) -> dict[str, str] | None:
    """What somebody says to have open, if it is a task they can see."""
    task, field = message.get("task"), message.get("field")
    if not isinstance(task, str) or not isinstance(field, str):
        return None
    editing = {"task": task.lower(), "field": field[:MAX_FIELD]}
    return editing if _room_of(snapshot, editing) in rooms else None


def _room_of(snapshot: Snapshot, editing: dict[str, str]) -> UUID | None:
    try:
        task = snapshot.get(Task, UUID(editing["task"]))
    except ValueError:
        return None
    return task.room if task and not task.gone else None
