"""A database that was upgraded is what the models say, and an upgrade can be repeated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect
from sqlmodel import SQLModel

import crisisroom.features  # noqa: F401 - knows every table
from crisisroom.db import Database
from crisisroom.log.store import instance
from crisisroom.migrations.upgrade import current, missing, upgrade
from tests.support.ids import SeededIds
from tests.support.world import World


def differences(connection: Connection) -> list[Any]:
    return list(compare_metadata(MigrationContext.configure(connection), SQLModel.metadata))


def index_names(connection: Connection) -> set[Any]:
    look = inspect(connection)
    return {index["name"] for table in look.get_table_names() for index in look.get_indexes(table)}


async def test_the_migrations_make_what_the_models_say(bare_world: World) -> None:
    async with bare_world.database.read() as connection:
        assert await connection.run_sync(differences) == []
        assert not await missing(connection)


async def test_every_index_of_the_models_is_there(bare_world: World) -> None:
    async with bare_world.database.read() as connection:
        made = await connection.run_sync(index_names)
    assert {index.name for table in SQLModel.metadata.tables.values() for index in table.indexes} <= made


async def test_upgrading_again_changes_nothing_and_keeps_the_logs_identity(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'new.db'}")
    try:
        async with database.read() as connection:
            assert await current(connection) == ""
            assert await missing(connection)
        await upgrade(database, SeededIds(1))
        async with database.read() as connection:
            before = await instance(connection)
        await upgrade(database, SeededIds(2))
        async with database.read() as connection:
            assert await instance(connection) == before
    finally:
        await database.close()
