"""Viewers without sockets: what the hub tells them when things go wrong in between."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from crisisroom.live import audience as audiences
from crisisroom.live.doorbell import LocalDoorbell
from crisisroom.live.following import _look
from crisisroom.live.frames import Fragments
from crisisroom.live.hub import Hub
from crisisroom.live.lines import QueuedLine
from crisisroom.live.redis_doorbell import RedisDoorbell
from crisisroom.live.session import RESTART, RESYNC, Kind, Session
from crisisroom.log.cursor import Cursor
from crisisroom.log.verify import verify_book
from tests.render.fixtures import environment
from tests.support.builders import a_task, an_entry
from tests.support.databases import open_file
from tests.support.world import World

EPOCH = "0" * 32


@pytest.fixture
def hub(world: World) -> Hub:
    """A hub that hears the world's writer."""
    hub = Hub(world.database, world.books, Fragments(environment()), LocalDoorbell(), world.clock, EPOCH)
    world.writer.committed.append(hub.committed)
    return hub


def a_viewer(world: World, kind: Kind = Kind.API) -> Session:
    assert world.book is not None
    return Session(world.people.regis, kind, world.book, frozenset({world.main.id}), QueuedLine())


def told(session: Session) -> list[dict[str, Any]]:
    assert isinstance(session.line, QueuedLine)
    return [json.loads(text) for text in iter(session.line.take, None)]


def events(session: Session) -> list[int]:
    return [frame["seq"] for frame in told(session) if frame["type"] == "event"]


async def go_back(world: World) -> None:
    """What the newest entry did is gone, as after a failover to a copy that had not heard of it."""
    (before, _) = (await world.records())[-2:]
    file = open_file(world.database.url)
    for statement in (
        f"DELETE FROM log_entry WHERE seq = {before.seq + 1} AND room = '{world.main.id.hex}'",
        f"DELETE FROM note WHERE seq = {before.seq + 1} AND room = '{world.main.id.hex}'",
        f"UPDATE room_head SET seq = {before.seq}, hash = '{before.hash}' WHERE room = '{world.main.id.hex}'",
        f"UPDATE book_head SET position = {before.position} WHERE position = {before.position + 1}",
    ):
        file.execute(statement)
    file.close()


async def test_nothing_is_built_on_entries_that_the_database_has_lost(world: World) -> None:
    await an_entry(world, "Kept.")
    await an_entry(world, "Lost.")
    await go_back(world)
    world.damaged = True  # until the next entry: the head has the time of the lost one
    again = await world.do_unseen("write-entry", world.people.regis, text="After it.")
    assert (again.result, again.seq) == ("applied", 4)
    async with world.database.read() as connection:
        assert await verify_book(connection, again.book) == []


async def test_who_was_told_of_a_lost_entry_fetches_everything_anew(world: World, hub: Hub) -> None:
    await an_entry(world, "Kept.")
    session, back = a_viewer(world), a_viewer(world)
    await hub.join(session, None)
    await an_entry(world, "Lost.")
    assert events(session) == [4]
    await go_back(world)
    world.damaged = True
    assert world.book is not None
    await _look(hub, {world.book}, world.writer.report)
    assert session.close_code == RESYNC
    await hub.join(back, Cursor(EPOCH, {next(iter(back.rooms)): 4}))
    assert [frame["type"] for frame in told(back)][:2] == ["hello", "resync"]


@pytest.mark.parametrize("kind", [Kind.API, Kind.PAGE])
async def test_two_who_resume_from_one_place_around_a_change_both_miss_nothing(
    world: World, hub: Hub, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first one's catch-up ends before the change and may not be given to the second."""
    for number in range(3):
        await an_entry(world, str(number))
    after = Cursor(EPOCH, {world.main.id: 2})
    first, second = a_viewer(world, kind), a_viewer(world, kind)
    placed, place = asyncio.Event(), hub._place

    def place_and_say(*given: Any) -> Any:
        placed.set()
        return place(*given)

    monkeypatch.setattr(hub, "_place", place_and_say)
    joining = asyncio.create_task(hub.join(first, after))
    await placed.wait()
    await an_entry(world, "meanwhile")
    heard = {session: "" for session in (first, second)}
    again = asyncio.create_task(hub.join(second, after))
    while not (joining.done() and again.done()):
        heard[first] += json.dumps(told(first))
        heard[second] += json.dumps(told(second))
        await asyncio.sleep(0)
    await an_entry(world, "later")
    await asyncio.sleep(2 * audiences.SPACING_SECONDS)
    for session, text in heard.items():
        text += json.dumps(told(session))
        assert "meanwhile" in text
        assert "later" in text


async def test_however_much_was_missed_a_queue_takes_it_piece_by_piece(world: World, hub: Hub) -> None:
    for number in range(600):
        await world.do_unseen("write-entry", world.people.regis, text=str(number))
    session = a_viewer(world)
    joining = asyncio.create_task(hub.join(session, Cursor(EPOCH, {world.main.id: 2})))
    heard: list[int] = []
    while not joining.done() or len(heard) < 600:
        assert session.close_code is None
        heard += events(session)
        await asyncio.sleep(0)
    assert heard == list(range(3, 603))


async def test_who_cannot_be_let_in_is_sent_back_and_not_left_on_a_dead_line(
    world: World, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise OSError("no connection")

    monkeypatch.setattr(world.books, "fresh", broken)
    session = a_viewer(world)
    await hub.join(session, None)
    assert session.close_code == RESTART


async def test_a_change_that_cannot_be_drawn_makes_everybody_fetch_it(
    world: World, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, program = a_viewer(world, Kind.PAGE), a_viewer(world)
    for session in (page, program):
        await hub.join(session, None)
        told(session)

    def broken(*_: object) -> str:
        raise LookupError("a template")

    monkeypatch.setattr(hub.fragments, "change", broken)
    receipt = await a_task(world, "Count blankets")
    assert receipt.seq
    assert [frame["type"] for frame in told(page) if frame["type"] != "presence"] == ["resync"]
    assert events(program) == [3]


@pytest.mark.redis
@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"7", b"{}", b'{"from":"x","ring":{"00000000000000000000000000000001":1e999}}', b"[" * 9999,
     b'{"from":"x","here":{"1":{}}}', b'{"from":"x","here":{"00000000000000000000000000000001":{"2":[1]}}}'],
)  # fmt: skip
async def test_no_message_over_redis_does_harm(world: World, hub: Hub, data: bytes) -> None:
    bell = RedisDoorbell("redis://127.0.0.1:1", "x", "y", world.clock, hub.condition)
    bell.listen(hub._hear)
    bell._understand(data)
    await bell._redis.aclose()
