"""The board as a client builds it from what it hears: a second, independent telling of what each event means."""

from __future__ import annotations

import hashlib
import json
from collections import deque
from typing import Any

NEWEST = 200
SHOWN = ("id", "room", "title", "lane", "reason", "agency", "assignee", "position", "notes", "comments", "seq")


def digest(value: Any) -> str:
    """Equal for equal values."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


class Model:
    """Tasks and checklist items of an incident."""

    def __init__(self, items: dict[str, str]) -> None:
        self.tasks: dict[str, dict[str, Any]] = {}
        self.items = items
        self.newest: deque[str] = deque(maxlen=NEWEST)

    def apply(self, event: str, room: str, seq: int, data: dict[str, Any]) -> None:
        """One more entry."""
        if event == "task.added":
            kept = {name: data[name] for name in ("title", "agency", "assignee", "position", "notes")}
            place = {"id": data["task"], "room": room, "seq": seq}
            self.tasks[data["task"]] = place | kept | {"lane": "todo", "reason": "", "comments": 0}
            self.newest.append(data["task"])
        elif event == "task.commented":
            self.tasks[data["task"]]["comments"] += 1
        elif event == "task.moved":
            self.tasks[data["task"]] |= {"lane": data["lane"], "reason": data["reason"], "seq": seq}
        elif event == "task.assigned":
            kept = {name: data[name] for name in ("agency", "assignee", "position")}
            self.tasks[data["task"]] |= {"seq": seq, **kept}
        elif event == "task.edited":
            changes = {change["field"]: change["now"] for change in data["changes"]}
            self.tasks[data["task"]] |= {"seq": seq, **changes}
        elif event in ("item.ticked", "item.reopened"):
            self.items[data["item"]] = "done" if event == "item.ticked" else "open"

    def digest(self) -> str:
        """Of all tasks and items."""
        return _digest_of(self.tasks.values(), self.items)


def items_of(board: dict[str, Any]) -> dict[str, str]:
    """The state of each checklist item of a board."""
    phases = (phase for run in board["runs"] for phase in run["phases"])
    return {item["id"]: item["state"] for phase in phases for item in phase["items"]}


def digest_of_board(board: dict[str, Any]) -> str:
    """The same digest, of a board that the server gave."""
    return _digest_of(board["tasks"], items_of(board))


def _digest_of(tasks: Any, items: dict[str, str]) -> str:
    shown = [[task[name] for name in SHOWN] for task in tasks]
    return digest([sorted(shown), items])
