"""States in memory: read on from the log, dropped when there are too many, never half."""

from __future__ import annotations

import asyncio

import pytest

from crisisroom.log import books
from crisisroom.log.books import Books
from crisisroom.log.snapshot import differences
from tests.support.builders import a_task, an_incident
from tests.support.world import World


async def test_a_state_is_read_on_from_the_log(world: World) -> None:
    other = Books()
    assert world.book is not None
    async with world.database.read() as connection:
        before = await other.fresh(connection, world.book)
    position = before.position
    await a_task(world)
    assert other.known(world.book) is before
    assert before.position == position
    async with world.database.read() as connection:
        after = await other.fresh(connection, world.book)
    assert after is before
    assert differences(after, world.state) == []


async def test_many_readers_at_once_get_one_state(world: World) -> None:
    other = Books()
    assert world.book is not None
    for number in range(5):
        await a_task(world, f"Task {number}")

    async def read() -> object:
        async with world.database.read() as connection:
            return await other.fresh(connection, world.book)

    states = await asyncio.gather(*(read() for _ in range(8)))
    assert len({id(state) for state in states}) == 1
    assert differences(other.known(world.book), world.state) == []


async def test_what_is_forgotten_is_loaded_again(world: World) -> None:
    assert world.book is not None
    world.books.forget(world.book)
    assert world.books.known(world.book) is None
    await a_task(world)
    assert world.state.position == 3


async def test_what_was_used_lately_is_kept_and_what_somebody_watches(
    bare_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(books, "KEPT", 3)
    opened = [await an_incident(bare_world, title=f"Hurricane {name}") for name in ("Fiona", "Gert", "Hanna", "Ike")]
    kept = bare_world.books._snapshots  # to ask whether one is known is to use it
    assert [book in kept for book in opened] == [False, False, True, True]
    bare_world.books.hold(opened[2])
    bare_world.book = opened[0]
    await a_task(bare_world)
    more = [await an_incident(bare_world, title=f"Hurricane {name}") for name in ("Julia", "Karl", "Lisa")]
    assert [book in kept for book in [*opened, *more]] == [False, False, True, False, False, True, True]
    bare_world.books.let_go(opened[2])
    await an_incident(bare_world, title="Hurricane Martin")
    assert opened[2] not in kept
    bare_world.book = opened[0]


async def test_a_book_that_is_not_there_is_empty_and_not_kept(world: World) -> None:
    nothing = world.ids.new()
    async with world.database.read() as connection:
        assert (await world.books.fresh(connection, nothing)).position == 0
    assert world.books.known(nothing) is None
