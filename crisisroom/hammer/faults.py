"""Faults that the hammer makes by itself: killing the server; and looking at its memory meanwhile."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

from crisisroom.core.chance import Chance
from crisisroom.core.clock import Clock
from crisisroom.hammer.history import History

LOOK_SECONDS = 1.0


async def kill_once(pid: int, after: float, history: History, clock: Clock) -> None:
    """`kill -9` of a process that something else starts again."""
    await clock.sleep(after)
    os.kill(pid, signal.SIGKILL)
    history.add("kill", pid=pid)


async def kill_by(command: str, every: float, chance: Chance, history: History, clock: Clock) -> None:
    """Run a shell command again and again that kills the server, and sees to it that it is started again."""
    while True:
        await clock.sleep(chance.uniform(0.5, 1.5) * every)
        history.add("kill", command=command)
        process = await asyncio.create_subprocess_shell(command)
        await process.wait()


async def watch_memory(pid: int, history: History, clock: Clock) -> None:
    """The resident memory of a process, once a second."""
    while (resident := _resident(pid)) is not None:
        history.add("memory", rss=resident)
        await clock.sleep(LOOK_SECONDS)


def _resident(pid: int) -> int | None:
    """In bytes; None when the process ended."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return None
