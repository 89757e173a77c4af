"""Ending tasks, also those that swallow the first request."""

from __future__ import annotations

import asyncio

import pytest

from crisisroom.core import tasks
from crisisroom.core.tasks import stop


async def test_a_task_that_takes_the_request_for_something_else_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "AGAIN_SECONDS", 0)
    asked = 0

    async def stubborn() -> None:
        nonlocal asked
        while asked < 3:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                asked += 1
        raise ZeroDivisionError

    async def ended() -> None:
        pass

    some = [asyncio.create_task(stubborn()), asyncio.create_task(ended())]
    await asyncio.sleep(0)
    await stop(*some)
    assert asked == 3
    assert all(task.done() for task in some)
