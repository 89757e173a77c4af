"""The fault proxy itself: each knob does what it says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import cast

import pytest

from tests.support.proxy import Proxy

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
dialled: list[asyncio.StreamWriter] = []


@pytest.fixture
async def echo() -> AsyncIterator[Proxy]:
    """A proxy before a server that says everything back."""
    server = await asyncio.get_running_loop().create_server(Echo, "127.0.0.1", 0)
    async with Proxy(server.sockets[0].getsockname()[1]) as proxy:
        yield proxy
        for writer in dialled:
            writer.transport.abort()
        dialled.clear()
    server.close()


class Echo(asyncio.Protocol):
    """Says everything back."""

    served: bytes = b""
    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        Echo.served = data
        self.transport.write(data)


async def dial(proxy: Proxy) -> Streams:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    dialled.append(writer)
    return reader, writer


async def say(streams: Streams, text: bytes) -> bytes:
    """What comes back of a text; all of it, or as much as there was before the end."""
    reader, writer = streams
    writer.write(text)
    try:
        async with asyncio.timeout(5):
            return await reader.readexactly(len(text))
    except asyncio.IncompleteReadError as error:
        return error.partial


async def test_without_a_knob_everything_passes(echo: Proxy) -> None:
    assert await say(await dial(echo), b"x" * 50000) == b"x" * 50000


async def test_it_cuts_after_so_many_bytes(echo: Proxy) -> None:
    echo.cut_after = (7, 7)
    streams = await dial(echo)
    try:
        assert (await say(streams, b"0123456789")) == b"0123456"
    except ConnectionResetError:
        pass  # a reset may overtake what was sent before it
    assert echo.cuts == 1


async def test_silence_closes_nothing_and_ends_with_a_reset(echo: Proxy) -> None:
    streams = await dial(echo)
    assert await say(streams, b"hello") == b"hello"
    echo.black_hole()
    waiting = asyncio.create_task(say(streams, b"anybody?"))
    newcomer = asyncio.create_task(say(await dial(echo), b"and I?"))
    done, _ = await asyncio.wait([waiting, newcomer], timeout=0.05)
    assert not done
    echo.heal()
    for one in (waiting, newcomer):
        with pytest.raises(ConnectionResetError):
            await one
    assert await say(await dial(echo), b"back") == b"back"


async def test_a_lost_answer_means_that_the_request_went_through(echo: Proxy) -> None:
    echo.drop_answers = 1.0
    with pytest.raises(ConnectionResetError):
        assert await say(await dial(echo), b"do it") == b"never"
    assert Echo.served == b"do it"
    assert echo.dropped == 1


async def test_it_refuses(echo: Proxy) -> None:
    echo.refuse = True
    with pytest.raises((ConnectionResetError, AssertionError)):
        assert await say(await dial(echo), b"hello")


async def test_it_is_as_slow_as_told(echo: Proxy) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    echo.sleep, echo.delay, echo.bytes_per_second = sleep, 0.5, 100.0
    assert await say(await dial(echo), b"x" * 50) == b"x" * 50
    assert waits == [1.0, 1.0]
