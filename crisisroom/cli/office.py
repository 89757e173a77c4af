"""The services a command needs when no server runs in this process. A server beside it notices what is written."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from crisisroom.assets import PLAYBOOKS
from crisisroom.commanding.execute import Writer
from crisisroom.core.clock import Clock, SystemClock
from crisisroom.core.errors import NotSaved
from crisisroom.core.ids import Ids, SystemIds
from crisisroom.db import Database
from crisisroom.features import References
from crisisroom.log.books import Books
from crisisroom.migrations.upgrade import missing, upgrade
from crisisroom.playbooks.library import Library
from crisisroom.settings import Settings


@dataclass
class Office:
    """A database with a writer, for one command."""

    settings: Settings
    database: Database
    books: Books
    references: References
    writer: Writer
    clock: Clock
    ids: Ids


@asynccontextmanager
async def office(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Office]:
    """Open the database, which must be prepared, and write through the one path."""
    clock, ids = clock or SystemClock(), SystemIds()
    database = Database(settings.database)
    try:
        async with database.read() as connection:
            if await missing(connection):
                raise NotSaved("The database is not prepared for this version. Run: crisisroom db upgrade")
        folders = [PLAYBOOKS, *([settings.playbooks_dir] if settings.playbooks_dir else [])]
        books = Books()
        references = References(books, Library.load(folders))
        async with database.read() as connection:
            await references.refresh(connection)
        async with Writer(database, books, clock, ids, references).running() as writer:
            yield Office(settings, database, books, references, writer, clock, ids)
    finally:
        await database.close()


async def prepare(settings: Settings) -> None:
    """Make the data folder and bring the database to this version."""
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = Database(settings.database, patient=True)
    try:
        await upgrade(database, SystemIds())
    finally:
        await database.close()
