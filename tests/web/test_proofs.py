"""The proof that pages show: found at once, shared by everybody who looks, and told only to those it is about."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from crisisroom.access.grants import Actor, grant_for
from crisisroom.live.doorbell import LocalDoorbell
from crisisroom.live.frames import Fragments
from crisisroom.live.hub import Hub
from crisisroom.live.lines import QueuedLine
from crisisroom.live.session import Kind, Session
from crisisroom.log import store
from crisisroom.log.checkpoint import Signer
from crisisroom.log.signing import FOLDER, Kept, NotSigned
from crisisroom.web import proofs as module
from crisisroom.web.proofs import Proofs
from tests.support.builders import a_room, an_entry
from tests.support.databases import open_file
from tests.support.verify import environment
from tests.support.world import World

SIGNER = Signer("crisisroom-test", Ed25519PrivateKey.from_private_bytes(bytes(32)))


@dataclass
class Watch:
    """An incident with a room that not everybody is in, people who watch it, and the proofs they are told of."""

    world: World
    hub: Hub
    proofs: Proofs
    book: UUID
    main: UUID
    room: UUID
    whole_looks: list[UUID] = field(default_factory=list)

    async def viewer(self, actor: Actor) -> Session:
        session = Session(actor, Kind.PAGE, self.book, self.rooms(actor), QueuedLine())
        await self.hub.join(session, None)
        return session

    def rooms(self, actor: Actor) -> frozenset[UUID]:
        return grant_for(actor, self.world.state).rooms

    def damage(self, room: UUID, seq: int, more: str = " ") -> None:
        """What no program of ours does."""
        self.world.damaged = True
        file = open_file(self.world.database.url)
        file.execute("UPDATE log_entry SET data = data || ? WHERE room = ? AND seq = ?", (more, room.hex, seq))
        file.close()


@pytest.fixture
async def watch(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Watch:
    room = await a_room(world)
    await an_entry(world, "In there.", by=world.people.noel, room=str(room.id))
    async with world.database.read() as connection:
        log, epoch = await store.instance(connection)
    hub = Hub(world.database, world.books, Fragments(environment()), LocalDoorbell(), world.clock, epoch)
    proofs = Proofs(world.database, hub, world.clock, Kept(tmp_path, SIGNER, log))
    assert world.book is not None
    watch = Watch(world, hub, proofs, world.book, world.main.id, room.id)
    examine = module.examine

    async def counted(connection: Any, book: UUID) -> Any:
        watch.whole_looks.append(book)
        await asyncio.sleep(0)
        return await examine(connection, book)

    monkeypatch.setattr(module, "examine", counted)
    return watch


def told(session: Session) -> list[dict[str, Any]]:
    """What a viewer was told of the proof since the last time."""
    frames = [json.loads(frame) for frame in iter(session.line.take, None)]
    return [frame for frame in frames if frame["type"] == "proof"]


async def test_a_room_that_is_broken_is_told_to_those_who_are_in_it_alone(watch: Watch) -> None:
    inside, outside = await watch.viewer(watch.world.people.noel), await watch.viewer(watch.world.people.regis)
    await watch.proofs.verify(watch.book)
    watch.damage(watch.room, 2)
    proof = await watch.proofs.verify(watch.book)
    (news,) = told(inside)
    assert (news["state"], news["room"], news["seq"]) == ("broken", str(watch.room), 2)
    assert told(outside) == []
    assert await watch.proofs.state(watch.book, inside.rooms) == "broken"
    assert await watch.proofs.state(watch.book, outside.rooms) == "whole"
    assert proof.for_rooms(outside.rooms).problems == ()
    assert proof.for_rooms(outside.rooms).entries == 2


async def test_an_entry_of_a_hidden_room_that_was_removed_shows_nowhere_else(watch: Watch) -> None:
    """It leaves a gap in the book's order too, beside entries of other rooms."""
    await an_entry(watch.world, "After it.")
    outside = await watch.viewer(watch.world.people.regis)
    await watch.proofs.verify(watch.book)
    watch.world.damaged = True
    file = open_file(watch.world.database.url)
    file.execute("DELETE FROM log_entry WHERE room = ? AND seq = 1", (watch.room.hex,))
    file.close()
    proof = await watch.proofs.verify(watch.book)
    assert proof.broken_rooms == {str(watch.room)}
    assert proof.for_rooms(outside.rooms).state == "whole"
    assert told(outside) == []


async def test_everybody_is_told_when_a_room_of_theirs_breaks_after_one_that_is_hidden(watch: Watch) -> None:
    outside = await watch.viewer(watch.world.people.regis)
    await watch.proofs.verify(watch.book)
    watch.damage(watch.room, 2)
    await watch.proofs.verify(watch.book)
    watch.damage(watch.main, 1)
    await watch.proofs.verify(watch.book)
    (news,) = told(outside)
    assert (news["state"], news["room"], news["seq"]) == ("broken", str(watch.main), 1)
    assert news["what"] == "the stored data does not match the digest in the text"


async def test_whoever_comes_at_the_same_time_shares_one_verification(watch: Watch) -> None:
    proofs = await asyncio.gather(*(watch.proofs.recent(watch.book) for _ in range(10)))
    assert watch.whole_looks == [watch.book]
    assert len({proof.checked_at for proof in proofs}) == 1


async def test_what_was_verified_a_moment_ago_is_read_on_and_after_a_while_verified_again(watch: Watch) -> None:
    rooms = watch.rooms(watch.world.people.regis)
    before = await watch.proofs.recent(watch.book)
    await an_entry(watch.world, "Newer.")
    after = await watch.proofs.recent(watch.book)
    assert after.for_rooms(rooms).entries == before.for_rooms(rooms).entries + 1
    assert len(watch.whole_looks) == 1
    watch.world.clock.advance(seconds=3)
    await watch.proofs.recent(watch.book)
    assert len(watch.whole_looks) == 2


async def test_a_new_entry_that_does_not_fit_is_found_at_once(watch: Watch) -> None:
    await watch.proofs.recent(watch.book)
    await an_entry(watch.world, "Newer.")
    watch.damage(watch.main, 3)
    proof = await watch.proofs.recent(watch.book)
    assert [(one.room, one.seq) for one in proof.found.problems] == [(watch.main, 3)]


async def test_a_damage_is_found_by_the_next_who_looks_after_a_moment(watch: Watch) -> None:
    assert (await watch.proofs.recent(watch.book)).whole
    watch.damage(watch.main, 1)
    watch.world.clock.advance(seconds=3)
    assert not (await watch.proofs.recent(watch.book)).whole


async def test_whoever_watches_hears_of_a_damage_without_asking(watch: Watch) -> None:
    session = await watch.viewer(watch.world.people.regis)
    assert isinstance(session.line, QueuedLine)
    running = asyncio.create_task(watch.proofs.run())
    try:
        await _until(watch, lambda: len(watch.whole_looks) > 2)
        told(session)
        watch.damage(watch.main, 1)
        news: list[dict[str, Any]] = []
        async with asyncio.timeout(30):
            while not news:
                await session.line.ready()
                news = told(session)
    finally:
        running.cancel()
    assert news[0]["seq"] == 1


async def test_a_damaged_log_is_not_signed(watch: Watch, tmp_path: Path) -> None:
    watch.damage(watch.room, 2)
    with pytest.raises(NotSigned):
        await watch.proofs.sign()
    assert not (tmp_path / FOLDER).exists()


async def test_checkpoints_show_nothing_of_what_other_rooms_did(watch: Watch) -> None:
    """A checkpoint is written whenever anything is new; one's own rooms have a new line only for news of their own."""
    rooms = watch.rooms(watch.world.people.regis)
    await watch.proofs.sign()
    first = (await watch.proofs.verify(watch.book)).for_rooms(rooms)
    for hour in range(12):
        watch.world.clock.advance(hours=1)
        await an_entry(watch.world, f"Hour {hour}.", by=watch.world.people.noel, room=str(watch.room))
        await watch.proofs.sign()
    proof = await watch.proofs.verify(watch.book)
    assert proof.for_rooms(rooms).checkpoints == first.checkpoints
    assert len(proof.for_rooms({watch.room}).checkpoints) == module.MAX_CHECKPOINTS


async def test_a_room_that_vanished_is_missed_by_its_checkpoint(watch: Watch) -> None:
    await watch.proofs.sign()
    assert (await watch.proofs.verify(watch.book)).whole
    watch.world.damaged = True
    file = open_file(watch.world.database.url)
    for table in ("log_entry", "room_head", "room", "note"):
        file.execute(f"DELETE FROM {table} WHERE {'room' if table != 'room' else 'id'} = ?", (watch.room.hex,))
    file.execute("UPDATE book_head SET position = 2 WHERE book = ?", (watch.book.hex,))
    file.close()
    proof = await watch.proofs.verify(watch.book)
    (line,) = proof.for_rooms({watch.room}).bad_checkpoints
    assert (line.room, line.what) == (watch.room, "is missing: the log is shorter than the checkpoint signed")


async def test_a_longer_log_that_is_signed_while_this_one_is_read_is_no_alarm(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    examine = module.examine

    async def slow(connection: Any, book: UUID) -> Any:
        found = await examine(connection, book)
        await an_entry(watch.world, "Meanwhile.")
        await watch.proofs.sign()
        return found

    monkeypatch.setattr(module, "examine", slow)
    assert (await watch.proofs.verify(watch.book)).whole


async def test_neither_a_book_nor_signing_that_fails_in_any_way_ends_the_watch(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = []

    async def fails(*_: Any) -> Any:
        failed.append(len(watch.whole_looks))
        raise RecursionError

    monkeypatch.setattr(module, "sign_log", fails)
    await watch.viewer(watch.world.people.regis)
    running = asyncio.create_task(watch.proofs.run())
    try:
        await _until(watch, lambda: len(watch.whole_looks) > 1)
        monkeypatch.setattr(module, "examine", fails)
        await _until(watch, lambda: len(failed) > 3)
    finally:
        running.cancel()


async def _until(watch: Watch, holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():
            await watch.world.clock.sleep(0)
