"""Lines: how frames get to one viewer. Straight into their socket where the server allows it, else through a queue."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Protocol

TOO_SLOW = 1013
MAX_FRAMES = 256
MAX_BYTES = 1 << 20


class Line(Protocol):
    """The way to one viewer. Nothing is ever left out: one who is too slow is closed and comes back with a cursor."""

    @property
    def direct(self) -> bool:
        """Whether `write` takes bytes that were framed for many."""
        ...

    @property
    def packed(self) -> bool:
        """Whether it understands frames of a shared window."""
        ...

    @property
    def close_code(self) -> int | None:
        """Why it was closed; None while it is open."""
        ...

    def tell(self, text: str) -> None:
        """A message for this viewer alone."""
        ...

    def write(self, data: bytes) -> None:
        """Framed bytes, the same for many."""
        ...

    async def drained(self) -> None:
        """Wait until what was sent is on its way."""
        ...

    def beat(self, now: float) -> None:
        """The common heartbeat, at this time of the event loop: ask whether the other side is there."""
        ...

    def close(self, code: int) -> None:
        """End it, saying why. Ending twice does no harm."""
        ...


class QueuedLine:
    """A bounded queue; whoever owns the socket or the response takes the messages out."""

    direct = False
    packed = False

    def __init__(self) -> None:
        self.close_code: int | None = None
        self._messages: deque[str] = deque()
        self._size = 0
        self._ready = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()

    def tell(self, text: str) -> None:
        if self.close_code is not None:
            return
        self._messages.append(text)
        self._size += len(text)
        self._empty.clear()
        if len(self._messages) > MAX_FRAMES or (self._size > MAX_BYTES and len(self._messages) > 1):
            self.close(TOO_SLOW)
        self._ready.set()

    def write(self, data: bytes) -> None:
        raise TypeError("a queue takes texts")

    async def drained(self) -> None:
        await self._empty.wait()

    def beat(self, now: float) -> None:
        """Whoever owns the socket sees to it."""

    def close(self, code: int) -> None:
        """What waits is dropped, as the viewer will catch up from their cursor."""
        if self.close_code is None:
            self.close_code = code
            self._messages.clear()
            self._ready.set()
            self._empty.set()

    def take(self) -> str | None:
        """The next message to send, or None."""
        if not self._messages:
            self._empty.set()
            return None
        text = self._messages.popleft()
        self._size -= len(text)
        return text

    async def ready(self) -> None:
        """Wait until there is something to take, or it was closed."""
        self._ready.clear()
        if not self._messages and self.close_code is None:
            await self._ready.wait()
