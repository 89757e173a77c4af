"""Bad networks between clients and server: lost answers, cuts at any byte, a reader that stops."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from crisisroom.hammer.run import Run
from tests.faults.hammering import Outcome, hammer, report
from tests.live.viewers import Frame, Viewer, api_path, chained, token, watching
from tests.support.proxy import Proxy
from tests.support.server import Server, until


@pytest.fixture
async def proxy(server: Server) -> AsyncIterator[Proxy]:
    """Between clients and the server."""
    async with Proxy(server.port, seed=11) as proxy:
        yield proxy


def commands(count: int) -> Callable[[Run], Awaitable[None]]:
    """No fault of its own: goes on until so many commands were sent."""

    async def wait(run: Run) -> None:
        while sum(client.sent for client in run.clients) < count:
            await run.clock.sleep(0.1)

    return wait


@pytest.mark.timeout(180)
async def test_with_three_of_ten_answers_lost_each_command_happens_once(
    server: Server, proxy: Proxy, tmp_path: Path
) -> None:
    outcome = await losing_answers(server, proxy, tmp_path, 500)
    outcome.kept("C7")


@pytest.mark.soak
@pytest.mark.timeout(3600)
async def test_with_three_of_ten_answers_lost_each_of_many_commands_happens_once(
    server: Server, proxy: Proxy, tmp_path: Path
) -> None:
    outcome = await losing_answers(server, proxy, tmp_path, 20_000)
    report("30 % of answers lost", outcome)
    outcome.kept("C7")


async def losing_answers(server: Server, proxy: Proxy, tmp_path: Path, count: int) -> Outcome:
    async def lose(run: Run) -> None:
        proxy.drop_answers = 0.3
        try:
            await commands(count)(run)
        finally:
            proxy.drop_answers = 0.0

    sockets = f"ws{server.url.removeprefix('http')}"
    outcome = await hammer(
        server, tmp_path, lose, url=proxy.url, socket_url=sockets, local=False, clients=24, rate=300, incidents=1
    )
    assert proxy.dropped > count * 0.15
    assert outcome.figures["repeated"] > count * 0.1
    return outcome


@pytest.mark.timeout(180)
async def test_a_thousand_resumes_after_cuts_at_any_byte_miss_and_repeat_nothing(
    server: Server, proxy: Proxy, tmp_path: Path
) -> None:
    outcome = await resuming(server, proxy, tmp_path, 1000)
    outcome.kept("C7")


@pytest.mark.soak
@pytest.mark.timeout(3600)
async def test_twenty_thousand_resumes_miss_and_repeat_nothing(server: Server, proxy: Proxy, tmp_path: Path) -> None:
    outcome = await resuming(server, proxy, tmp_path, 20_000)
    report("20,000 resumes", outcome)
    outcome.kept("C7")


async def resuming(server: Server, proxy: Proxy, tmp_path: Path, count: int) -> Outcome:
    async def cut(run: Run) -> None:
        proxy.cut_after = (150, 3_000)
        proxy.cut_all()
        try:
            while sum(client.resumes for client in run.clients) < count:
                await run.clock.sleep(0.1)
        finally:
            proxy.cut_after = None
            proxy.cut_all()

    sockets = f"ws{proxy.url.removeprefix('http')}"
    outcome = await hammer(server, tmp_path, cut, socket_url=sockets, local=False, clients=40, rate=60, incidents=8)
    assert outcome.figures["joined"] >= count
    assert proxy.cuts > count / 2
    return outcome


@pytest.mark.timeout(120)
async def test_a_reader_that_stops_is_closed_and_the_others_get_everything(server: Server) -> None:
    key = server.api("j.alexis").open(agencies=["RSS", "IMPACS"])
    watched = connections(server)
    async with watching(server, api_path(key)) as reader, stopped_reader(server, key):
        await reader.next("hello")
        assert connections(server) == watched + 2
        heard = asyncio.create_task(events(reader, 300))
        await write_much(server, key)
        assert chained(await heard)
        await asyncio.to_thread(until, lambda: connections(server) == watched + 1, 10, "the stopped reader is closed")


@pytest.mark.soak
@pytest.mark.timeout(600)
async def test_a_reader_that_stops_makes_nobody_else_wait(server: Server, tmp_path: Path) -> None:
    """The others' slowest frames, beside a run without it."""

    async def stop_readers(run: Run) -> None:
        async with AsyncExitStack() as stack:
            for target in run.targets:
                await stack.enter_async_context(stopped_reader(server, target.key))
            await run.clock.sleep(60)

    async def nothing(run: Run) -> None:
        await run.clock.sleep(60)

    slowest = {}
    for fault in (nothing, stop_readers):
        outcome = await hammer(server, tmp_path, fault, local=False, clients=100, rate=30, incidents=2)
        report(fault.__name__, outcome)
        outcome.kept("C7")
        slowest[fault] = outcome.figures["frame_ms"]["p99"]
    assert slowest[stop_readers] <= 1.2 * slowest[nothing]


@asynccontextmanager
async def stopped_reader(server: Server, key: str) -> AsyncIterator[None]:
    """Somebody with a narrow window who hears the first frame and then reads no more."""
    narrow = socket.socket()
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    narrow.setblocking(False)
    await asyncio.get_running_loop().sock_connect(narrow, ("127.0.0.1", server.port))
    stopped = await connect(
        server.live(api_path(key)), additional_headers=token(server, "j.alexis"), sock=narrow, max_queue=1,
        ping_interval=None, close_timeout=0.1,
    )  # fmt: skip
    try:
        await stopped.recv()
        stopped.transport.pause_reading()
        yield
    finally:
        stopped.transport.abort()


async def events(viewer: Viewer, count: int) -> list[Frame]:
    return [await viewer.next("event") for _ in range(count)]


async def write_much(server: Server, key: str) -> None:
    """300 entries of nearly 10 kB."""
    apis = [server.api("j.alexis") for _ in range(6)]

    def write(number: int) -> None:
        for _ in range(50):
            apis[number].do(key, "write-entry", text=f"{number} {'x' * 9900}")

    await asyncio.gather(*(asyncio.to_thread(write, number) for number in range(6)))


def connections(server: Server) -> int:
    """How many sockets the server has."""
    lines = server.api(None).client.get("/metrics").text.splitlines()
    return int(float(next(line for line in lines if line.startswith("crisisroom_live_connections ")).split()[1]))
