"""Running the hammer against a server of the tests, and judging what came of it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crisisroom.hammer.checker import Promise, check
from crisisroom.hammer.figures import figures
from crisisroom.hammer.history import History, Line
from crisisroom.hammer.local import verify_export, verify_tables
from crisisroom.hammer.run import Plan, Run
from tests.support.server import Server, environment

WHO = ("j.alexis", "k.baptiste", "t.noel", "c.grant")


@dataclass
class Outcome:
    """What the checker and the counters say of a run."""

    promises: dict[str, Promise]
    figures: dict[str, Any]
    history: list[Line]

    @property
    def broken(self) -> dict[str, list[str]]:
        """The findings, by promise."""
        return {name: one.examples for name, one in self.promises.items() if one.broken}

    def kept(self, *but: str) -> None:
        """Fail unless every promise was put to the test and kept."""
        assert self.broken == {}
        assert [name for name, one in self.promises.items() if not one.checked and name not in but] == []


async def hammer(
    server: Server,
    where: Path,
    *faults: Callable[[Run], Awaitable[None]],
    url: str = "",
    local: bool = True,
    **plan: Any,
) -> Outcome:
    """A run with these faults, which get the run and end when they have done enough; then it ends too."""
    tokens = [server.person(who).token for who in WHO]
    with History(where / "history.jsonl") as history:
        run = Run(Plan(url or server.url, tokens, **plan), history)
        run.plan.faults = [_about(fault, run) for fault in faults]
        run.plan.until_faults_end = bool(faults)
        await run.go()
        if local:
            outside = environment({"CRISISROOM_DATA_DIR": str(server.folder), **server.more})
            await verify_tables(history, outside)
            for target in run.targets:
                await verify_export(history, target, outside)
        return Outcome(check(history), figures(history), list(history))


def _about(fault: Callable[[Run], Awaitable[None]], run: Run) -> Callable[[], Awaitable[None]]:
    return lambda: fault(run)


def kills(server: Server, count: int, seed: int = 7) -> Callable[[Run], Awaitable[None]]:
    """`kill -9` of the server, as often as said, each time at a moment that nobody chose."""

    async def kill_again_and_again(run: Run) -> None:
        chance = random.Random(seed)
        for _ in range(count):
            await run.clock.sleep(chance.uniform(0.2, 1.0))
            await asyncio.to_thread(server.kill)
            run.history.add("kill", pid=0)
            await asyncio.to_thread(server.start)
        await run.clock.sleep(0.5)

    return kill_again_and_again


def report(what: str, outcome: Outcome) -> None:
    """The figures of a long run, for whoever publishes them."""
    tested = {name: f"{one.broken} of {one.checked}" for name, one in outcome.promises.items()}
    print(f"\n{what}: {outcome.figures}\n   broken: {tested}")  # noqa: T201
