"""What the live layer uses of uvicorn and websockets, pinned: bytes on the wire, extensions, the end of the task."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.extensions.permessage_deflate import PerMessageDeflate

from crisisroom.live.framing import SharedWindow, frame
from crisisroom.live.protocol import EXTENSION, MAX_BACKLOG, LineProtocol


class Owner:
    """Takes lines over and keeps them."""

    def __init__(self) -> None:
        self.line: Any = None
        self.heard: asyncio.Queue[str | None] = asyncio.Queue()
        self.ended = asyncio.Event()

    def hear(self, text: str | None) -> None:
        self.heard.put_nowait(text)

    def gone(self) -> None:
        self.ended.set()


@asynccontextmanager
async def a_server(protocol: Any = LineProtocol) -> AsyncIterator[tuple[str, asyncio.Queue[Owner], list[Any]]]:
    """A server that hands every socket over, its address, the owners, and the tasks it runs."""
    owners: asyncio.Queue[Owner] = asyncio.Queue()

    async def endpoint(socket: WebSocket) -> None:
        await socket.accept()
        owner = Owner()
        owner.line = socket.scope["extensions"].get(EXTENSION)
        if owner.line is not None:
            owner.line.hand_over(owner)
        owners.put_nowait(owner)

    app = Starlette(routes=[WebSocketRoute("/live", endpoint)])
    config = uvicorn.Config(
        app, port=0, ws=protocol, ws_per_message_deflate=False, ws_ping_interval=None, log_config=None, lifespan="off",
        timeout_graceful_shutdown=1,
    )  # fmt: skip
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"ws://127.0.0.1:{port}/live", owners, [server]
    finally:
        server.should_exit = True
        await running


async def test_the_task_ends_and_the_socket_stays() -> None:
    async with a_server() as (url, owners, servers), connect(url) as client:
        owner = await owners.get()
        for _ in range(5):
            await asyncio.sleep(0)
        assert not servers[0].server_state.tasks
        await client.send("hello?")
        assert await owner.heard.get() == "hello?"
        owner.line.tell("hello")
        owner.line.write(frame(b"to all") + frame("größer".encode()))
        assert [await client.recv() for _ in range(3)] == ["hello", "to all", "größer"]


async def test_a_message_in_pieces_is_one_message_and_bytes_are_none() -> None:
    async with a_server() as (url, owners, _), connect(url) as client:
        owner = await owners.get()
        await client.send(["a", "b", "c"])
        assert await owner.heard.get() == "abc"
        await client.send(b"bytes")
        assert await owner.heard.get() is None
        await client.ping()


async def test_packed_frames_are_negotiated_only_by_who_asks_for_them() -> None:
    window = SharedWindow()
    async with a_server() as (url, owners, _):
        async with connect(url) as client:
            assert not client.protocol.extensions
            assert not (await owners.get()).line.packed
        window.pack(b"before " * 100)
        async with connect(f"{url}?after=x&packed=1") as client:
            (extension,) = client.protocol.extensions
            assert isinstance(extension, PerMessageDeflate)
            line = (await owners.get()).line
            assert line.packed
            line.tell("for you")
            line.write(window.primer())
            for number in range(20):
                line.write(window.pack(f"card {number} ".encode() * 50))
                line.tell("between")
            assert await client.recv() == "for you"
            assert isinstance(await client.recv(), bytes)
            for number in range(20):
                assert await client.recv() == f"card {number} " * 50
                assert await client.recv() == "between"


async def test_it_ends_with_the_code_that_was_given() -> None:
    async with a_server() as (url, owners, _), connect(url) as client:
        owner = await owners.get()
        owner.line.close(4403)
        owner.line.close(1012)
        owner.line.tell("too late")
        with pytest.raises(ConnectionClosed):
            await client.recv()
        assert client.close_code == 4403
        await owner.ended.wait()
        assert owner.line.close_code == 4403


async def test_the_other_side_ending_it_is_noticed() -> None:
    async with a_server() as (url, owners, _):
        async with connect(url):
            owner = await owners.get()
        await owner.ended.wait()
        assert owner.line.close_code == 1006


async def test_who_stops_reading_is_closed_and_not_waited_for() -> None:
    async with a_server() as (url, owners, _):
        async with connect(url, max_queue=1) as client:
            owner = await owners.get()
            client.transport.pause_reading()
            data = frame(b"x" * 60_000)
            for _ in range(2000):
                owner.line.write(data)
                if owner.line.close_code:
                    break
            assert owner.line.close_code == 1013
            assert owner.line.transport.get_write_buffer_size() < 2 * MAX_BACKLOG + 60_000
            client.transport.abort()
        await owner.ended.wait()


async def test_one_heartbeat_for_all_and_the_silent_are_closed() -> None:
    async with a_server() as (url, owners, _), connect(url, ping_interval=None) as client:
        owner = await owners.get()
        now = asyncio.get_running_loop().time()
        owner.line.beat(now)
        pong = await client.ping()
        await pong
        assert owner.line.close_code is None
        owner.line.beat(now + 1000)
        await owner.ended.wait()
        assert owner.line.close_code == 1006


async def test_another_protocol_hands_nothing_over() -> None:
    async with a_server("websockets-sansio") as (url, owners, _), connect(url):
        assert (await owners.get()).line is None
