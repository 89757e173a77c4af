"""What every engine's connections can do, and what went wrong with one, in the few words that the writer acts upon."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from enum import Enum
from typing import Any, Protocol, TypeVar

from sqlalchemy import Executable

T = TypeVar("T")


class Connection(Protocol):
    """What reading and writing ask of a connection, on every engine; SQLAlchemy's `AsyncConnection` has it all."""

    async def execute(self, statement: Executable, parameters: Any = None) -> Any:
        """A statement's result, with its rows read."""
        ...

    async def scalar(self, statement: Executable, parameters: Any = None) -> Any:
        """The first value of the first row, or None."""
        ...

    async def scalars(self, statement: Executable, parameters: Any = None) -> Any:
        """The first value of each row."""
        ...

    async def run_sync(self, work: Callable[..., T], *arg: Any) -> T:
        """What `work` returns, given SQLAlchemy's own connection: several statements for one wait."""
        ...

    async def commit(self) -> None:
        """Make everything since the beginning durable."""
        ...


class Engine(Protocol):
    """One kind of database: where connections come from, and what its errors mean."""

    def read(self, long: bool) -> AbstractAsyncContextManager[Connection]:
        """A connection that sees one moment, for as long as the block lasts; `long` for what reads a whole log."""
        ...

    def write(self) -> AbstractAsyncContextManager[Connection]:
        """A connection whose changes leave no trace unless it commits."""
        ...

    async def alone(self, connection: Connection) -> None:
        """Keep every other process from preparing the schema until this transaction ends."""
        ...

    async def others(self, connection: Connection) -> int:
        """How many more connections of this program there are, from any host."""
        ...

    async def unsafe(self, connection: Connection) -> str | None:
        """Why acknowledged changes would not be safe here: a sentence for the operator; None when they are."""
        ...

    def trouble(self, error: BaseException) -> Trouble:
        """What kind of failure an error is."""
        ...

    async def dispose(self) -> None:
        """Close every connection."""
        ...


class Trouble(Enum):
    """What an error of the database means for whoever waits."""

    LOST = "lost"
    """The connection broke, perhaps long before it was used; another one may work."""
    AWAY = "away"
    """It cannot be reached, or does not answer in time."""
    BUSY = "busy"
    """It has too much to do, or somebody holds what is needed; others may fare better."""
    FULL = "full"
    """Its disk has no room."""
    UNSAFE = "unsafe"
    """Its disk could not say that data is safe; what it says later cannot be relied on (see fsync, 2018)."""
    CLASH = "clash"
    """Somebody else wrote the same key first; a second look will see it."""
    OTHER = "other"
