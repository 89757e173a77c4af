"""Viewers of live connections: programs and pages, over a WebSocket or as server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeVar

import httpx2
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.support.server import Server

SECONDS = 20.0
Frame = dict[str, Any]
T = TypeVar("T")


@dataclass
class Viewer:
    """One open socket."""

    connection: ClientConnection

    async def any(self) -> Frame:
        """The next frame."""
        async with asyncio.timeout(SECONDS):
            frame: Frame = json.loads(await self.connection.recv())
            return frame

    async def next(self, *kinds: str) -> Frame:
        """The next frame of these kinds, others left out."""
        async with asyncio.timeout(SECONDS):
            while True:
                frame: Frame = json.loads(await self.connection.recv())
                if frame["type"] in kinds:
                    return frame

    async def until(self, kind: str, **values: Any) -> list[Frame]:
        """All frames of a kind up to one with these values."""
        found = [await self.next(kind)]
        while any(found[-1].get(name) != value for name, value in values.items()):
            found.append(await self.next(kind))
        return found

    async def tell(self, **message: Any) -> None:
        """Send a message."""
        await self.connection.send(json.dumps(message))

    async def pending(self) -> list[Frame]:
        """What came before the answer to a ping: everything that was on its way."""
        await self.tell(type="ping")
        found = [await self.any()]
        while found[-1]["type"] != "pong":
            found.append(await self.any())
        return found[:-1]

    async def closed(self, within: float = SECONDS) -> int | None:
        """How the server ends the connection."""
        async with asyncio.timeout(within):
            with suppress(ConnectionClosed):
                while True:
                    await self.connection.recv()
        return self.connection.close_code


def token(server: Server, who: str) -> dict[str, str]:
    """Somebody's token as a header."""
    return {"Authorization": f"Bearer {server.person(who).token}"}


def api_path(key: str) -> str:
    """Where programs listen."""
    return f"/api/v1/incidents/{key}/live"


def page_path(key: str) -> str:
    """Where pages listen."""
    return f"/i/{key}/live"


@asynccontextmanager
async def watching(
    server: Server, path: str, who: str = "k.baptiste", after: str = "", **options: Any
) -> AsyncIterator[Viewer]:
    """A socket opened with a token."""
    address = server.live(path) + (f"?after={after}" if after else "")
    headers = options.pop("headers", token(server, who))
    # Without a limit on what waits to be read: with one, leaving unread messages behind takes the library ten seconds.
    async with connect(address, additional_headers=headers, **{"max_queue": None} | options) as connection:
        yield Viewer(connection)


@asynccontextmanager
async def streaming(
    server: Server, path: str, who: str = "k.baptiste", after: str = "", **headers: str
) -> AsyncIterator[AsyncIterator[tuple[Frame, str]]]:
    """The same as server-sent events: frames, each with the id that a browser would send when it comes back."""
    sent = token(server, who) | {"Accept": "text/event-stream"} | headers
    query = {"after": after} if after else {}
    async with (
        httpx2.AsyncClient(timeout=SECONDS) as client,
        client.stream("GET", server.url + path, params=query, headers=sent) as answer,
    ):
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield _events(answer)


async def _events(answer: httpx2.Response) -> AsyncIterator[tuple[Frame, str]]:
    data, last = "", ""
    async for line in answer.aiter_lines():
        if line.startswith("data:"):
            data += line.removeprefix("data:").strip()
        elif line.startswith("id:"):
            last = line.removeprefix("id:").strip()
        elif not line and data:
            yield json.loads(data), last
            data = ""


async def next_of(stream: AsyncIterator[tuple[Frame, str]], *kinds: str) -> tuple[Frame, str]:
    """The next frame of these kinds with its id."""
    async with asyncio.timeout(SECONDS):
        async for frame, last in stream:
            if frame["type"] in kinds:
                return frame, last
    raise AssertionError("the stream ended")


def chained(frames: list[Frame]) -> bool:
    """Whether each room's events follow one another, number by number and hash by hash."""
    rooms: dict[str, list[Frame]] = {}
    for frame in frames:
        rooms.setdefault(frame["room"], []).append(frame)
    return all(
        after["seq"] == before["seq"] + 1 and after["prev_hash"] == before["hash"]
        for events in rooms.values()
        for before, after in pairwise(events)
    )


async def off_loop(work: Any, *arguments: Any, **more: Any) -> Any:
    """Blocking work beside the sockets."""
    return await asyncio.to_thread(work, *arguments, **more)


async def soon(what: Awaitable[T], seconds: float = SECONDS) -> T:
    """With a limit."""
    async with asyncio.timeout(seconds):
        return await what
