"""A TCP proxy that does what bad networks do: delays, thin lines, cuts at any byte, silence, lost answers, refusals.

Its knobs can be turned at any time; what it does by chance follows from the seed.
"""

from __future__ import annotations

import asyncio
import random
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

CHUNK = 16384
RESET = struct.pack("ii", 1, 0)  # linger for no time: the other side gets a reset, as from a crashed machine


@dataclass(eq=False)
class Line:
    """One connection through the proxy."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter | None = None
    asked: bool = False
    spoiled: bool = False
    left: int | None = None

    def reset(self) -> None:
        """End it both ways at once."""
        for writer in (self.client, self.server):
            if writer is not None:
                with suppress(OSError, AttributeError):
                    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                writer.transport.abort()


@dataclass
class Proxy:
    """Stands before a server. Without a knob turned it passes everything on."""

    target: int
    seed: int = 0
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    delay: float = 0.0
    """Seconds that everything takes longer, each way."""
    bytes_per_second: float = 0.0
    cut_after: tuple[int, int] | None = None
    """Each connection is cut after so many bytes to the client, at least and at most."""
    drop_answers: float = 0.0
    """The share of requests that the server answers and whose sender never hears it."""
    refuse: bool = False
    port: int = 0
    lines: set[Line] = field(default_factory=set)
    accepted: int = 0
    cuts: int = 0
    dropped: int = 0
    _silent: bool = False
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._chance = random.Random(self.seed)
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port, limit=CHUNK)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self.cut_all()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        """Of the server behind it."""
        return f"http://127.0.0.1:{self.port}"

    def black_hole(self) -> None:
        """From now on swallow everything, both ways, and close nothing: nobody can tell it from a slow network."""
        self._silent = True

    def heal(self) -> None:
        """Pass on again. Connections that lost something are reset, as by the machine that no longer knows them."""
        self._silent = False
        for line in [line for line in self.lines if line.spoiled]:
            line.reset()

    def cut_all(self) -> None:
        """Reset every connection."""
        for line in list(self.lines):
            line.reset()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        line = Line(writer, left=self._chance.randint(*self.cut_after) if self.cut_after else None)
        if self.refuse:
            return line.reset()
        self.lines.add(line)
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._carry(line, reader)
        except (OSError, EOFError, asyncio.CancelledError):
            pass
        finally:
            line.reset()
            self.lines.discard(line)
            self._tasks.discard(task)

    async def _carry(self, line: Line, reader: asyncio.StreamReader) -> None:
        if self._silent:
            line.spoiled = True  # nothing came of it, not even a connection
            while await reader.read(CHUNK):
                pass
            return
        back, line.server = await asyncio.open_connection("127.0.0.1", self.target, limit=CHUNK)
        both = [
            asyncio.create_task(self._pass_on(line, reader, line.server, to_client=False)),
            asyncio.create_task(self._pass_on(line, back, line.client, to_client=True)),
        ]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in both:
                one.cancel()
            await asyncio.gather(*both, return_exceptions=True)

    async def _pass_on(
        self, line: Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, to_client: bool
    ) -> None:
        while data := await reader.read(CHUNK):
            if self._silent or line.spoiled:
                line.spoiled = True
                continue
            if self.delay or self.bytes_per_second:
                await self.sleep(self.delay + (len(data) / self.bytes_per_second if self.bytes_per_second else 0))
            if to_client and (data := self._allowed(line, data)) is None:
                return
            line.asked = line.asked or not to_client
            writer.write(data)
            await writer.drain()
            if to_client and line.left == 0:
                self.cuts += 1
                return

    def _allowed(self, line: Line, data: bytes) -> bytes | None:
        """What of an answer may reach the client; None when it is lost together with the connection."""
        asked, line.asked = line.asked, False
        if asked and self._chance.random() < self.drop_answers:
            self.dropped += 1
            return None
        if line.left is not None:
            data = data[: line.left]
            line.left -= len(data)
        return data
