"""Who is here and what they have open: known while their connection lasts, never written to the log."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from crisisroom.live.session import Kind, Session
from crisisroom.log.snapshot import Snapshot
from crisisroom.render.filters import initials
from crisisroom.tasks.models import Task

MAX_FIELD = 40


def present(sessions: Iterable[Session], snapshot: Snapshot, room: UUID) -> list[dict[str, Any]]:
    """The people in a room, each once; somebody with one busy tab is here, not idle."""
    people: dict[UUID, dict[str, Any]] = {}
    for session in sessions:
        actor = session.actor
        if actor.id is None or room not in session.rooms or session.kind is not Kind.PAGE:
            continue
        seen = people.setdefault(
            actor.id,
            {
                "id": str(actor.id),
                "name": actor.name,
                "initials": initials(actor.name),
                "agency": actor.agency,
                "state": "idle",
                "editing": None,
            },
        )
        if not session.idle:
            seen["state"] = "here"
        if session.editing and _room_of(snapshot, session.editing) == room:
            seen["editing"] = session.editing
    return sorted(people.values(), key=lambda person: (person["agency"], person["name"], person["id"]))


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
