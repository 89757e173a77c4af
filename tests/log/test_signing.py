"""Signing: only a whole log that goes on from everything signed before, and what was signed is never lost."""

from __future__ import annotations

import stat
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from crisisroom.log import store
from crisisroom.log.checkpoint import Signer, make_checkpoints, read_checkpoints
from crisisroom.log.rows import models, table_of
from crisisroom.log.signing import FOLDER, Kept, NotSigned, sign_log
from crisisroom.log.verify import examine, examine_news, verify_all
from tests.support.builders import a_room, an_entry
from tests.support.clock import START
from tests.support.databases import open_file
from tests.support.world import World

LOG, ROOM, OTHER = UUID(int=0x106), UUID(int=1), UUID(int=2)
HASHES = {ROOM: [f"{number:064x}" for number in range(1, 8)], OTHER: ["ab" * 32]}
SIGNER = Signer("crisisroom-test", Ed25519PrivateKey.from_private_bytes(bytes(32)))


def kept_in(folder: Path, log: UUID = LOG) -> Kept:
    """As a process that has just been started finds it."""
    return Kept(folder, SIGNER, log)


def signed(hashes: dict[UUID, list[str]], log: UUID = LOG) -> str:
    return "\n".join(map(SIGNER.sign, make_checkpoints(log, hashes, START)))


async def sign(world: World, folder: Path) -> str:
    world.clock.advance(minutes=1)
    async with world.database.read() as connection:
        log, _ = await store.instance(connection)
        kept = kept_in(folder, log)
        return await sign_log(connection, kept, kept.checkpoints(), world.clock.now())


async def test_a_whole_log_is_signed_and_what_was_signed_is_kept(world: World, tmp_path: Path) -> None:
    await an_entry(world, "Before.")
    first = await sign(world, tmp_path)
    await an_entry(world, "After.")
    second = await sign(world, tmp_path)
    files = sorted((tmp_path / FOLDER).iterdir())
    assert [file.read_text(encoding="utf-8") for file in files] == [first, second]
    sizes = {one.room: one.size for one in read_checkpoints(second, SIGNER.public)}
    assert sizes[world.main.id] == 4


async def test_a_log_that_is_not_whole_is_not_signed_and_the_entry_is_named(world: World, tmp_path: Path) -> None:
    await an_entry(world, "The bridge stands.")
    world.damaged = True
    file = open_file(world.database.url)
    file.execute("UPDATE log_entry SET data = replace(data, 'stands', 'is down') WHERE seq = 3")
    file.close()
    with pytest.raises(NotSigned) as refused:
        await sign(world, tmp_path)
    first = refused.value.problems[0]
    assert (first.room, first.seq) == (world.main.id, 3)
    assert not (tmp_path / FOLDER).exists()


async def test_an_incident_that_vanished_without_a_trace_is_missed(world: World, tmp_path: Path) -> None:
    """Entries, heads and state rows, so that what is left is whole."""
    await sign(world, tmp_path)
    world.damaged = True
    assert world.book is not None
    main = world.main.id
    file = open_file(world.database.url)
    for table in ("log_entry", "room_head", "book_head", *(table_of(model).name for model in models())):
        file.execute(f"DELETE FROM {table} WHERE book = ?", (world.book.hex,))
    file.close()
    async with world.database.read() as connection:
        assert (await verify_all(connection))[1] == []
    with pytest.raises(NotSigned) as refused:
        await sign(world, tmp_path)
    assert [(one.room, one.seq) for one in refused.value.problems] == [(main, 1)]


def test_every_room_is_compared_with_its_largest_checkpoint(tmp_path: Path) -> None:
    kept = kept_in(tmp_path)
    kept.add(signed({ROOM: HASHES[ROOM][:3]}), START)
    kept.add(signed(HASHES), START + timedelta(hours=1))
    kept.add(signed({ROOM: HASHES[ROOM][:5]}), START + timedelta(hours=2))
    for one in (kept, kept_in(tmp_path)):
        before = one.checkpoints()
        assert one.check(HASHES, before) == []
        assert one.check({room: [*hashes, "cd" * 32] for room, hashes in HASHES.items()}, before) == []
        (cut,) = one.check({**HASHES, ROOM: HASHES[ROOM][:6]}, before)
        assert (cut.room, cut.seq) == (ROOM, 7)
        (gone,) = one.check({ROOM: HASHES[ROOM]}, before)
        assert (gone.room, gone.seq) == (OTHER, 1)
        (other,) = one.check({**HASHES, ROOM: ["ff" * 32, *HASHES[ROOM][1:]]}, before)
        assert "not those the checkpoint signed" in other.what


def test_an_earlier_checkpoint_is_never_overwritten(tmp_path: Path) -> None:
    kept = kept_in(tmp_path)
    kept.add(signed(HASHES), START)
    kept_in(tmp_path).add(signed({OTHER: HASHES[OTHER]}), START)
    files = sorted((tmp_path / FOLDER).iterdir())
    assert [file.read_text(encoding="utf-8") for file in files] == [signed(HASHES), signed({OTHER: HASHES[OTHER]})]
    assert stat.S_IMODE((tmp_path / FOLDER).stat().st_mode) == 0o700


def test_a_file_that_a_crash_cut_off_is_left_out_and_said(tmp_path: Path) -> None:
    kept = kept_in(tmp_path)
    kept.add(signed({OTHER: HASHES[OTHER]}), START)
    kept.add(signed({ROOM: HASHES[ROOM]})[:-9], START + timedelta(hours=1))
    assert [one.room for one in kept.checkpoints()] == [OTHER]
    (refused,) = kept.refused
    assert refused.startswith("20260908T150000000Z.txt: ")


def test_a_file_that_could_not_be_read_is_looked_at_again_and_said_once(tmp_path: Path) -> None:
    kept = kept_in(tmp_path)
    kept.add(signed({ROOM: HASHES[ROOM]}), START)
    (file,) = (tmp_path / FOLDER).iterdir()
    away = file.rename(tmp_path / "away")
    file.mkdir()  # whoever may read all files cannot read this one either
    assert kept.checkpoints() == kept.checkpoints() == []
    assert len(kept.refused) == 1
    file.rmdir()
    away.rename(file)
    assert [one.room for one in kept.checkpoints()] == [ROOM]


async def test_a_longer_log_that_another_process_signs_meanwhile_is_no_alarm(world: World, tmp_path: Path) -> None:
    """The slower of two signers reads a log that is shorter than what the quicker one has signed by then."""
    async with world.database.read() as connection:
        log, _ = await store.instance(connection)
    kept = kept_in(tmp_path, log)
    before = kept.checkpoints()
    async with world.database.read() as connection:
        await store.count(connection)  # here the transaction begins
        await an_entry(world, "Meanwhile.")
        await sign(world, tmp_path)
        text = await sign_log(connection, kept, before, world.clock.now())
    main = world.main.id
    (slower,) = (one.size for one in read_checkpoints(text, SIGNER.public) if one.room == main)
    assert slower < max(one.size for one in kept.checkpoints() if one.room == main)


def test_what_another_key_signed_counts_for_nothing(tmp_path: Path) -> None:
    forger = Signer("crisisroom-test", Ed25519PrivateKey.from_private_bytes(bytes([1] * 32)))
    kept = kept_in(tmp_path)
    kept.add("\n".join(map(forger.sign, make_checkpoints(LOG, HASHES, START))), START)
    assert kept.checkpoints() == []
    assert "not signed by crisisroom-test" in kept.refused[0]


def test_checkpoints_of_another_log_in_the_folder_stop_the_signing(tmp_path: Path) -> None:
    """Whoever exchanges the whole database for another one must not get it signed as if nothing had been there."""
    kept = kept_in(tmp_path)
    kept.add(signed({ROOM: HASHES[ROOM]}, UUID(int=7)), START)
    (problem,) = kept.check(HASHES, kept.checkpoints())
    assert f"another log, {UUID(int=7)}" in problem.what


async def test_of_what_was_whole_only_the_news_is_looked_at(world: World) -> None:
    room = await a_room(world)
    assert world.book is not None
    async with world.database.read() as connection:
        before = await examine(connection, world.book)
    await an_entry(world, "Here.")
    await an_entry(world, "There.", by=world.people.noel, room=str(room.id))
    async with world.database.read() as connection:
        news = await examine_news(connection, before)
        assert news == await examine(connection, world.book)
        assert news is not None
        assert news.entries == before.entries + 2


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE log_entry SET data = '{}' WHERE seq = 4",
        "DELETE FROM log_entry WHERE seq = 4",
        "DELETE FROM log_entry WHERE seq = 3",
        "UPDATE room_head SET seq = seq + 1",
        "UPDATE book_head SET position = position + 1",
        "DELETE FROM book_head",
    ],
)
async def test_news_that_does_not_fit_asks_for_a_look_at_everything(change: str, world: World) -> None:
    await an_entry(world, "Before.")
    assert world.book is not None
    async with world.database.read() as connection:
        before = await examine(connection, world.book)
    await an_entry(world, "After.")
    await an_entry(world, "Last.")
    world.damaged = True
    file = open_file(world.database.url)
    file.execute(change)
    file.close()
    async with world.database.read() as connection:
        news = await examine_news(connection, before)
        whole = await examine(connection, world.book)
    # What was verified before is not looked at again: only a whole verification finds a change there.
    assert (news is None) == ("seq = 3" not in change)
    assert whole.problems
