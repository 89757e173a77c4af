"""The doorbell: a hint that a book has grown, and who is where. Losing one costs time, never truth: hubs also look by
themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

Hint = Callable[[UUID, int], None]
# By room, the people a process has in it: ids and what they do, no names.
Here = Mapping[UUID, Sequence[Mapping[str, Any]]]
# Which process, which book, and whom it has there.
Heard = Callable[[str, UUID, Here], None]


class Doorbell(Protocol):
    """Whatever carries the hint."""

    def ring(self, book: UUID, position: int) -> None:
        """Say that the book has entries up to this position."""
        ...

    def say_here(self, book: UUID, here: Here) -> None:
        """Say whom this process has in the book's rooms."""
        ...

    def listen(self, hint: Hint) -> None:
        """Call `hint` for every ring, this process's own included."""
        ...

    def listen_here(self, heard: Heard) -> None:
        """Call `heard` for whom other processes say they have."""
        ...

    async def close(self) -> None:
        """Stop."""
        ...


class LocalDoorbell:
    """For one process: a ring is heard at once, and everybody is here."""

    def __init__(self) -> None:
        self._hints: list[Hint] = []

    def ring(self, book: UUID, position: int) -> None:
        for hint in self._hints:
            hint(book, position)

    def say_here(self, book: UUID, here: Here) -> None:
        pass

    def listen(self, hint: Hint) -> None:
        self._hints.append(hint)

    def listen_here(self, heard: Heard) -> None:
        pass

    async def close(self) -> None:
        self._hints.clear()
