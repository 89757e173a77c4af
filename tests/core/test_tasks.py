"""Asking together; ending tasks, also those that swallow the first request."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

import pytest

from crisisroom.core import tasks
from crisisroom.core.tasks import Together, stop


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


async def test_those_who_ask_at_once_share_a_look_and_who_comes_later_gets_a_newer_one() -> None:
    looks: list[set[str]] = []
    goes_on = asyncio.Event()

    async def look(keys: Collection[str]) -> dict[str, int]:
        looks.append(set(keys))
        number = len(looks)
        await goes_on.wait()
        return {key: number for key in keys if key != "nobody"}

    together = Together(look)
    first = [asyncio.create_task(together.get(key)) for key in ("a", "b", "a", "nobody")]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    later = asyncio.create_task(together.get("a"))
    await asyncio.sleep(0)
    goes_on.set()
    assert await asyncio.gather(*first, later) == [1, 1, 1, None, 2]
    assert looks == [{"a", "b", "nobody"}, {"a"}]


async def test_a_look_that_fails_fails_for_all_who_asked_and_for_nobody_else() -> None:
    async def look(keys: Collection[str]) -> dict[str, int]:
        if "bad" in keys:
            raise OSError
        return dict.fromkeys(keys, 1)

    together = Together(look)
    answers = await asyncio.gather(together.get("bad"), together.get("good"), return_exceptions=True)
    assert [type(one) for one in answers] == [OSError, OSError]
    assert await together.get("good") == 1


async def test_who_comes_during_a_look_that_fails_does_not_wait_for_another() -> None:
    goes_on = asyncio.Event()

    async def look(keys: Collection[str]) -> dict[str, int]:
        await goes_on.wait()
        raise OSError

    together = Together(look)
    first = asyncio.create_task(together.get("a"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    later = asyncio.create_task(together.get("b"))
    await asyncio.sleep(0)
    goes_on.set()
    answers = await asyncio.gather(first, later, return_exceptions=True)
    assert [type(one) for one in answers] == [OSError, OSError]


async def test_a_look_that_is_ended_leaves_nobody_waiting() -> None:
    async def look(keys: Collection[str]) -> dict[str, int]:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await Together(look).get("a")


async def test_who_gives_up_takes_nothing_from_the_others() -> None:
    goes_on = asyncio.Event()

    async def look(keys: Collection[str]) -> dict[str, int]:
        await goes_on.wait()
        return dict.fromkeys(keys, 1)

    together = Together(look)
    one, other = (asyncio.create_task(together.get("a")) for _ in range(2))
    await asyncio.sleep(0)
    await stop(one)
    goes_on.set()
    assert await other == 1
