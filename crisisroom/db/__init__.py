"""The database. Everything that differs between engines is in this package; the rest of the program cannot tell which
one it runs on.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

from sqlalchemy import MetaData
from sqlalchemy.engine import make_url
from sqlmodel import SQLModel

from crisisroom.db.connecting import Connection, Engine, Trouble
from crisisroom.db.types import Json, UtcTime

__all__ = ["Connection", "Database", "Json", "Trouble", "UtcTime"]

SQLModel.metadata.naming_convention = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
).naming_convention


class Database:
    """Two ways in: `read` for a consistent view, `write` for the one writer (commanding commits it)."""

    def __init__(self, url: str, patient: bool = False) -> None:
        self.url = url
        self.embedded = make_url(url).get_backend_name() == "sqlite"
        self._engine = _engine_for(url, patient)

    def read(self, long: bool = False) -> AbstractAsyncContextManager[Connection]:
        """One consistent view of everything committed before its first statement. `long` is for what reads a whole log;
        all else gives up soon, as somebody waits for it.
        """
        return self._engine.read(long)

    def write(self) -> AbstractAsyncContextManager[Connection]:
        """A transaction that sees the newest state; what it does not commit leaves no trace."""
        return self._engine.write()

    async def alone(self, connection: Connection) -> None:
        """Keep other processes from preparing the schema until this transaction ends."""
        await self._engine.alone(connection)

    async def others(self, connection: Connection) -> int:
        """How many more connections of this program there are, as far as the engine knows."""
        return await self._engine.others(connection)

    async def unsafe(self) -> str | None:
        """Why acknowledged changes would not be safe in this database, or None."""
        async with self.read() as connection:
            return await self._engine.unsafe(connection)

    def trouble(self, error: BaseException) -> Trouble:
        """What kind of failure an error of this database is."""
        return self._engine.trouble(error)

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()


def _engine_for(url: str, patient: bool) -> Engine:
    if make_url(url).get_backend_name() == "sqlite":
        from crisisroom.db.embedded import Embedded

        return Embedded(url)
    # Drivers of an engine are loaded when it is used: the command line starts sooner.
    from crisisroom.db.postgresql import PostgreSql

    return PostgreSql(url, patient)
