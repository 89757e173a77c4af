"""PostgreSQL 15 or later, when one machine is not enough. Writers lock rows in a fixed order under READ COMMITTED;
readers see one moment under REPEATABLE READ. No statement waits for ever, and no transaction stays open.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from crisisroom.db.connecting import Connection, Trouble

OLDEST = 150000
READERS = 8
WRITERS = 2
CONNECT_SECONDS = 3
# Connections that a firewall has forgotten are not found out by waiting for them.
RECYCLE_SECONDS = 300
# Short, so that a command that cannot be carried out is refused while its sender still waits (milliseconds).
WRITING = {"lock_timeout": "1000", "statement_timeout": "2000", "idle_in_transaction_session_timeout": "5000"}
READING = {"statement_timeout": "2500", "idle_in_transaction_session_timeout": "10000"}
# A whole log, verified or looked back upon.
LONG = {"statement_timeout": "60000", "idle_in_transaction_session_timeout": "60000"}
# Verifying and copying whole logs is nobody's request.
PATIENT = {"statement_timeout": "0", "idle_in_transaction_session_timeout": "0"}
# "A crisis room", as a number that no other program is likely to use for its lock.
SCHEMA_LOCK = 0x0C51515


class PostgreSql:
    """Two pools on one server, to write and to read. `patient` is for the command line, where nobody else waits."""

    def __init__(self, url: str, patient: bool = False) -> None:
        self._writers = _engine(url, WRITERS, PATIENT if patient else WRITING)
        self._readers = _readers(url, READERS, PATIENT if patient else READING)
        self._long_readers = _readers(url, WRITERS, PATIENT if patient else LONG)

    def read(self, long: bool) -> AbstractAsyncContextManager[Connection]:
        return _connect(self._long_readers if long else self._readers)

    def write(self) -> AbstractAsyncContextManager[Connection]:
        return _connect(self._writers)

    async def alone(self, connection: Connection) -> None:
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": SCHEMA_LOCK})

    async def others(self, connection: Connection) -> int:
        return int(await connection.scalar(_OTHERS) or 0)

    async def unsafe(self, connection: Connection) -> str | None:
        row = (await connection.execute(_SAFETY)).one()
        if row.version < OLDEST:
            return f"PostgreSQL {row.version // 10000} is too old: use version 15 or later."
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            if getattr(row, name) == "off":
                return f"PostgreSQL runs with {name}=off: it could lose changes that were acknowledged. Switch it on."
        if row.superuser:
            return "The database user is a superuser, who can do anything. Give Crisis Room a user of its own."
        return None

    def trouble(self, error: BaseException) -> Trouble:
        if isinstance(error, IntegrityError):
            return Trouble.CLASH
        state = str(getattr(getattr(error, "orig", None), "sqlstate", "") or "")
        if state == "53100":
            return Trouble.FULL
        if state == "58030":
            return Trouble.UNSAFE
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            return Trouble.LOST
        if isinstance(error, PoolTimeout) or state in _BUSY:
            return Trouble.BUSY
        return Trouble.AWAY if isinstance(error, OSError) or state[:2] in _NOT_NOW else Trouble.OTHER

    async def dispose(self) -> None:
        await self._writers.dispose()
        await self._readers.dispose()
        await self._long_readers.dispose()


# Connection troubles, no resources, shutting down or starting.
_NOT_NOW = ("08", "53", "57")
# A lock held by somebody else for too long; a statement that took too long.
_BUSY = ("55P03", "57014")
# A primary that has become a standby still answers, from then on with what is old.
_DEMOTED = "25006"
_OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND application_name = current_setting('application_name') AND pid <> pg_backend_pid()"
)
_SAFETY = text(
    "SELECT current_setting('server_version_num')::int AS version, current_setting('fsync') AS fsync,"
    " current_setting('full_page_writes') AS full_page_writes,"
    " current_setting('synchronous_commit') AS synchronous_commit,"
    " (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS superuser"
)


@asynccontextmanager
async def _connect(engine: AsyncEngine) -> AsyncIterator[Any]:
    async with engine.connect() as connection:
        try:
            yield connection
        except asyncio.CancelledError:
            # Whatever was under way on it may still be: nobody else may be given this connection.
            await asyncio.shield(connection.invalidate())
            raise


def _readers(url: str, size: int, limits: dict[str, str]) -> AsyncEngine:
    engine = _engine(url, size, limits)
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _break_off(context: ExceptionContext) -> None:
    """A server that says nothing is not asked to end the connection, which would take two seconds more; and one that is
    no longer the primary is left.
    """
    if str(getattr(context.original_exception, "sqlstate", "")) == _DEMOTED:
        context.is_disconnect = True
    if isinstance(context.original_exception, TimeoutError) and context.connection is not None:
        driver: Any = context.connection.connection.driver_connection
        driver.terminate()


def _engine(url: str, size: int, limits: dict[str, str]) -> AsyncEngine:
    settings: dict[str, Any] = {"application_name": "crisisroom", "timezone": "UTC"} | limits
    waits = limits["statement_timeout"]
    engine = create_async_engine(
        url,
        hide_parameters=True,
        pool_size=size,
        max_overflow=0,
        pool_timeout=CONNECT_SECONDS,
        pool_use_lifo=True,
        pool_recycle=RECYCLE_SECONDS,
        connect_args={
            "timeout": CONNECT_SECONDS,
            "target_session_attrs": "primary",
            # For a server that says nothing at all; one that answers says so sooner by itself.
            "command_timeout": int(waits) / 1000 + 0.5 if waits != "0" else None,
            "server_settings": settings,
        },
    )
    event.listen(engine.sync_engine, "handle_error", _break_off)
    return engine
