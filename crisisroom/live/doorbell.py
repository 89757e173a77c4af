"""The doorbell: a hint that a book has grown. Losing one costs time, never truth; hubs also look by themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol
from uuid import UUID

Hint = Callable[[UUID, int], None]


class Doorbell(Protocol):
    """Three methods, whatever carries the hint."""

    def ring(self, book: UUID, position: int) -> None:
        """Say that the book has entries up to this position."""
        ...

    def listen(self, hint: Hint) -> None:
        """Call `hint` for every ring, this process's own included."""
        ...

    async def close(self) -> None:
        """Stop."""
        ...


class LocalDoorbell:
    """For one process: a ring is heard at once."""

    def __init__(self) -> None:
        self._hints: list[Hint] = []

    def ring(self, book: UUID, position: int) -> None:
        for hint in self._hints:
            hint(book, position)

    def listen(self, hint: Hint) -> None:
        self._hints.append(hint)

    async def close(self) -> None:
        self._hints.clear()
