"""Fresh databases for tests: the schema and the people are made once a session, each test gets a copy of its own.

Another engine is one more class with the same methods, and its name in `ENGINES`.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import text
from sqlmodel import SQLModel

from crisisroom.access.directory import Directory
from crisisroom.access.grants import OPERATOR
from crisisroom.commanding.command import read_command
from crisisroom.commanding.execute import Writer
from crisisroom.db import Database
from crisisroom.features import References
from crisisroom.log.books import Books
from crisisroom.migrations.upgrade import upgrade
from crisisroom.people.directory import DIRECTORY
from crisisroom.playbooks.library import Library
from tests.support.clock import FakeClock
from tests.support.ids import SeededIds
from tests.support.people import CAST
from tests.support.postgres import QUICK, Cluster, Connection, in_a_thread

ELENA = {
    "title": "Hurricane Elena",
    "crisis_class": "disaster",
    "hazard": "hurricane",
    "states": ["LC", "DM"],
    "level": {"scheme": "CDEMA", "value": "II"},
    "lead_agency": "CDEMA",
    "agencies": ["RSS", "CARPHA", "IMPACS"],
}
"""The incident most tests take place in: all four core agencies are in it."""


class Databases(Protocol):
    """Where tests get databases from."""

    def fresh(self, folder: Path, *, incident: bool) -> str:
        """The address of a database with schema and people, and an incident if wanted, that nobody else uses."""
        ...

    def empty(self, folder: Path) -> str:
        """The address of a database that nothing has been done to yet."""
        ...

    def again(self, *, incident: bool) -> Database:
        """The same for one test at a time: always the same object, so that its statements are compiled only once."""
        ...

    def close(self) -> None:
        """Remove what is left."""
        ...


class SqliteFiles:
    """One file a test."""

    def __init__(self, folder: Path) -> None:
        self._templates = {incident: folder / f"template-{incident}.db" for incident in (False, True)}
        self._again = Database(_url(folder / "again.db"))
        for incident, path in self._templates.items():
            in_a_thread(partial(_prepare, _url(path), incident=incident))

    def fresh(self, folder: Path, *, incident: bool) -> str:
        path = folder / "crisisroom.db"
        shutil.copyfile(self._templates[incident], path)
        return _url(path)

    def empty(self, folder: Path) -> str:
        return _url(folder / "empty.db")

    def again(self, *, incident: bool) -> Database:
        path = sqlite_path(self._again.url)
        for rest in ("-wal", "-shm"):
            path.with_name(path.name + rest).unlink(missing_ok=True)
        shutil.copyfile(self._templates[incident], path)
        return self._again

    def close(self) -> None:
        for path in self._templates.values():
            path.unlink()


class PostgreSqlCluster:
    """A server, on which tests that run one after another share a database that is put back for each."""

    def __init__(self, folder: Path) -> None:
        self._cluster = Cluster(QUICK)
        self._templates: dict[bool, str] = {}
        name = self._cluster.make_database()
        self._again = Database(self._address(name))
        self._admin = self._cluster.open(name)
        for incident in (False, True):
            in_a_thread(partial(_prepare, self._again.url, incident=incident))
            self._remember(incident)
            self._run(*(f"DELETE FROM {table}" for table in self._tables()))

    def fresh(self, folder: Path, *, incident: bool) -> str:
        if incident not in self._templates:
            self._templates[incident] = self._cluster.make_database()
            in_a_thread(partial(_prepare, self._address(self._templates[incident]), incident=incident))
        return self._address(self._cluster.make_database(self._templates[incident]))

    def empty(self, folder: Path) -> str:
        return self._address(self._cluster.make_database())

    def again(self, *, incident: bool) -> Database:
        self._run(f"SELECT put_back_{incident}()")
        return self._again

    def close(self) -> None:
        self._admin.close()
        self._cluster.remove()

    def _remember(self, incident: bool) -> None:
        """Keep what is in each table, and a function that brings it back in one go."""
        kept, body = f"kept_{incident}", ""
        for table in self._tables():
            body += f"DELETE FROM {table}; INSERT INTO {table} SELECT * FROM {kept}.{table};"
        copies = [f"CREATE TABLE {kept}.{table} AS TABLE {table}" for table in self._tables()]
        put_back = f"CREATE FUNCTION put_back_{incident}() RETURNS void LANGUAGE plpgsql AS $$ BEGIN {body} END $$"
        self._run(f"CREATE SCHEMA {kept}", *copies, put_back)

    def _tables(self) -> list[str]:
        return sorted(table.name for table in SQLModel.metadata.sorted_tables)

    def _run(self, *statements: str) -> None:
        self._admin.run("execute", ";".join(statements))

    def _address(self, name: str) -> str:
        return self._cluster.url(name).replace("postgresql://", "postgresql+asyncpg://")


ENGINES: dict[str, Callable[[Path], Databases]] = {"sqlite": SqliteFiles, "postgresql": PostgreSqlCluster}


@asynccontextmanager
async def refusing_inserts(database: Database, table: str, when: str = "true") -> AsyncIterator[None]:
    """The database itself refuses certain new rows for as long as the block lasts: `when` is SQL over NEW."""
    if database.embedded:
        make = [f"CREATE TRIGGER refuse BEFORE INSERT ON {table} WHEN {when} BEGIN SELECT RAISE(ABORT, 'refused'); END"]
        drop = ["DROP TRIGGER refuse"]
    else:
        raising = "$$ BEGIN RAISE 'refused'; END $$"
        make = [
            f"CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS {raising}",
            f"CREATE TRIGGER refuse BEFORE INSERT ON {table} FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION refuse()",
        ]
        drop = [f"DROP TRIGGER refuse ON {table}", "DROP FUNCTION refuse"]
    await _carry_out(database, make)
    try:
        yield
    finally:
        await _carry_out(database, drop)


async def _carry_out(database: Database, statements: list[str]) -> None:
    async with database.write() as connection:
        for statement in statements:
            await connection.execute(text(statement))
        await connection.commit()


def sqlite_path(url: str) -> Path:
    """The file behind an SQLite address."""
    return Path(url.removeprefix("sqlite:///"))


def open_file(url: str) -> Any:
    """The database as somebody sees it who owns it and has no scruples. To be closed. Both kinds have `execute`."""
    if url.startswith("sqlite"):
        return sqlite3.connect(sqlite_path(url), isolation_level=None)
    return Owner(url.replace("+asyncpg", ""))


class Owner(Connection):
    """The same for PostgreSQL, as far as tests need it."""

    def execute(self, statement: str, values: Sequence[Any] = ()) -> Any:
        """Carry out a statement with `?` for its values; what it returned, to be iterated over."""
        numbers = count(1)
        return iter(self.run("fetch", re.sub(r"\?", lambda _: f"${next(numbers)}", statement), *values))


async def _prepare(url: str, *, incident: bool) -> None:
    database = Database(url)
    ids, books = SeededIds(1), Books()
    await upgrade(database, ids)
    writer = Writer(database, books, FakeClock(), ids, References(books, Library({})))
    async with writer.running():
        for somebody in CAST.values():
            fields = {"name": somebody.name, "email": somebody.email, "agency": somebody.agency, "role": somebody.role}
            await writer.execute(read_command("add-person", fields), OPERATOR, book=DIRECTORY)
        if incident:
            regis = writer.references()[Directory].person(CAST["regis"].email)
            await writer.execute(read_command("open-incident", ELENA), regis)
    await database.close()


def _url(path: Path) -> str:
    return f"sqlite:///{path}"
