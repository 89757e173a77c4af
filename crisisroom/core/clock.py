"""Time is handed in, never fetched, so that tests and simulations own it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What the product may know of time."""

    def now(self) -> datetime:
        """The present instant: aware, UTC, whole milliseconds."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait; zero gives other tasks a turn."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return to_milliseconds(datetime.now(UTC))

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def to_milliseconds(moment: datetime) -> datetime:
    """Cut below the millisecond: what is stored, hashed and shown is then the same value everywhere."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
