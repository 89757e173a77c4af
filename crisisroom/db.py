"""The database: engines, how a transaction begins, and column types that mean the same on every engine.

Everything engine-specific is here. SQLite runs with a write-ahead log and `synchronous=FULL`, so a commit that was
answered survives a power cut; writers begin with `BEGIN IMMEDIATE`, so what they read cannot change before they write.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

import sqlalchemy
from pydantic_core import from_json, to_json
from sqlalchemy import DateTime, Dialect, Engine, Executable, MetaData, Text, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel

READERS = 4
THREAD = "database"

T = TypeVar("T")

SQLModel.metadata.naming_convention = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
).naming_convention


class UtcTime(TypeDecorator[datetime]):
    """An aware instant in, the same aware UTC instant out, on every engine."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without a zone may not be stored")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """A JSON document as text. It is replaced whole, never changed in place."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else to_json(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else from_json(value)


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


class Connections(Protocol):
    """Where connections come from; SQLAlchemy's `AsyncEngine`, or `Threads`."""

    def connect(self) -> AbstractAsyncContextManager[Any]:
        """A connection for as long as the block lasts; what it did not commit leaves no trace."""
        ...

    async def dispose(self) -> None:
        """Close every connection."""
        ...


class Database:
    """Two ways in: `read` for a consistent view, `write` for the one writer (commanding commits it)."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.embedded = make_url(url).get_backend_name() == "sqlite"
        self._readers: Connections
        self._writers: Connections
        if self.embedded:
            self._writers = Threads(_sqlite_engine(url, "BEGIN IMMEDIATE"), 1)
            self._readers = Threads(_sqlite_engine(url, "BEGIN"), READERS)
        else:
            self._writers = self._readers = create_async_engine(url, hide_parameters=True)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Connection]:
        """One consistent view of everything committed before its first statement."""
        async with self._readers.connect() as connection:
            yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Connection]:
        """A transaction that keeps other writers out from its first statement on, and sees the newest state."""
        async with self._writers.connect() as connection:
            yield connection

    async def close(self) -> None:
        """Close every connection."""
        await self._writers.dispose()
        await self._readers.dispose()


class Threads:
    """Connections of the embedded database, each on a thread of its own."""

    def __init__(self, engine: Engine, size: int) -> None:
        self._engine = engine
        self._all = [ThreadConnection(engine) for _ in range(size)]
        # The one used last first: its memory is still at hand.
        self._idle: asyncio.LifoQueue[ThreadConnection] = asyncio.LifoQueue()
        for one in self._all:
            self._idle.put_nowait(one)

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[Connection]:
        connection = await self._idle.get()
        try:
            yield connection
        finally:
            connection.end()
            self._idle.put_nowait(connection)

    async def dispose(self) -> None:
        for one in self._all:
            await one.close()
        self._engine.dispose()


class ThreadConnection:
    """One connection of the embedded database. Each call is one trip to its thread, where all happens in order.

    Trips are what an embedded database costs most: while the event loop is busy, each waits for its turn. Drivers with
    awaitable cursors make four for a statement.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._thread = ThreadPoolExecutor(1, THREAD)
        self._connection: sqlalchemy.Connection | None = None

    async def run_sync(self, work: Callable[..., T], *arg: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._run, work, arg)

    async def execute(self, statement: Executable, parameters: Any = None) -> Any:
        return await self.run_sync(_read, statement, parameters)

    async def scalar(self, statement: Executable, parameters: Any = None) -> Any:
        return (await self.execute(statement, parameters)).scalar()

    async def scalars(self, statement: Executable, parameters: Any = None) -> Any:
        return (await self.execute(statement, parameters)).scalars()

    async def commit(self) -> None:
        await self.run_sync(sqlalchemy.Connection.commit)

    def end(self) -> None:
        """Undo what was not committed. Nobody waits: the thread does it before anything else it is asked."""
        self._thread.submit(self._end)

    async def close(self) -> None:
        """Finish what was asked, then end the thread; another one begins when the connection is used again."""
        thread, self._thread = self._thread, ThreadPoolExecutor(1, THREAD)
        await asyncio.get_running_loop().run_in_executor(thread, self._end)
        thread.shutdown()

    def _run(self, work: Callable[..., T], arg: tuple[Any, ...]) -> T:
        if self._connection is None:
            self._connection = self._engine.connect()
            self._connection.begin()
        return work(self._connection, *arg)

    def _end(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _read(connection: sqlalchemy.Connection, statement: Executable, parameters: Any) -> Any:
    result = connection.execute(statement, parameters)
    return result.freeze()() if result.returns_rows else result


def _sqlite_engine(url: str, begin: str) -> Engine:
    engine = create_engine(
        make_url(url).set(drivername="sqlite"), pool_size=READERS, max_overflow=0, hide_parameters=True
    )

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver's own rules would leave reads outside the transaction
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin_so(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine
