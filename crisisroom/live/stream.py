"""A stream: what all viewers of an audience get, in order. Each message is framed once, and all get the same bytes.

A connection has one deflate window, so a stream belongs to a set of rooms and not to one room.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass

from crisisroom.live.framing import SharedWindow, frame
from crisisroom.live.lines import Line
from crisisroom.live.session import Session

# Writing to this many sockets takes some milliseconds; then others have their turn.
SLICE = 500


@dataclass(slots=True)
class _Writing:
    """Bytes on their way to the lines that were there when they were made."""

    lines: list[Line]
    data: bytes
    done: int = 0


class Stream:
    """The viewers of one audience."""

    def __init__(self) -> None:
        self._waiting: set[Session] = set()
        self._queued: set[Session] = set()
        self._plain: dict[Session, Line] = {}
        self._packed: dict[Session, Line] = {}
        self._window: SharedWindow | None = None
        self._writings: deque[_Writing] = deque()

    def __bool__(self) -> bool:
        return bool(self._waiting or self._queued or self._plain or self._packed)

    def await_turn(self, session: Session) -> None:
        """Keep messages back for somebody who still catches up; `admit` gives them out."""
        self._waiting.add(session)

    def admit(self, session: Session) -> None:
        """From here on the session gets every message; first what was kept back for it."""
        self._waiting.discard(session)
        session.release()
        line = session.line
        if not line.direct:
            self._queued.add(session)
        elif line.packed:
            self._window = self._window or SharedWindow()
            if primer := self._window.primer():
                line.write(primer)
            self._packed[session] = line
        else:
            self._plain[session] = line

    def dismiss(self, session: Session) -> None:
        """The session gets nothing more; what was published before is still its due."""
        self._finish(session.line)
        self._waiting.discard(session)
        self._queued.discard(session)
        self._plain.pop(session, None)
        if self._packed.pop(session, None) and not self._packed:
            self._window = None

    def publish(self, text: str) -> None:
        """A message for everybody."""
        for session in (*self._waiting, *self._queued):
            session.offer(text)
        payload = text.encode()
        if self._plain:
            self._write(_Writing(list(self._plain.values()), frame(payload)))
        if self._packed and self._window:
            self._write(_Writing(list(self._packed.values()), self._window.pack(payload)))

    def _write(self, writing: _Writing) -> None:
        self._writings.append(writing)
        if len(self._writings) == 1:
            self._write_on()

    def _finish(self, line: Line) -> None:
        """Write at once what is under way to a line that leaves."""
        for writing in self._writings:
            if line in writing.lines[writing.done :]:
                writing.lines.remove(line)
                line.write(writing.data)

    def _write_on(self) -> None:
        """One slice; each message reaches its last line before the next message is begun, so that order is kept."""
        left = SLICE
        while self._writings and left > 0:
            writing = self._writings[0]
            part = writing.lines[writing.done : writing.done + left]
            for line in part:
                line.write(writing.data)
            writing.done += len(part)
            left -= len(part)
            if writing.done == len(writing.lines):
                self._writings.popleft()
        if self._writings:
            asyncio.get_running_loop().call_soon(self._write_on)
