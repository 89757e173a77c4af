"""Replay: the incident as it was, and no word of what is damaged to those who may not know of it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from crisisroom.core.errors import BadInput, LogBroken
from crisisroom.log import store
from crisisroom.log.cursor import Cursor
from crisisroom.log.record import Record
from crisisroom.reviews.replaying import read_point, replay_to
from crisisroom.tasks.models import Task
from tests.support.builders import a_room, a_task, an_entry
from tests.support.clock import START
from tests.support.databases import open_file
from tests.support.world import World


async def all_of(world: World) -> list[Record]:
    assert world.book is not None
    async with world.database.read() as connection:
        return await store.read_all(connection, world.book)


async def test_the_incident_is_folded_up_to_the_moment(world: World) -> None:
    await a_task(world, "First")
    world.clock.advance(hours=1)
    await a_task(world, "Second")
    records = await all_of(world)
    assert world.book is not None
    for moment, titles in ((START, {"First"}), (START + timedelta(hours=1), {"First", "Second"})):
        then = replay_to(world.book, records, moment, "e")
        assert {task.title for task in then.rows(Task).values()} == titles
    opening = replay_to(world.book, records, START - timedelta(days=1), "e")
    assert opening.position <= 3


async def test_a_cursor_from_before_a_restore_is_refused(world: World) -> None:
    assert world.book is not None
    with pytest.raises(BadInput, match="before a restore"):
        replay_to(world.book, await all_of(world), Cursor("old", {}), "new")


def test_a_point_is_an_instant_or_an_offset() -> None:
    assert read_point("T+6:00", START) == START + timedelta(hours=6)
    assert read_point("2026-09-08T14:00:00 00:00", START) == START
    with pytest.raises(BadInput, match="Write a moment"):
        read_point("soon", START)


async def test_a_damaged_entry_of_a_hidden_room_is_neither_quoted_nor_logged(world: World) -> None:
    """The words of the damaged entry, and where it stands, are that room's own."""
    room = await a_room(world)
    await an_entry(world, "Vessel off Grenada.", by=world.people.noel, room=str(room.id))
    world.damaged = True
    file = open_file(world.database.url)
    file.execute(
        "UPDATE log_entry SET data = ? WHERE room = ? AND seq = 2", (json.dumps({"text": "Vessel"}), room.id.hex)
    )
    file.close()
    assert world.book is not None
    with capture_logs() as logged, pytest.raises(LogBroken) as broken:
        replay_to(world.book, await all_of(world), START + timedelta(hours=9), "e")
    assert broken.value.detail == "The log was damaged and cannot be replayed up to here. See the log page."
    assert broken.value.__cause__ is None
    assert [line["log_level"] for line in logged] == ["error"]
    assert "Vessel" not in str(logged)
    assert str(room.id) not in str(logged)
