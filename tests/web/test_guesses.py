"""Counting tries to sign in, and giving them back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import httpx2
import pytest

from crisisroom.core.errors import TooFast
from crisisroom.web.guesses import PER_ACCOUNT, PER_ADDRESS, Guesses
from tests.support.redis import RedisServer
from tests.support.server import Server


def test_tries_sent_at_once_are_counted_before_any_is_answered(own_server: Server) -> None:
    fields = {"email": own_server.person("c.grant").email, "password": "wrong-wrong-wrong"}

    def guess(_: int) -> int:
        return httpx2.post(
            f"{own_server.url}/signin", data=fields, headers={"Origin": own_server.url}, timeout=60
        ).status_code

    with ThreadPoolExecutor(25) as many:
        codes = sorted(many.map(guess, range(25)))
    assert codes == [401] * PER_ACCOUNT.amount + [429] * 15


async def _fail(guesses: Guesses, address: str, account: str, times: int = 1) -> None:
    for _ in range(times):
        await guesses.begin(address, account)
        await guesses.end(address, account, right=False)


async def _succeed(guesses: Guesses, address: str, account: str) -> None:
    await guesses.begin(address, account)
    await guesses.end(address, account, right=True)


async def test_an_account_is_closed_after_ten_tries_from_wherever() -> None:
    guesses = Guesses()
    for n in range(PER_ACCOUNT.amount):
        await _fail(guesses, f"192.0.2.{n}", "a@cdema.example")
    with pytest.raises(TooFast):
        await guesses.begin("192.0.2.99", "a@cdema.example")
    await guesses.begin("192.0.2.99", "b@cdema.example")


async def test_right_passwords_use_up_nothing() -> None:
    """A shift change: an agency's people come from one address, some type wrong first."""
    guesses = Guesses()
    for n in range(3 * PER_ADDRESS.amount):
        await _succeed(guesses, "192.0.2.1", f"{n}@cdema.example")
    for _ in range(3):
        await _fail(guesses, "192.0.2.2", "a@cdema.example", PER_ACCOUNT.amount - 1)
        await _succeed(guesses, "192.0.2.2", "a@cdema.example")


async def test_an_own_account_does_not_open_the_address_for_guessing_others() -> None:
    guesses = Guesses()
    for n in range(PER_ADDRESS.amount):
        await _fail(guesses, "192.0.2.1", f"{n}@cdema.example")
        if n < PER_ADDRESS.amount - 1:
            await _succeed(guesses, "192.0.2.1", "own@cdema.example")
    with pytest.raises(TooFast):
        await guesses.begin("192.0.2.1", "own@cdema.example")


async def test_tries_under_way_count_for_the_address() -> None:
    guesses = Guesses()
    for n in range(PER_ADDRESS.amount):
        await guesses.begin("192.0.2.1", f"{n}@cdema.example")
    with pytest.raises(TooFast):
        await guesses.begin("192.0.2.1", "last@cdema.example")
    await guesses.end("192.0.2.1", "0@cdema.example", right=True)
    await guesses.begin("192.0.2.1", "last@cdema.example")


@asynccontextmanager
async def aclosing_all(*opened: Guesses) -> AsyncIterator[None]:
    yield
    for one in opened:
        await one.close()


@pytest.mark.redis
async def test_processes_count_together_by_redis_and_each_alone_without(redis: RedisServer) -> None:
    one, other = Guesses(redis.url), Guesses(redis.url)
    async with aclosing_all(one, other):
        await _count_together(redis, one, other)


async def _count_together(redis: RedisServer, one: Guesses, other: Guesses) -> None:
    await _fail(one, "192.0.2.1", "a@cdema.example", PER_ACCOUNT.amount - 1)
    await _fail(other, "192.0.2.2", "a@cdema.example")
    for guesses in (one, other):
        with pytest.raises(TooFast):
            await guesses.begin("192.0.2.3", "a@cdema.example")
    redis.kill()
    await _fail(other, "192.0.2.1", "a@cdema.example", PER_ACCOUNT.amount - 2)
    with pytest.raises(TooFast):
        await guesses.begin("192.0.2.3", "a@cdema.example")
