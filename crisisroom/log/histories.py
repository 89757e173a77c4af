"""Whole books as they were read for somebody who looked back, kept for whoever looks next, and then only read on."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from crisisroom.db import Connection


class Placed(Protocol):
    """Anything that stands in a book's order."""

    @property
    def position(self) -> int:
        """Its place."""
        ...


E = TypeVar("E", bound=Placed)
Read = Callable[[Connection, UUID, int | None], Awaitable[list[E]]]


class Histories(Generic[E]):
    """The books looked at last, `most` entries altogether and never less than one book."""

    def __init__(self, read: Read[E], most: int) -> None:
        self._read = read
        self._most = most
        self._books: OrderedDict[UUID, Sequence[E]] = OrderedDict()

    async def fresh(self, connection: Connection, book: UUID, position: int) -> Sequence[E]:
        """All of a book in order, at least up to a position. The sequence is everybody's: do not change it."""
        known = self._books.get(book, ())
        if not known or known[-1].position < position:
            known = [*known, *await self._read(connection, book, known[-1].position if known else None)]
        self._books[book] = known
        self._books.move_to_end(book)
        while len(self._books) > 1 and sum(map(len, self._books.values())) > self._most:
            self._books.popitem(last=False)
        return known

    def forget(self, book: UUID) -> None:
        """Read the book anew the next time: what was read is not what is stored now."""
        self._books.pop(book, None)
