"""Fresh databases for tests: the schema and the people are made once a session, each test gets a copy of its own.

A second engine is one more class with the same two methods, and its name in `ENGINES`.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Protocol

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
            _in_a_thread(partial(_prepare, _url(path), incident=incident))

    def fresh(self, folder: Path, *, incident: bool) -> str:
        path = folder / "crisisroom.db"
        shutil.copyfile(self._templates[incident], path)
        return _url(path)

    def again(self, *, incident: bool) -> Database:
        path = sqlite_path(self._again.url)
        for rest in ("-wal", "-shm"):
            path.with_name(path.name + rest).unlink(missing_ok=True)
        shutil.copyfile(self._templates[incident], path)
        return self._again

    def close(self) -> None:
        for path in self._templates.values():
            path.unlink()


ENGINES: dict[str, Callable[[Path], Databases]] = {"sqlite": SqliteFiles}


def sqlite_path(url: str) -> Path:
    """The file behind an SQLite address."""
    return Path(url.removeprefix("sqlite:///"))


def open_file(url: str) -> sqlite3.Connection:
    """The database as somebody sees it who has its file and no scruples. To be closed."""
    return sqlite3.connect(sqlite_path(url), isolation_level=None)


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


def _in_a_thread(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run to the end whether or not this thread has an event loop of its own."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(work())).result()
