"""The doorbell between processes: Redis pub/sub. Redis holds nothing that matters.

A hint says that a book has grown; whoever hears it reads the log. Who is where goes the same way, by id and without
names. Whatever cannot be read is left alone, and forged hints lead to a look at the log that finds nothing. A
connection that has gone deaf without an error is noticed by its own heartbeat and made anew.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from crisisroom.core.clock import Clock
from crisisroom.core.condition import Condition, State
from crisisroom.core.tasks import stop
from crisisroom.live.doorbell import Heard, Here, Hint

PART = "redis"
SECONDS = 2.0
BEAT_SECONDS = 2.0
DEAF_SECONDS = 5.0
MAX_HINT = 256 * 1024
AWAY = "Redis cannot be reached: changes made on other servers arrive up to three seconds later. Nothing is lost."

logger = structlog.get_logger()


class RedisDoorbell:
    """`name` tells this installation's channel from others on the same Redis, `process` this process from the rest."""

    def __init__(self, url: str, name: str, process: str, clock: Clock, condition: Condition) -> None:
        self._channel = f"crisisroom:{name}:bell"
        self._process = process
        self._clock = clock
        self._condition = condition
        self._hints: list[Hint] = []
        self._heards: list[Heard] = []
        self._rings: dict[UUID, int] = {}
        self._here: dict[UUID, Here] = {}
        self._due = asyncio.Event()
        self._heard_at = 0.0
        self._redis = Redis.from_url(
            url, socket_connect_timeout=SECONDS, socket_timeout=SECONDS, retry=Retry(NoBackoff(), 0)
        )  # fmt: skip

    def ring(self, book: UUID, position: int) -> None:
        self._rings[book] = max(position, self._rings.get(book, 0))
        self._due.set()

    def say_here(self, book: UUID, here: Here) -> None:
        self._here[book] = here
        self._due.set()

    def listen(self, hint: Hint) -> None:
        self._hints.append(hint)

    def listen_here(self, heard: Heard) -> None:
        self._heards.append(heard)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[RedisDoorbell]:
        """Ring and listen for as long as the block lasts, whether or not Redis is there."""
        tasks = [asyncio.create_task(work()) for work in (self._tell, self._beat, self._follow)]
        try:
            yield self
        finally:
            await stop(*tasks)
            await self._redis.aclose()

    async def close(self) -> None:
        self._hints.clear()
        self._heards.clear()

    # Ringing

    async def _tell(self) -> None:
        while True:
            await self._due.wait()
            self._due.clear()
            rings, self._rings = self._rings, {}
            here, self._here = self._here, {}
            if rings:
                await self._publish({"ring": {book.hex: position for book, position in rings.items()}})
            for book, rooms in here.items():
                await self._publish({"here": {book.hex: _by_id(rooms)}})

    async def _beat(self) -> None:
        while True:
            await self._publish({})
            await self._clock.sleep(BEAT_SECONDS)

    async def _publish(self, message: dict[str, Any]) -> None:
        try:
            text = json.dumps({"from": self._process} | message, separators=(",", ":"))
            await self._redis.publish(self._channel, text)
        except (RedisError, OSError, TimeoutError):
            self._condition.report(PART, State.DEGRADED, AWAY)

    # Listening

    async def _follow(self) -> None:
        while True:
            try:
                await self._hear()
            except Exception as error:
                logger.warning("redis is not heard", error=type(error).__name__)
            self._condition.report(PART, State.DEGRADED, AWAY)
            await self._clock.sleep(1)

    async def _hear(self) -> None:
        """Until the connection breaks, or nothing is heard over it any more, not even our own heartbeat."""
        loop = asyncio.get_running_loop()
        async with self._redis.pubsub() as subscription:
            await subscription.subscribe(self._channel)
            self._heard_at = loop.time()
            while loop.time() - self._heard_at < DEAF_SECONDS:
                message = await subscription.get_message(ignore_subscribe_messages=True, timeout=1.0)
                if message is not None:
                    self._heard_at = loop.time()
                    self._condition.clear(PART)
                    self._understand(message["data"])

    def _understand(self, data: bytes) -> None:
        """Act on a hint, if it is one."""
        try:
            if len(data) > MAX_HINT:
                return
            message = json.loads(data)
            sender = str(message["from"])
            if sender == self._process:
                return
            rings = {UUID(hex=book): int(position) for book, position in message.get("ring", {}).items()}
            here = {UUID(hex=book): _read_here(rooms) for book, rooms in message.get("here", {}).items()}
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
            return
        for book, position in rings.items():
            for hint in self._hints:
                hint(book, position)
        for book, rooms in here.items():
            for heard in self._heards:
                heard(sender[:64], book, rooms)


def _by_id(here: Here) -> dict[str, list[dict[str, Any]]]:
    return {
        room.hex: [{name: person[name] for name in ("id", "state", "editing")} for person in people]
        for room, people in here.items()
    }


def _read_here(rooms: Any) -> Here:
    return {UUID(hex=room): [_read_person(person) for person in people] for room, people in rooms.items()}


def _read_person(person: Any) -> dict[str, Any]:
    editing = person["editing"]
    if editing is not None:
        editing = {"task": str(UUID(editing["task"])), "field": str(editing["field"])[:40]}
    return {"id": str(UUID(person["id"])), "state": "idle" if person["state"] == "idle" else "here", "editing": editing}
