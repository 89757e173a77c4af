"""Reading back: in chunks, in outline, and kept for whoever looks next."""

from __future__ import annotations

from uuid import UUID

import pytest

from crisisroom.db import Connection
from crisisroom.log import store
from crisisroom.log.histories import Histories
from crisisroom.log.record import Outline, Record
from tests.support.builders import a_room, a_task, an_entry
from tests.support.databases import open_file
from tests.support.world import World


@pytest.fixture
async def told(world: World) -> World:
    """Two rooms whose entries alternate."""
    room = await a_room(world)
    for number in range(3):
        await an_entry(world, f"Here {number}.")
        await an_entry(world, f"There {number}.", by=world.people.noel, room=str(room.id))
    return world


def book_of(world: World) -> UUID:
    assert world.book is not None
    return world.book


async def test_chunks_of_a_book_put_together_are_all_of_it(told: World) -> None:
    records = await told.records()
    for rooms in ({told.main.id}, {record.room for record in records}):
        wanted = [record for record in records if record.room in rooms]
        for limit in (1, 2, 100):
            read: list[Record] = []
            async with told.database.read() as connection:
                while True:
                    place = read[-1].position if read else None
                    chunk = await store.read_page(connection, book_of(told), rooms, place, limit)
                    if not chunk:
                        break
                    read += chunk
            assert read == wanted


async def test_an_outline_says_of_an_entry_all_but_its_data(told: World) -> None:
    async with told.database.read() as connection:
        outlines = await store.read_outlines(connection, book_of(told))
    assert outlines == [
        Outline(one.room, one.seq, one.position, one.event, one.at, one.by) for one in await told.records()
    ]


async def test_a_damaged_entry_has_an_outline_as_well(told: World) -> None:
    told.damaged = True
    file = open_file(told.database.url)
    file.execute("UPDATE log_entry SET envelope = 'x' || envelope WHERE seq = 2")
    file.close()
    async with told.database.read() as connection:
        outlines = await store.read_outlines(connection, book_of(told))
    damaged = [one for one in outlines if one.seq == 2]
    assert {one.event for one in damaged} == {"unreadable"}
    assert {one.by.name for one in damaged} == {"Unknown"}


async def test_places_of_other_rooms_are_not_read(told: World) -> None:
    records = await told.records()
    places = [record.position for record in records]
    async with told.database.read() as connection:
        read = await store.read_positions(connection, book_of(told), {told.main.id}, places)
    assert read == [record for record in records[::-1] if record.room == told.main.id]


async def test_the_entries_about_a_task_are_found_without_reading_the_others(told: World) -> None:
    task = await a_task(told, "Deploy")
    await told.do("move-task", told.people.regis, task="E-1", lane="doing")
    await a_task(told, "Another")
    async with told.database.read() as connection:
        records = await store.read_naming(connection, told.main.id, "task", task.id)
    assert [record.event for record in records] == ["task.added", "task.moved"]


async def test_a_book_that_was_read_is_only_read_on(told: World) -> None:
    asked: list[int | None] = []

    async def read(connection: Connection, book: UUID, after: int | None) -> list[Record]:
        asked.append(after)
        return await store.read_all(connection, book, after)

    histories, book = Histories(read, 1000), book_of(told)
    for _ in range(2):
        position = (await told.last()).position
        async with told.database.read() as connection:
            for _ in range(3):
                assert await histories.fresh(connection, book, position) == await told.records()
        await an_entry(told, "Newer.")
    assert asked == [None, position - 1]
    histories.forget(book)
    async with told.database.read() as connection:
        await histories.fresh(connection, book, 0)
    assert asked[-1] is None


async def test_no_more_is_kept_than_wanted_but_always_the_book_looked_at_last() -> None:
    async def read(connection: Connection, book: UUID, after: int | None) -> list[Outline]:
        reads.append(book)
        return [outline] * book.int

    reads: list[UUID] = []
    outline = Outline(UUID(int=1), 1, 1, "x", None, None)  # type: ignore[arg-type]
    histories, nothing = Histories(read, 10), None
    for size in (6, 4, 6, 5, 6, 20, 20, 6):
        await histories.fresh(nothing, UUID(int=size), 1)  # type: ignore[arg-type]
    assert [book.int for book in reads] == [6, 4, 5, 6, 20, 6]
