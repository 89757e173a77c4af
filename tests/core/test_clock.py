"""Time is cut to the millisecond, so that what is stored, hashed and shown is one value."""

from __future__ import annotations

from datetime import UTC, datetime

from crisisroom.core.clock import SystemClock, to_milliseconds


def test_the_machines_clock_gives_aware_whole_milliseconds() -> None:
    now = SystemClock().now()
    assert now.tzinfo is UTC
    assert now.microsecond % 1000 == 0


def test_what_is_below_the_millisecond_is_cut_not_rounded() -> None:
    assert to_milliseconds(datetime(2026, 9, 10, 2, 30, 0, 1999, tzinfo=UTC)).microsecond == 1000


async def test_sleeping_no_time_gives_others_a_turn() -> None:
    await SystemClock().sleep(0)
