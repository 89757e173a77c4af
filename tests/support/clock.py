"""A clock that only tests move."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

START = datetime(2026, 9, 8, 14, 0, tzinfo=UTC)


class FakeClock:
    """Stands still until it is moved; sleeping takes no time."""

    def __init__(self, now: datetime = START) -> None:
        self._now = now

    def now(self) -> datetime:
        """The moment the test has set."""
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Give the others a turn."""
        await asyncio.sleep(0)

    def advance(self, **span: float) -> None:
        """Go on by so many `hours`, `minutes` …; below zero for a clock that is put back."""
        self._now += timedelta(**span)

    def set(self, moment: datetime) -> None:
        """Put the clock to a moment."""
        self._now = moment
