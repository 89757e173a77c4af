"""Two hosts on one PostgreSQL whose Redis is killed, flushed and paused under load: nothing is lost, nothing fails."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from crisisroom.hammer.run import Run
from tests.faults.hammering import Outcome, hammer, report
from tests.support.hosts import Hosts, some_hosts

pytestmark = [pytest.mark.postgresql, pytest.mark.redis]


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[Hosts]:
    """Two hosts; the commands go to one of them, and both follow."""
    with some_hosts(tmp_path) as hosts:
        yield hosts


@pytest.mark.timeout(300)
async def test_redis_holds_nothing_that_matters(hosts: Hosts, tmp_path: Path) -> None:
    outcome = await harming(hosts, tmp_path, 10)
    outcome.kept()
    assert outcome.figures["applied"] > 50


@pytest.mark.soak
@pytest.mark.timeout(3600)
async def test_redis_holds_nothing_that_matters_fifty_times(hosts: Hosts, tmp_path: Path) -> None:
    outcome = await harming(hosts, tmp_path, 50)
    report("50 times without Redis", outcome)
    outcome.kept()


async def harming(hosts: Hosts, tmp_path: Path, count: int) -> Outcome:
    """Kill it so many times, flush it and let it hang in between."""

    async def harm_again_and_again(run: Run) -> None:
        chance = random.Random(5)
        for number in range(count):
            await run.clock.sleep(chance.uniform(0.1, 0.4))
            await asyncio.to_thread(hosts.redis.kill)
            await run.clock.sleep(chance.uniform(0.0, 0.4))
            await asyncio.to_thread(hosts.redis.start)
            if number % 3 == 0:
                await asyncio.to_thread(hosts.redis.say, "FLUSHALL")
            if number % 5 == 4:
                hosts.redis.pause()
                await run.clock.sleep(1.0)
                hosts.redis.go_on()

    return await hammer(hosts.each[0], tmp_path, harm_again_and_again, clients=8, rate=40)
