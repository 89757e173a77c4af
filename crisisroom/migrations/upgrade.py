"""Bringing a database to this version of the program. An upgrade is one transaction: all of it or nothing."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection as SyncConnection

from crisisroom.core.ids import Ids
from crisisroom.db import Connection, Database
from crisisroom.log.store import begin_log, has_log

HEAD = "heads"


def config() -> Config:
    """Alembic's settings, without a file of their own."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return made


async def upgrade(database: Database, ids: Ids) -> None:
    """Bring the schema up to date and give a new database its log's identity."""
    async with database.write() as connection:
        await database.alone(connection)
        await connection.run_sync(upgrade_schema)
        if not await has_log(connection):
            await begin_log(connection, ids.new(), ids.secret(16).hex())
        await connection.commit()


def upgrade_schema(connection: SyncConnection) -> None:
    """Bring the schema up to date within an open transaction."""
    made = config()
    made.attributes["connection"] = connection
    command.upgrade(made, HEAD)


async def current(connection: Connection) -> str:
    """The revision the database is at; empty for a new one."""
    return await connection.run_sync(lambda one: MigrationContext.configure(one).get_current_revision() or "")


async def missing(connection: Connection) -> bool:
    """Whether the database is older than the program."""
    return await current(connection) != newest()


def newest() -> str:
    """The revision this program works with."""
    return ScriptDirectory.from_config(config()).get_current_head() or ""
