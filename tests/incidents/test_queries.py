"""Finding incidents."""

from __future__ import annotations

from crisisroom.incidents import queries
from tests.support.builders import an_incident
from tests.support.world import World


async def test_an_incident_is_found_by_its_key(world: World) -> None:
    async with world.database.read() as connection:
        assert await queries.book_of(connection, "elena-26") == world.book
        assert await queries.book_of(connection, "elena-27") is None


async def test_all_incidents_are_listed_newest_first(world: World) -> None:
    books = [world.book]
    for title in ("Hurricane Fiona", "Hurricane Gert"):
        world.clock.advance(hours=1)
        books.insert(0, await an_incident(world, title=title))
    async with world.database.read() as connection:
        assert await queries.all_incidents(connection) == books


async def test_keys_are_compared_as_they_are_written(world: World) -> None:
    async with world.database.read() as connection:
        assert await queries.keys_like(connection, "elena") == {"elena-26"}
        assert await queries.keys_like(connection, "el_na") == set()
        assert await queries.keys_like(connection, "%") == set()
