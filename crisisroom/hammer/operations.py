"""What a history says of each key: how often it was sent and what was answered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from crisisroom.hammer.history import Line

EVENT_OF = {
    "add-task": "task.added",
    "move-task": "task.moved",
    "edit-task": "task.edited",
    "assign-task": "task.assigned",
    "comment-task": "task.commented",
    "write-entry": "entry.written",
    "tick-item": "item.ticked",
    "reopen-item": "item.reopened",
}


@dataclass(slots=True)
class Operation:
    """All tries of one key."""

    incident: str
    command: str
    invoked: float | None = None
    answered: float | None = None
    sent: int = 0
    applied: int = 0
    repeated: int = 0
    unchanged: int = 0
    refused: int = 0
    not_saved: int = 0
    lost: int = 0
    other_body: int = 0
    id: str | None = None
    places: set[tuple[str, int]] = field(default_factory=set)

    @property
    def acknowledged(self) -> bool:
        """The sender was told that it is in the log."""
        return bool(self.applied or self.repeated)

    @property
    def unknown(self) -> int:
        """Tries of which nobody knows what became."""
        return self.sent - self.applied - self.repeated - self.unchanged - self.refused - self.not_saved

    @property
    def may_have_happened(self) -> bool:
        """It is acknowledged, or might be in the log all the same."""
        return self.acknowledged or self.unknown > 0


class Operations:
    """Every key of a history."""

    def __init__(self) -> None:
        self._by_key: dict[str, Operation] = {}

    def add(self, line: Line) -> None:
        """An `invoke`, `ok`, `fail` or `info` line."""
        key = line["key"]
        if line.get("body"):
            if line["is"] == "ok" and key in self._by_key:
                self._by_key[key].other_body += 1
            return
        one = self._by_key.get(key)
        if one is None:
            one = self._by_key[key] = Operation(line["incident"], line["command"])
        match line["is"]:
            case "invoke":
                one.sent += 1
                one.invoked = line["t"] if one.invoked is None else one.invoked
            case "ok":
                _note_receipt(one, line)
            case "fail":
                one.refused += 1
            case "info":
                if line.get("saved") is False:
                    one.not_saved += 1
                else:
                    one.lost += 1

    def get(self, key: str) -> Operation | None:
        """What became of a key."""
        return self._by_key.get(key)

    def items(self) -> Iterator[tuple[str, Operation]]:
        """Every key."""
        return iter(self._by_key.items())

    def unresolved_without_mark(self) -> dict[tuple[str, str], int]:
        """How many commands of each kind may be in the log without anybody having been told where."""
        found: dict[tuple[str, str], int] = {}
        for one in self._by_key.values():
            if one.unknown > 0 and not one.acknowledged:
                kind = (one.incident, EVENT_OF[one.command])
                found[kind] = found.get(kind, 0) + 1
        return found


def _note_receipt(one: Operation, line: Line) -> None:
    if line["result"] == "unchanged":
        one.unchanged += 1
        return
    if line["result"] == "applied":
        one.applied += 1
    else:
        one.repeated += 1
    one.places.add((line["room"], line["seq"]))
    one.id = line.get("id")
    one.answered = line["t"] if one.answered is None else one.answered
