"""The database: what is committed stays, what is not leaves no trace, and times come back as they were."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import postgresql, sqlite

from crisisroom.db import Json, UtcTime
from tests.support.world import World

T0 = datetime(2026, 9, 10, 2, 30, tzinfo=UTC)


@pytest.mark.parametrize("dialect", [sqlite.dialect(), postgresql.dialect()], ids=lambda dialect: dialect.name)
def test_a_time_comes_back_as_the_same_instant_in_utc(dialect: Any) -> None:
    there = T0.astimezone(timezone(timedelta(hours=-4)))
    stored = UtcTime().process_bind_param(there, dialect)
    assert stored is not None
    for kept in (stored, stored.replace(tzinfo=None), there):
        back = UtcTime().process_result_value(kept, dialect)
        assert back == T0
        assert back is not None
        assert back.tzinfo is UTC
    assert UtcTime().process_bind_param(None, dialect) is None
    assert UtcTime().process_result_value(None, dialect) is None


def test_a_time_without_a_zone_is_not_stored() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        UtcTime().process_bind_param(T0.replace(tzinfo=None), sqlite.dialect())


def test_a_document_comes_back_as_json() -> None:
    stored = Json().process_bind_param({"at": T0, "names": ["é"]}, sqlite.dialect())
    assert Json().process_result_value(stored, sqlite.dialect()) == {"at": "2026-09-10T02:30:00Z", "names": ["é"]}
    assert Json().process_bind_param(None, sqlite.dialect()) is None
    assert Json().process_result_value(None, sqlite.dialect()) is None


@pytest.mark.embedded
async def test_a_commit_survives_a_power_cut(bare_world: World) -> None:
    """Full synchronisation of a write-ahead log, foreign keys on: for writers and readers alike."""
    for way in (bare_world.database.write, bare_world.database.read):
        async with way() as connection:
            told = [
                await connection.scalar(text(f"PRAGMA {name}"))
                for name in ("journal_mode", "synchronous", "foreign_keys")
            ]
        assert told == ["wal", 2, 1]


async def test_a_write_without_a_commit_leaves_no_trace(bare_world: World) -> None:
    async with bare_world.database.write() as connection:
        await connection.execute(text("UPDATE person SET name = 'X'"))

    async def fail() -> None:
        async with bare_world.database.write() as connection:
            await connection.execute(text("UPDATE person SET name = 'X'"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with bare_world.database.read() as connection:
        assert not await connection.scalar(text("SELECT count(*) FROM person WHERE name = 'X'"))


async def test_a_reader_sees_one_moment_however_long_it_reads(bare_world: World) -> None:
    bare_world.damaged = True
    count = text("SELECT count(*) FROM person WHERE name = 'X'")
    async with bare_world.database.read() as reader:
        assert await reader.scalar(count) == 0
        async with bare_world.database.write() as writer:
            await writer.execute(text("UPDATE person SET name = 'X'"))
            await writer.commit()
        assert await reader.scalar(count) == 0
    async with bare_world.database.read() as reader:
        assert await reader.scalar(count) == 11
