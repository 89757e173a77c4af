"""Limits on guessing passwords: by account and by address, in a moving window. Shared by all processes where there is
Redis; without it, or while it is away, each process counts for itself.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import StorageError
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from crisisroom.core.errors import TooFast

PER_ACCOUNT = RateLimitItemPerMinute(10, 5)
# A whole agency may come from one address at shift change, and some of them type wrong.
PER_ADDRESS = RateLimitItemPerMinute(60, 5)
SECONDS = 1.0


class Guesses:
    """Counts failed tries. One that is under way counts as well, or many at once would all pass."""

    def __init__(self, redis_url: str = "") -> None:
        self._own = MovingWindowRateLimiter(MemoryStorage())
        self._redis = _connect(redis_url) if redis_url else None
        self._shared = MovingWindowRateLimiter(_storage(redis_url, self._redis)) if self._redis else None
        self._under_way: Counter[str] = Counter()

    async def begin(self, address: str, account: str) -> None:
        """Begin a try; `end` must follow. Raises TooFast when too many failed lately."""
        self._under_way[address] += 1
        left = await self._left(PER_ADDRESS, "address", address)
        if left < self._under_way[address] or not await self._hit(PER_ACCOUNT, "account", account):
            self._leave(address)
            raise TooFast("Too many sign-ins failed. Wait five minutes, or ask your duty officer for help.")

    async def end(self, address: str, account: str, right: bool) -> None:
        """The password was looked at. A right one was no guess: the account begins anew."""
        self._leave(address)
        if right:
            await self._clear(PER_ACCOUNT, "account", account)
        else:
            await self._hit(PER_ADDRESS, "address", address)

    def _leave(self, address: str) -> None:
        self._under_way[address] -= 1
        if not self._under_way[address]:
            del self._under_way[address]

    async def close(self) -> None:
        """End the connections."""
        if self._redis is not None:
            await self._redis.aclose(close_connection_pool=True)

    async def _hit(self, limit: RateLimitItem, *place: str) -> bool:
        own = await self._own.hit(limit, *place)
        try:
            return own and (self._shared is None or await self._shared.hit(limit, *place))
        except StorageError:
            return own

    async def _left(self, limit: RateLimitItem, *place: str) -> int:
        own = (await self._own.get_window_stats(limit, *place)).remaining
        try:
            return own if self._shared is None else (await self._shared.get_window_stats(limit, *place)).remaining
        except StorageError:
            return own

    async def _clear(self, limit: RateLimitItem, *place: str) -> None:
        await self._own.clear(limit, *place)
        if self._shared is not None:
            with suppress(StorageError):
                await self._shared.clear(limit, *place)


def _connect(url: str) -> Redis:
    return Redis.from_url(url, socket_connect_timeout=SECONDS, socket_timeout=SECONDS, retry=Retry(NoBackoff(), 0))


def _storage(url: str, redis: Redis) -> RedisStorage:
    return RedisStorage(
        f"async+{url}",
        wrap_exceptions=True,
        implementation="redispy",
        connection_pool=redis.connection_pool,  # type: ignore[arg-type]
    )
