"""One viewer's live connection, without a socket: frames to send, messages received, limits, and how it ends."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from crisisroom.access.grants import Actor

SIGNED_OUT = 4401
NO_LONGER_ALLOWED = 4403
RESYNC = 4409
TOO_FAST = 4429
MALFORMED = 1003
TOO_BIG = 1009
RESTART = 1012
TOO_SLOW = 1013

MAX_FRAMES = 256
MAX_BYTES = 1 << 20
MAX_MESSAGE = 4096
# A person types and moves between fields; a program in a loop is told to stop.
MESSAGES_AT_ONCE = 40
MESSAGES_PER_SECOND = 10


class Kind(StrEnum):
    """What the viewer gets: fragments for an incident's page, the events themselves, or hints for the situation."""

    PAGE = "page"
    API = "api"
    SITUATION = "situation"


@dataclass(eq=False)
class Session:
    """A viewer of a book. The hub offers frames; whoever owns the socket takes them out and sends them.

    Nothing is ever left out for a viewer: one who is too slow is closed and catches up from their cursor.
    """

    actor: Actor
    kind: Kind
    book: UUID
    rooms: frozenset[UUID]
    secret_hash: str = ""
    """Of the cookie or token it was opened with, so that revoking that ends this."""
    idle: bool = False
    editing: dict[str, str] | None = None
    close_code: int | None = None
    ready: Callable[[], None] = field(default=lambda: None)
    _frames: deque[str] = field(default_factory=deque)
    _size: int = 0
    _held: list[str] | None = None
    _allowance: float = MESSAGES_AT_ONCE
    _last_message: datetime | None = None

    def offer(self, frame: str) -> None:
        """Give a frame to send. Above the limits the viewer is closed as too slow."""
        if self.close_code is not None:
            return
        if self._held is not None:
            self._held.append(frame)
            return
        self._frames.append(frame)
        self._size += len(frame)
        if len(self._frames) > MAX_FRAMES or (self._size > MAX_BYTES and len(self._frames) > 1):
            self.close(TOO_SLOW)
        self.ready()

    def hold(self) -> None:
        """Keep frames back while the viewer still catches up."""
        self._held = []

    def release(self, first: Iterable[str]) -> None:
        """Send these, then what was kept back."""
        held, self._held = self._held or [], None
        for frame in (*first, *held):
            self.offer(frame)

    def take(self) -> str | None:
        """The next frame to send, or None."""
        if not self._frames:
            return None
        frame = self._frames.popleft()
        self._size -= len(frame)
        return frame

    def close(self, code: int) -> None:
        """End the connection; what waits is dropped, as the viewer will catch up from their cursor."""
        if self.close_code is None:
            self.close_code = code
            self._frames.clear()
            self._held = None
            self.ready()

    def receive(self, text: str, now: datetime) -> dict[str, Any] | None:
        """A message from the viewer, or None if it cannot be used; then the session is closed and says why."""
        if len(text.encode()) > MAX_MESSAGE:
            self.close(TOO_BIG)
            return None
        if not self._in_time(now):
            self.close(TOO_FAST)
            return None
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            self.close(MALFORMED)
            return None
        return message

    def _in_time(self, now: datetime) -> bool:
        passed = (now - self._last_message) / timedelta(seconds=1) if self._last_message else 0.0
        self._last_message = now
        self._allowance = min(MESSAGES_AT_ONCE, self._allowance + max(passed, 0) * MESSAGES_PER_SECOND) - 1
        return self._allowance >= 0
