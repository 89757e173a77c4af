"""One viewer: who looks, at which rooms, over which line, and what they say. Knows no socket."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from crisisroom.access.grants import Actor
from crisisroom.live.lines import MAX_FRAMES, TOO_SLOW, Line

SIGNED_OUT = 4401
NO_LONGER_ALLOWED = 4403
RESYNC = 4409
TOO_FAST = 4429
MALFORMED = 1003
TOO_BIG = 1009
RESTART = 1012

MAX_MESSAGE = 4096
# A person types and moves between fields; a program in a loop is told to stop.
MESSAGES_AT_ONCE = 40
MESSAGES_PER_SECOND = 10


class Kind(StrEnum):
    """What the viewer gets: fragments for an incident's page, the events themselves, or hints for the situation."""

    PAGE = "page"
    API = "api"
    SITUATION = "situation"


@dataclass(eq=False, slots=True)
class Session:
    """A viewer of a book, with the rooms they are in."""

    actor: Actor
    kind: Kind
    book: UUID
    rooms: frozenset[UUID]
    line: Line
    secret_hash: str = ""
    """Of the cookie or token it was opened with, so that revoking that ends this."""
    idle: bool = False
    editing: dict[str, str] | None = None
    _held: list[str] | None = None
    _allowance: float = MESSAGES_AT_ONCE
    _last_message: datetime | None = None

    @property
    def close_code(self) -> int | None:
        """Why it ended; None while it goes on."""
        return self.line.close_code

    def offer(self, text: str) -> None:
        """A message for this viewer, kept back while they still catch up."""
        if self._held is None:
            self.line.tell(text)
        elif len(self._held) < MAX_FRAMES:
            self._held.append(text)
        else:
            self.close(TOO_SLOW)

    @property
    def holding(self) -> bool:
        """Whether messages are kept back."""
        return self._held is not None

    def hold(self) -> None:
        """Keep messages back from now on; what was kept back before is forgotten."""
        self._held = []

    def release(self) -> None:
        """Give out what was kept back."""
        held, self._held = self._held or [], None
        self.tell(held)

    def tell(self, texts: Iterable[str]) -> None:
        """Messages that are due before those that are kept back."""
        for text in texts:
            self.line.tell(text)

    def close(self, code: int) -> None:
        """End it, saying why."""
        self._held = None
        self.line.close(code)

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
