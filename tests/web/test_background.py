"""Work in the background never ends by itself; if it does, people are told what that means."""

from __future__ import annotations

import asyncio

import pytest

from crisisroom.app import ENDED, begin
from crisisroom.core.condition import Condition, State
from tests.support.clock import FakeClock


async def fails() -> None:
    raise KeyError("nobody thought of this")


async def returns() -> None:
    """Does nothing."""


@pytest.mark.parametrize("work", [fails, returns])
async def test_work_that_ends_by_itself_is_logged_and_told(work, capsys: pytest.CaptureFixture[str]) -> None:
    condition = Condition(FakeClock())
    await asyncio.wait([begin("following", work(), condition)])
    await asyncio.sleep(0)
    (ailment,) = condition.ailments
    assert (ailment.part, ailment.state, ailment.words) == ("following", State.DEGRADED, ENDED["following"])
    said = capsys.readouterr().out
    assert "work in the background has ended" in said
    assert ("nobody thought of this" in said) == (work is fails)


async def test_work_that_is_cancelled_at_the_end_is_nothing_to_tell() -> None:
    condition = Condition(FakeClock())
    task = begin("following", asyncio.Event().wait(), condition)  # type: ignore[arg-type]
    task.cancel()
    await asyncio.wait([task])
    assert condition.ailments == []
