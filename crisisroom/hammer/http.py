"""A small HTTP/1.1 client on kept-alive connections. It never repeats a request by itself: that must be counted."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

LIMIT = 1 << 24
SECONDS = 10.0


class Lost(Exception):
    """The answer did not come, or not whole: what became of the request is unknown."""


@dataclass(frozen=True)
class Answer:
    """What the server said."""

    status: int
    body: Any


class Http:
    """As many connections as there are requests at the same time, used again and again."""

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        self._secure = parts.scheme == "https"
        self._host = parts.hostname or "127.0.0.1"
        self._port = parts.port or (443 if self._secure else 80)
        self._headers = f"Host: {parts.netloc}\r\nAuthorization: Bearer {token}\r\n"
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def get(self, path: str) -> Answer:
        """GET. Raises Lost."""
        return await self._ask(f"GET {path} HTTP/1.1\r\n{self._headers}\r\n".encode())

    async def post(self, path: str, fields: Any, key: str) -> Answer:
        """POST JSON with an idempotency key. Raises Lost."""
        body = json.dumps(fields).encode()
        head = (
            f"POST {path} HTTP/1.1\r\n{self._headers}Idempotency-Key: {key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return await self._ask(head.encode() + body)

    def close(self) -> None:
        """End all connections."""
        for _, writer in self._idle:
            writer.transport.abort()
        self._idle.clear()

    async def _ask(self, request: bytes) -> Answer:
        writer = None
        try:
            async with asyncio.timeout(SECONDS):
                reader, writer = self._kept() or await self._connect()
                writer.write(request)
                answer = await _read(reader)
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError) as error:
            # TimeoutError is an OSError, IncompleteReadError an EOFError.
            if writer:
                writer.transport.abort()
            raise Lost(type(error).__name__) from error
        except asyncio.CancelledError:
            if writer:
                writer.transport.abort()
            raise
        self._idle.append((reader, writer))
        return answer

    def _kept(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        """A connection that the server has not closed meanwhile, as servers do with idle ones."""
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof():
                return reader, writer
            writer.transport.abort()
        return None

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(self._host, self._port, ssl=self._secure or None, limit=LIMIT)


async def _read(reader: asyncio.StreamReader) -> Answer:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    status = int(head[0].split(" ", 2)[1])
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
    if headers.get("transfer-encoding", "").lower() == "chunked":
        body = await _read_chunks(reader)
    else:
        body = await reader.readexactly(int(headers.get("content-length", 0)))
    if headers.get("connection", "").lower() == "close":
        reader.feed_eof()
    return Answer(status, json.loads(body) if body and "json" in headers.get("content-type", "") else None)


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    parts = []
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        parts.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readuntil(b"\r\n")
    return b"".join(parts)
