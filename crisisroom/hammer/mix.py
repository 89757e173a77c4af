"""What clients do: a mix of commands as in a busy hour, each marked with its key wherever there is a text to mark."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from crisisroom.core.chance import Chance
from crisisroom.hammer.model import Model

WEIGHTS = {
    "write-entry": 25,
    "add-task": 20,
    "comment-task": 20,
    "move-task": 15,
    "edit-task": 8,
    "assign-task": 6,
    "tick-item": 6,
}
AGENCIES = ("CDEMA", "IMPACS", "CARPHA", "RSS")
SUBJECT = {
    "task.added": "task",
    "task.moved": "task",
    "task.edited": "task",
    "task.assigned": "task",
    "task.commented": "comment",
    "entry.written": "entry",
    "item.ticked": "item",
    "item.reopened": "item",
}
_MARK = re.compile(r"\[([0-9a-f]{8}-[0-9a-f-]{27})\]")


def next_command(chance: Chance, model: Model, rooms: list[str], key: UUID) -> tuple[str, dict[str, Any]]:
    """A command and its fields."""
    name = chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
    task = model.tasks[chance.choice(model.newest)] if model.newest else None
    if name == "tick-item" and model.items:
        item = chance.choice(list(model.items))
        return ("tick-item" if model.items[item] == "open" else "reopen-item"), {"item": item}
    if name == "write-entry":
        return name, {"text": f"Sortie airborne, two boats under way [{key}]", "room": chance.choice(rooms)}
    if name in ("add-task", "tick-item") or task is None:
        return "add-task", {"title": f"Loaders to the runway [{key}]", "room": chance.choice(rooms)}
    return name, {"task": task["id"], **_change(name, chance, task, key)}


def _change(name: str, chance: Chance, task: dict[str, Any], key: UUID) -> dict[str, Any]:
    if name == "comment-task":
        return {"text": f"Boat available from 16:45 [{key}]"}
    if name == "edit-task":
        return {"set": {"notes": f"Road cut at the river [{key}]"}, "base": {"notes": task["notes"]}}
    if name == "assign-task":
        return {"agency": chance.choice(AGENCIES), "position": f"Desk [{key}]"}
    lane = chance.choice([lane for lane in ("todo", "doing", "blocked", "done") if lane != task["lane"]])
    return {"lane": lane} | ({"reason": f"Waits for fuel [{key}]"} if lane == "blocked" else {})


def another_body(name: str, fields: dict[str, Any]) -> dict[str, Any]:
    """The same command with something else in it, as a program with a mistake would send it under a used key."""
    other: dict[str, dict[str, Any]] = {
        "write-entry": {"text": "Another text"},
        "add-task": {"title": "Another title"},
        "comment-task": {"text": "Another text"},
        "edit-task": {"set": {"notes": "Another note"}},
        "assign-task": {"position": "Another desk"},
        "move-task": {"lane": "blocked", "reason": "Another reason"},
    }
    return fields | other.get(name, {"item": "00000000-0000-0000-0000-000000000000"})


def mark_of(event: str, data: dict[str, Any]) -> str | None:
    """The key in an entry's text; None where there is no text for it."""
    if event == "task.edited":
        text = " ".join(str(change["now"]) for change in data["changes"])
    elif event == "task.assigned":
        text = str(data["position"])
    else:
        text = str(data.get("text") or data.get("title") or data.get("reason") or "")
    found = _MARK.search(text) if event in SUBJECT and not event.startswith("item.") else None
    return found[1] if found else None
