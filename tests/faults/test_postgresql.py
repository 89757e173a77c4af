"""PostgreSQL killed under load, or silent: nothing is lost, people are told, and it heals by itself."""

from __future__ import annotations

import asyncio
import random
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from crisisroom.hammer.run import Run
from tests.faults.hammering import Outcome, hammer, report
from tests.live.viewers import page_path, watching
from tests.support.postgres import Cluster
from tests.support.proxy import Proxy
from tests.support.server import Server, until

pytestmark = pytest.mark.postgresql

SAFE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "autovacuum": "on"}
BACK_SECONDS = 10.0
ANSWER_SECONDS = 4.0
TOLD_SECONDS = 5.0


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A database server that keeps what it takes and may be killed."""
    cluster = Cluster(SAFE)
    try:
        yield cluster
    finally:
        cluster.remove()


@pytest.fixture(scope="module")
def sown(cluster: Cluster, seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The demo in a database and its data folder, both only to be copied: seeding is slow."""
    folder, database = tmp_path_factory.mktemp("sown") / "data", cluster.make_database()
    folder.mkdir()
    shutil.copy(seeded / "more-people.json", folder)
    with Server(folder, {"CRISISROOM_DATABASE_URL": cluster.url(database)}):
        return folder, database


@pytest.fixture
async def line(cluster: Cluster) -> AsyncIterator[Proxy]:
    """The network between the program and its database."""
    async with Proxy(cluster.port) as proxy:
        yield proxy


@pytest.fixture
async def grown(sown: tuple[Path, str], cluster: Cluster, line: Proxy, tmp_path: Path) -> AsyncIterator[Server]:
    """A server on a copy of that database."""
    folder = Path(shutil.copytree(sown[0], tmp_path / "data"))
    parts = urlsplit(cluster.url(cluster.make_database(sown[1])))
    url = parts._replace(netloc=parts.netloc.replace(f":{cluster.port}", f":{line.port}")).geturl()
    server = Server(folder, {"CRISISROOM_DATABASE_URL": url})
    try:
        await asyncio.to_thread(server.start)
        yield server
    finally:
        await asyncio.to_thread(server.__exit__, None, None, None)


@pytest.mark.timeout(400)
async def test_nothing_is_lost_when_the_database_is_killed(grown: Server, cluster: Cluster, tmp_path: Path) -> None:
    outcome, slowest = await killing(grown, cluster, tmp_path, 3)
    outcome.kept()
    assert slowest <= BACK_SECONDS


@pytest.mark.soak
@pytest.mark.timeout(3600)
async def test_nothing_is_lost_in_fifty_kills_of_the_database(grown: Server, cluster: Cluster, tmp_path: Path) -> None:
    outcome, slowest = await killing(grown, cluster, tmp_path, 50)
    report(f"50 kills of PostgreSQL, writes back after at most {slowest:.1f} s", outcome)
    outcome.kept()
    assert slowest <= BACK_SECONDS


async def killing(server: Server, cluster: Cluster, tmp_path: Path, count: int) -> tuple[Outcome, float]:
    """The outcome, and the longest time from the database being up again until a change was taken."""
    slowest = 0.0

    async def kill_again_and_again(run: Run) -> None:
        nonlocal slowest
        chance, before = random.Random(3), server.process.pid if server.process else 0
        for _ in range(count):
            await run.clock.sleep(chance.uniform(0.2, 1.0))
            cluster.kill()
            run.history.add("kill", pid=0)
            await asyncio.to_thread(start_again, cluster)
            slowest = max(
                slowest, await asyncio.to_thread(until, lambda: takes_changes(server), 60, "writes are taken")
            )
        assert server.process is not None
        assert (server.process.pid, server.process.poll()) == (before, None)

    outcome = await hammer(server, tmp_path, kill_again_and_again, clients=12, rate=60)
    return outcome, slowest


def start_again(cluster: Cluster) -> None:
    """When the killed one's other processes are gone: as long as they use its memory, it does not start."""

    def starts() -> bool:
        try:
            cluster.start()
        except AssertionError:
            return False
        return True

    until(starts, 30, "PostgreSQL starts again", every=0.1)


def takes_changes(server: Server) -> bool:
    """Whether an entry is taken now."""
    return server.api("j.alexis").send(server.incident, "write-entry", {"text": "Still here."}).status_code == 200


@pytest.mark.timeout(180)
async def test_a_database_that_falls_silent_is_said_so_in_time(grown: Server, line: Proxy) -> None:
    """No connection is refused or closed: nothing comes back at all."""
    assert await asyncio.to_thread(takes_changes, grown)
    async with watching(grown, page_path(grown.incident)) as page:
        await page.next("hello")
        line.black_hole()
        async with asyncio.timeout(TOLD_SECONDS):  # nobody sends anything
            assert (await page.next("condition"))["state"] == "read-only"
        line.heal()
        assert (await page.next("condition"))["state"] == "ok"
    line.black_hole()
    api = grown.api("j.alexis")
    for _ in range(3):
        began = time.monotonic()
        answer = await asyncio.to_thread(api.send, grown.incident, "write-entry", {"text": "Into the dark."})
        assert time.monotonic() - began <= ANSWER_SECONDS
        assert answer.status_code == 503
        assert answer.json()["saved"] in (False, "unknown")
    line.heal()
    await asyncio.to_thread(until, lambda: takes_changes(grown), BACK_SECONDS, "writes are taken again")


@pytest.mark.timeout(300)
async def test_silences_under_load_lose_nothing(grown: Server, line: Proxy, tmp_path: Path) -> None:
    async def fall_silent(run: Run) -> None:
        for seconds in (0.5, 5.0):
            await run.clock.sleep(1.0)
            line.black_hole()
            await run.clock.sleep(seconds)
            line.heal()
            await asyncio.to_thread(until, lambda: takes_changes(grown), 30, "writes are taken again")

    outcome = await hammer(grown, tmp_path, fall_silent, clients=8, rate=30)
    outcome.kept()
