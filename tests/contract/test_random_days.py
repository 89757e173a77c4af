"""Days on which everybody does anything, drawn from a seed: whatever happens, everything holds after every command."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from crisisroom.access.rooms import Room
from crisisroom.core.errors import Refused
from crisisroom.journal.models import Decision, Note
from crisisroom.playbooks.models import Item, Run
from crisisroom.tasks.models import Lane, Task
from tests.support.builders import a_room, a_run
from tests.support.people import CAST, CORE
from tests.support.world import World

COMMANDS_A_DAY = 70


class Day:
    """Chooses commands and what is in them; many will be refused."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.random = random.Random(seed)

    def pick(self, things: Sequence[Any]) -> Any:
        """One of them, or nothing at all."""
        return self.random.choice(things) if things else None

    def ref(self, model: type) -> str:
        """One of a kind by id, sometimes by a number or by the id of nothing."""
        row = self.pick(self.world.all(model))
        return self.pick([str(row.id), str(row.id), "E-1", str(self.world.ids.new())]) if row else "E-1"

    def somebody(self) -> str:
        """An address, or nobody."""
        return self.pick([*(one.email for one in CAST.values()), ""])

    def room(self) -> dict[str, str]:
        """Where to post: mostly nowhere in particular."""
        return self.pick([{}, {}, {"room": self.ref(Room)}])

    def edit(self) -> dict[str, Any]:
        """A change of one field of a task, based on what it is or on something else."""
        field, value = self.pick(
            [("title", "Another title"), ("notes", self.pick(["One", "Two"])), ("priority", "high"), ("due", "T+2:00"),
             ("agency", self.pick(list(CORE))), ("assignee", self.somebody()), ("waits_for", [self.ref(Task)]),
             ("tlp", "green"), ("position", "Air liaison")]
        )  # fmt: skip
        task = self.pick(self.world.all(Task))
        base = getattr(task, field) if task and self.random.random() < 0.8 else self.pick(["", "One", []])
        if hasattr(base, "isoformat"):
            base = base.isoformat()
        if isinstance(base, list):
            base = [str(one) for one in base]
        return {"task": str(task.id) if task else "E-1", "set": {field: value}, "base": {field: str(base or "") if not
                isinstance(base, list) else base}}  # fmt: skip

    def ways(self) -> dict[str, Callable[[], dict[str, Any]]]:
        """What may be done, and with what."""
        return {
            "add-task": lambda: {"title": "Something", "assignee": self.somebody(), **self.room()},
            "edit-task": self.edit,
            "move-task": lambda: {"task": self.ref(Task), "lane": self.pick(list(Lane)), "reason": self.pick("x ")},
            "assign-task": lambda: {"task": self.ref(Task), "agency": self.pick([*CORE, "PAHO", ""])},
            "comment-task": lambda: {"task": self.ref(Task), "text": "A word."},
            "write-entry": lambda: {"text": "Something happened.", **self.room()},
            "record-decision": lambda: {"decision": "So it is.", "reason": "Why not.", **self.room()},
            "release": lambda: {"subject": self.ref(self.pick([Task, Note, Decision])), "to_room": self.ref(Room)},
            "tick-item": lambda: {"item": self.ref(Item)},
            "skip-item": lambda: {"item": self.ref(Item), "reason": self.pick(["One", "Two"])},
            "reopen-item": lambda: {"item": self.ref(Item)},
            "set-anchor": lambda: {"run": self.ref(Run), "anchor": self.pick(["onset", "all_clear"]),
                                   "at": self.pick(["2026-09-10T08:30:00Z", "2026-09-11T00:00:00Z", ""])},
            "advance-phase": lambda: {"phase": self.pick(["alert", "response", "monitor"])},
            "set-level": lambda: {"scheme": "CDEMA", "value": self.pick(["I", "II", "III"])},
            "fill-position": lambda: {"position": self.pick(["Operations lead", "Logistics lead"]),
                                      "person": self.somebody()},
            "invite-agency": lambda: {"agency": self.pick(["PAHO", "OCHA", "RSS"])},
        }  # fmt: skip

    async def go_on(self) -> bool:
        """One command by anybody; whether it was carried out."""
        self.world.clock.advance(minutes=self.random.randint(-1, 5))
        name = self.pick(list(self.ways()))
        actor = getattr(self.world.people, self.pick(list(CAST)))
        key = self.pick([None, self.world.ids.new()])
        try:
            receipt = await self.world.do(name, actor, key=key, **self.ways()[name]())
        except Refused:
            return False
        return receipt.result == "applied"


@pytest.mark.parametrize("seed", range(2))
async def test_everything_holds_on_a_day_like_any_other(seed: int, world: World) -> None:
    day = Day(world, seed)
    await a_room(world)
    await a_room(world, name="Own", tlp="TLP:AMBER+STRICT", agencies=["IMPACS"])
    await a_run(world)
    done = [await day.go_on() for _ in range(COMMANDS_A_DAY)]
    assert sum(done) > COMMANDS_A_DAY / 5
    await world.writer.verify_all()
