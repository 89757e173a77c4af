"""SQLite: no server to install. A write-ahead log with `synchronous=FULL`, so that a commit that was answered survives
a power cut; writers begin with `BEGIN IMMEDIATE`, so that what they read cannot change before they write.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeVar

import sqlalchemy
from sqlalchemy import Engine, Executable, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError

from crisisroom.db.connecting import Connection, Trouble

READERS = 4
THREAD = "database"
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000")

T = TypeVar("T")


class Embedded:
    """One writer and a few readers on one file."""

    def __init__(self, url: str) -> None:
        self._writers = Threads(_engine(url, "BEGIN IMMEDIATE"), 1)
        self._readers = Threads(_engine(url, "BEGIN"), READERS)

    def read(self, long: bool) -> AbstractAsyncContextManager[Connection]:
        return self._readers.connect()

    def write(self) -> AbstractAsyncContextManager[Connection]:
        return self._writers.connect()

    async def alone(self, connection: Connection) -> None:
        """`BEGIN IMMEDIATE` has seen to it."""

    async def others(self, connection: Connection) -> int:
        """Not known here; a server holds its data folder instead."""
        return 0

    async def unsafe(self, connection: Connection) -> str | None:
        return None

    def trouble(self, error: BaseException) -> Trouble:
        if isinstance(error, IntegrityError):
            return Trouble.CLASH
        name = str(getattr(_root(error), "sqlite_errorname", ""))
        if name == "SQLITE_FULL":
            return Trouble.FULL
        if name.startswith("SQLITE_IOERR"):
            return Trouble.UNSAFE
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            return Trouble.BUSY
        if name.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY")):
            return Trouble.AWAY
        return Trouble.OTHER

    async def dispose(self) -> None:
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


def _engine(url: str, begin: str) -> Engine:
    engine = create_engine(
        make_url(url).set(drivername="sqlite"), pool_size=READERS, max_overflow=0, hide_parameters=True
    )

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver's own rules would leave reads outside the transaction
        cursor = connection.cursor()
        for pragma in PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin_so(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _root(error: BaseException) -> BaseException:
    """SQLite's own error behind SQLAlchemy's."""
    while not isinstance(error, sqlite3.Error) and error.__cause__ is not None:
        error = error.__cause__
    return error
