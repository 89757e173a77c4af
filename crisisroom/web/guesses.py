"""Limits on guessing passwords: by address and by account, in a moving window."""

from __future__ import annotations

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from crisisroom.core.errors import TooFast

PER_ACCOUNT = RateLimitItemPerMinute(10, 5)
# A whole agency may come from one address at shift change.
PER_ADDRESS = RateLimitItemPerMinute(60, 5)


class Guesses:
    """Counts failed sign-ins in this process."""

    def __init__(self) -> None:
        self._window = MovingWindowRateLimiter(MemoryStorage())

    async def allow(self, address: str, account: str) -> None:
        """Raise TooFast when too many tries failed lately."""
        if not (
            await self._window.test(PER_ACCOUNT, "account", account)
            and await self._window.test(PER_ADDRESS, "address", address)
        ):
            raise TooFast("Too many sign-ins failed. Wait five minutes, or ask your duty officer for help.")

    async def failed(self, address: str, account: str) -> None:
        """Count a failed sign-in."""
        await self._window.hit(PER_ACCOUNT, "account", account)
        await self._window.hit(PER_ADDRESS, "address", address)
