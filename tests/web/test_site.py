"""Who is signed in, remembered for a second at most, with few reads however many ask."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from starlette.requests import Request

from crisisroom.core.tasks import Together
from crisisroom.features import References
from crisisroom.log.books import Books
from crisisroom.people.directory import DIRECTORY
from crisisroom.people.signing_in import begin_session, end_session, hash_secret
from crisisroom.web.api import visible_incidents
from crisisroom.web.doors import Visit
from crisisroom.web.site import Site
from tests.support.builders import an_incident
from tests.support.world import World, shipped


class CountedReferences(References):
    """Counts how often the directory is read again."""

    reads = 0

    async def refresh(self, connection: Any) -> None:
        self.reads += 1
        await super().refresh(connection)


@pytest.fixture
async def site(world: World) -> Site:
    """Another process on the same database: what is written in the world it has to read."""
    books = Books()
    parts: dict[str, Any] = {one.name: None for one in fields(Site) if not one.name.startswith("_")}
    references = CountedReferences(books, shipped())
    async with world.database.read() as connection:
        await references.refresh(connection)
    references.reads = 0
    own = {"database": world.database, "books": books, "clock": world.clock, "references": references}
    return Site(**parts | own | {"writer": world.writer})


async def sign_in(world: World, person: UUID | None) -> str:
    """A session, as another process began it; its hash."""
    assert person is not None
    secret, statements = begin_session(world.ids, person, world.clock.now())
    await world.writer.keep(*statements)
    return hash_secret(secret)


def reads(site: Site) -> int:
    references = site.references
    assert isinstance(references, CountedReferences)
    return references.reads


async def test_the_directory_is_read_once_a_second_for_all(world: World, site: Site) -> None:
    cast = [world.people.regis, world.people.daniel, world.people.joseph]
    hashes = [await sign_in(world, actor.id) for actor in cast]
    for second in range(1, 4):
        assert await site.still_signed_in(set(hashes)) == set(hashes)
        for _ in range(3):
            assert [await site.who_holds(one) for one in hashes] == [actor.id for actor in cast]
        assert reads(site) == second
        world.clock.advance(seconds=1.1)


async def test_people_with_an_open_board_are_not_looked_up_again(world: World, site: Site) -> None:
    looks = []
    look = site._look_up

    async def counted(hashes: Collection[str]) -> Any:
        looks.append(set(hashes))
        return await look(hashes)

    site._looking = Together(counted)
    daniel = await sign_in(world, world.people.daniel.id)
    assert await site.who_holds(daniel)
    for _ in range(3):
        world.clock.advance(seconds=0.9)
        assert await site.still_signed_in({daniel}) == {daniel}
        world.clock.advance(seconds=0.5)
        assert await site.who_holds(daniel)
    assert looks == [{daniel}]


async def test_what_an_open_board_finds_out_holds_for_everything_else(world: World, site: Site) -> None:
    secret, statements = begin_session(world.ids, world.people.daniel.id or UUID(int=0), world.clock.now())
    await world.writer.keep(*statements)
    assert await site.who_holds(hash_secret(secret))
    await world.writer.keep(*end_session(secret))
    assert await site.still_signed_in({hash_secret(secret)}) == set()
    assert await site.who_holds(hash_secret(secret)) is None


async def test_who_signs_out_while_they_are_looked_up_stays_out(world: World, site: Site) -> None:
    daniel = await sign_in(world, world.people.daniel.id)
    site.hub = SimpleNamespace(sign_out=lambda secret: None)  # type: ignore[assignment]
    refresh = site.references.refresh

    async def signs_out(connection: Any) -> None:
        await refresh(connection)
        site.forget_sign_in(daniel)

    site.references.refresh = signs_out  # type: ignore[method-assign]
    assert await site.who_holds(daniel) is None


async def test_who_is_disabled_is_out_within_two_seconds(world: World, site: Site) -> None:
    daniel = await sign_in(world, world.people.daniel.id)
    assert await site.who_holds(daniel) is not None
    await world.do("disable-person", world.people.thomas, book=DIRECTORY, email="e.daniel@rss.example")
    world.clock.advance(seconds=1.1)
    assert await site.who_holds(daniel) is None
    assert await site.still_signed_in({daniel}) == set()


async def test_a_session_that_ended_is_out_within_a_second(world: World, site: Site) -> None:
    secret, statements = begin_session(world.ids, world.people.daniel.id or UUID(int=0), world.clock.now())
    await world.writer.keep(*statements)
    assert await site.who_holds(hash_secret(secret)) == world.people.daniel.id
    await world.writer.keep(*end_session(secret))
    world.clock.advance(seconds=1.1)
    assert await site.who_holds(hash_secret(secret)) is None


async def test_somebody_new_gets_in_at_once(world: World, site: Site) -> None:
    assert await site.who_holds(await sign_in(world, world.people.daniel.id)) is not None
    fields = {"email": "n.new@rss.example", "name": "Nia New", "agency": "RSS", "role": "officer"}
    receipt = await world.do("add-person", world.people.thomas, book=DIRECTORY, **fields)
    assert await site.who_holds(await sign_in(world, receipt.id)) == receipt.id


@pytest.mark.embedded
async def test_an_incident_that_was_damaged_hides_no_other(
    world: World, site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither one whose tables cannot be read nor one that has lost its head."""
    damaged, world.damaged = world.book, True
    assert damaged is not None
    await an_incident(world, title="Hurricane Fiona")
    async with world.database.write() as connection:
        await connection.execute(text("UPDATE room SET agencies = '{' WHERE book = :book"), {"book": damaged.hex})
        await connection.commit()
    visit = Visit(site, Request({"type": "http"}), SimpleNamespace(actor=world.people.regis))  # type: ignore[arg-type]
    assert [snapshot.book for snapshot, _ in await visible_incidents(visit)] == [world.book]
    assert str(damaged) in capsys.readouterr().out
    async with world.database.write() as connection:
        await connection.execute(text("DELETE FROM book_head WHERE book = :book"), {"book": damaged.hex})
        await connection.commit()
    assert [snapshot.book for snapshot, _ in await visible_incidents(visit)] == [world.book]


async def test_a_key_is_looked_up_once(world: World, site: Site) -> None:
    assert await site.book("nosuch-26") is None
    assert await site.book(world.incident.key) == world.book
    await world.database.close()
    assert await site.book(world.incident.key) == world.book
