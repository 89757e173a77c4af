"""Asking together, and ending tasks for good."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, Generic, TypeVar

AGAIN_SECONDS = 0.5

K = TypeVar("K")
V = TypeVar("V")


class Together(Generic[K, V]):
    """Looks up what many ask for at once: those who come while a look is under way share the next one."""

    def __init__(self, look: Callable[[Collection[K]], Awaitable[Mapping[K, V]]]) -> None:
        self._look = look
        self._waiting: dict[K, asyncio.Future[V | None]] = {}
        self._task: asyncio.Task[None] | None = None

    async def get(self, key: K) -> V | None:
        """What a look that begins from now on finds, None if nothing. Raises what it, or the one before, raised."""
        answer = self._waiting.setdefault(key, asyncio.get_running_loop().create_future())
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="looking up")
        return await asyncio.shield(answer)

    async def _run(self) -> None:
        while self._waiting:
            waiting, self._waiting = self._waiting, {}
            try:
                found = await self._look(waiting)
            except Exception as error:
                # Whoever came meanwhile need not wait to find out the same.
                for answer in [*waiting.values(), *self._waiting.values()]:
                    answer.set_exception(error)
                    answer.exception()  # looked at, should everybody who asked have gone away
                self._waiting = {}
            else:
                for key, answer in waiting.items():
                    answer.set_result(found.get(key))
            finally:
                for answer in waiting.values():
                    answer.cancel()  # where the look itself was ended


async def stop(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks and wait until they have ended, whatever they end with.

    A library that runs into its own time limit at the same moment may take the cancellation for it and go on; then the
    task is asked again.
    """
    left = {task for task in tasks if not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=AGAIN_SECONDS)
    for task in tasks:
        if not task.cancelled():
            task.exception()  # looked at, so that nobody complains of it later
