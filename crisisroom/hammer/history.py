"""What happened, one JSON line for each thing: what was asked, answered and heard, and what was there at the end.

Lines go to a file as they come, so that a million of them need no memory. Each has `is`:

- `invoke`, then `ok`, `fail` or `info` (the answer was lost, or says that the change was not stored): one try of a
  command, with its `key`. `body` 1 is the deliberate other body under a used key.
- `frame`: an entry that a client heard; `live` if it came as news and not while catching up.
- `client`: who watches which rooms. `joined`, `lost`, `resync`, `kill`: what happened to connections and server.
- `entry`: an entry of the log as it was at the end (`set_up`: it was there before the run).
- `view`: a digest of something that must be the same in all lines with the same `of`.
- `tables`: what `crisisroom log verify` said.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

Line = dict[str, Any]


class History:
    """A file of lines, written in order and read as often as needed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("w", encoding="utf-8")
        self._began = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def add(self, what: str, **fields: Any) -> float:
        """Write a line; the moment it stands for, in seconds since the beginning."""
        now = round(time.monotonic() - self._began, 6)
        self._file.write(json.dumps({"is": what, "t": now, **fields}, separators=(",", ":")) + "\n")
        return now

    def __iter__(self) -> Iterator[Line]:
        if not self._file.closed:
            self._file.flush()
        return read_lines(self.path)


def read_lines(path: Path) -> Iterator[Line]:
    """The lines of a history file."""
    with path.open(encoding="utf-8") as file:
        for text in file:
            yield json.loads(text)
