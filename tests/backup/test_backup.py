"""What is written is what comes back, on every engine and across them; what is not whole does not come back at all."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import shutil
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, select
from sqlmodel import SQLModel

from crisisroom.backup import restoring
from crisisroom.backup.making import Backup, make_backup
from crisisroom.backup.manifest import BackupInvalid, read_manifest
from crisisroom.backup.queries import LEFT_OUT, tables
from crisisroom.backup.restoring import NotRestored, NotWhole, Restored, Wanted, restore
from crisisroom.db import Database
from crisisroom.log.checkpoint import Checkpoint
from crisisroom.log.merkle import tree_root
from crisisroom.log.store import books, instance
from crisisroom.log.verify import verify_book, verify_rest
from crisisroom.migrations.upgrade import upgrade
from crisisroom.people.signing_in import begin_session, create_token, set_password
from tests.contract import happy_paths
from tests.support.clock import FakeClock
from tests.support.databases import Databases
from tests.support.ids import SeededIds
from tests.support.world import World, a_world

IDS = SeededIds(7)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    database = Database(url, patient=True)
    try:
        yield database
    finally:
        await database.close()


async def back_up(url: str, folder: Path, **options: Any) -> Backup:
    folder.parent.mkdir(exist_ok=True)
    async with opened(url) as database:
        return await make_backup(database, folder.parent, folder, FakeClock(), **options)


async def put_back(url: str, folder: Path, **wanted: Any) -> Restored:
    manifest, _ = read_manifest(folder)
    async with opened(url) as database:
        return await restore(database, IDS, folder, manifest, Wanted(**wanted))


async def contents(url: str, *, without: tuple[str, ...] = LEFT_OUT) -> dict[str, list[Any]]:
    """Every row of every table, but the epoch."""
    async with opened(url) as database, database.read() as connection:
        found = {}
        for table in SQLModel.metadata.sorted_tables:
            if table.name not in without:
                rows = [tuple(row) for row in await connection.execute(select(table))]
                found[table.name] = sorted((row[:1] for row in rows) if table.name == "instance" else rows, key=repr)
        return found


async def is_untouched(url: str) -> bool:
    """Whether nothing, not even a table, is in the database."""
    async with opened(url) as database, database.read() as connection:
        return not await connection.run_sync(lambda one: inspect(one).get_table_names())


async def do_everything(world: World) -> None:
    """Something in every table."""
    for path in (happy_paths.record_decision, happy_paths.fill_position, happy_paths.write_entry):
        await path(world)
    await happy_paths.comment_task(world)
    regis = world.people.regis.id
    assert regis is not None
    await world.writer.keep(*set_password(regis, "a hash", world.clock.now()))
    await world.writer.keep(*create_token(world.ids, regis, world.clock.now())[1])


@dataclass
class Evidence:
    """A database in which everything has happened, and a backup of it. Not to be changed."""

    source: str
    backup: Backup
    nowhere: str
    """A database that nothing has been done to yet, nor may be."""


@pytest.fixture(scope="module")
def evidence(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    folder = tmp_path_factory.mktemp("evidence")
    source = databases.fresh(folder, incident=True)

    async def make() -> Backup:
        async with a_world(Database(source)) as world:
            await do_everything(world)
        return await back_up(source, folder / "data" / "backup")

    with ThreadPoolExecutor(1) as pool:  # whether or not this thread has an event loop of its own
        return Evidence(source, pool.submit(lambda: asyncio.run(make())).result(), databases.empty(folder))


@pytest.fixture
def source(evidence: Evidence) -> str:
    """The database."""
    return evidence.source


@pytest.fixture
def backup(evidence: Evidence, tmp_path: Path) -> Backup:
    """A copy of the backup, for a test to do what it likes with."""
    folder = Path(shutil.copytree(evidence.backup.folder, tmp_path / "data" / "backup"))
    return replace(evidence.backup, folder=folder)


@pytest.fixture
def nowhere(evidence: Evidence) -> str:
    """Where nothing may be left."""
    return evidence.nowhere


async def test_every_table_comes_back_across_engines(
    databases: Databases, source: str, backup: Backup, tmp_path: Path
) -> None:
    here, there = databases.empty(tmp_path), f"sqlite:///{tmp_path / 'there.db'}"
    assert all(facts.rows for facts in backup.manifest.tables.values())
    await put_back(there, backup.folder)
    again = await back_up(there, tmp_path / "data" / "again")
    await put_back(here, again.folder)
    assert await contents(source) == await contents(there) == await contents(here)
    assert again.manifest.heads == backup.manifest.heads


async def test_a_restored_log_verifies_is_of_a_new_epoch_and_can_be_worked_on(
    databases: Databases, backup: Backup, tmp_path: Path
) -> None:
    url = databases.empty(tmp_path)
    async with opened(url) as database:
        await upgrade(database, IDS)  # prepared, but empty
    restored = await put_back(url, backup.folder)
    async with opened(url) as database, database.read() as connection:
        assert await verify_rest(connection) == []
        assert [await verify_book(connection, book) for book in await books(connection)] == [[], []]
        log, epoch = await instance(connection)
    assert log == backup.manifest.log
    assert epoch == restored.epoch != backup.manifest.epoch
    async with a_world(Database(url), seed=3) as world:
        await world.do("add-task", world.people.regis, title="After the restore")


async def test_a_backup_under_writers_is_of_one_moment(databases: Databases, tmp_path: Path) -> None:
    folder = tmp_path / "source"
    folder.mkdir()
    url = databases.fresh(folder, incident=True)
    async with a_world(Database(url)) as world:

        async def write(number: int) -> None:
            for one in range(30):
                await world.do_unseen("add-task", world.people.regis, title=f"{number}.{one}")

        writers = [asyncio.create_task(write(number)) for number in range(4)]
        made = [await back_up(url, tmp_path / "data" / str(number)) for number in range(4)]
        await asyncio.gather(*writers)
    assert made[0].manifest.entries < made[-1].manifest.entries
    for one in made:
        target = tmp_path / f"{one.folder.name}.db"
        await put_back(f"sqlite:///{target}", one.folder)


async def test_a_backup_is_never_written_over(source: str, backup: Backup) -> None:
    with pytest.raises(BackupInvalid, match="exists"):
        await back_up(source, backup.folder)


async def test_a_backup_that_fails_leaves_nothing(source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("crisisroom.backup.making.write_manifest", fails)
    with pytest.raises(OSError, match="no space"):
        await back_up(source, tmp_path / "data" / "half")
    assert list((tmp_path / "data").iterdir()) == []


async def test_what_is_written_until_it_is_whole_is_no_backup(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crisisroom.backup.making._finish", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    monkeypatch.setattr("crisisroom.backup.making.shutil.rmtree", lambda *_, **__: None)  # as after kill -9
    with pytest.raises(KeyboardInterrupt):
        await back_up(source, tmp_path / "data" / "half")
    (left,) = (tmp_path / "data").iterdir()
    assert left.name.startswith(".half.")
    assert left.name.endswith(".unfinished")
    with pytest.raises(BackupInvalid, match="no finished backup"):
        read_manifest(left)


async def test_a_database_that_is_not_empty_is_left_alone(source: str, backup: Backup) -> None:
    before = await contents(source, without=())
    with pytest.raises(NotRestored, match="not empty"):
        await put_back(source, backup.folder)
    assert await contents(source, without=()) == before


async def test_replacing_ends_every_sign_in_unless_they_are_kept_for_people_who_are_still_there(
    databases: Databases, tmp_path: Path
) -> None:
    (tmp_path / "source").mkdir()
    url = databases.fresh(tmp_path / "source", incident=True)
    async with a_world(Database(url)) as world:
        await do_everything(world)
    backup = await back_up(url, tmp_path / "data" / "backup")
    async with a_world(Database(url), seed=5) as world:
        regis, somebody = world.people.regis.id, (await happy_paths.add_person(world)).id
        assert regis is not None
        assert somebody is not None
        for person in (regis, somebody):
            await world.writer.keep(*set_password(person, "newer", world.clock.now() + timedelta(hours=1)))
            await world.writer.keep(*begin_session(world.ids, person, world.clock.now())[1])
    restored = await put_back(url, backup.folder, replace=True, keep_sign_ins=True)
    found = await contents(url, without=())
    assert restored.sign_ins_kept == len(found["session"]) == 2
    assert {row[1] for row in found["session"]} == {regis}
    assert [row[:2] for row in found["credential"]] == [(regis, "newer")]
    restored = await put_back(url, backup.folder, replace=True)
    found = await contents(url, without=())
    assert (restored.sign_ins_kept, found["session"]) == (0, [])
    assert [row[:2] for row in found["credential"]] == [(regis, "a hash")]


def rewrite(backup: Backup, table: str, change: Callable[[list[Any]], list[Any]], *, honest: bool) -> None:
    """Change a table's rows; `honest` also writes down the new hash, as somebody would who knows how."""
    path = backup.folder / "tables" / f"{table}.jsonl.gz"
    rows = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    path.write_bytes(gzip.compress(b"".join(json.dumps(row).encode() + b"\n" for row in change(rows))))
    if honest:
        facts = {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "size": path.stat().st_size}
        change_manifest(backup, lambda one: one["files"].update({f"tables/{table}.jsonl.gz": facts}))


def change_manifest(backup: Backup, change: Callable[[dict[str, Any]], Any], *, honest: bool = True) -> None:
    path = backup.folder / "manifest.json"
    manifest = json.loads(path.read_text())
    change(manifest)
    path.write_text(json.dumps(manifest))
    if honest:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        (backup.folder / "manifest.sha256").write_text(f"{digest}  manifest.json\n")


def with_value(rows: list[Any], place: int, value: Any) -> list[Any]:
    return [*rows[:-1], [*rows[-1][:place], value, *rows[-1][place + 1 :]]]


def column(table: str, name: str) -> int:
    return list(tables()[table].columns.keys()).index(name)


TAMPERED: dict[str, tuple[Callable[[Backup], Any], type[Exception], str]] = {
    "a file": (lambda one: rewrite(one, "task", lambda rows: rows[1:], honest=False), BackupInvalid, "task.jsonl.gz"),
    "a file that is gone": (lambda one: (one.folder / "tables/run.jsonl.gz").unlink(), BackupInvalid, "run.jsonl.gz"),
    "the manifest": (lambda one: change_manifest(one, lambda m: m.update(entries=0), honest=False), BackupInvalid,
        "not as it was written"),
    "the manifest's count": (lambda one: change_manifest(one, lambda m: m.update(entries=3)), BackupInvalid,
        "does not say"),
    "the manifest's heads": (lambda one: change_manifest(one, lambda m: m["heads"].pop()), BackupInvalid,
        "does not say"),
    "the manifest's rows": (lambda one: change_manifest(one, lambda m: m["tables"]["task"].update(rows=0)),
        BackupInvalid, "has .* rows"),
    "a file outside": (lambda one: change_manifest(one, lambda m: m["files"].update(
        {"../../etc/passwd": {"sha256": "", "size": 0}})), BackupInvalid, "no file of a backup"),
    "another format": (lambda one: change_manifest(one, lambda m: m.update(format=2)), BackupInvalid, "format"),
    "a table too few": (lambda one: change_manifest(one, lambda m: m["tables"].pop("note")), BackupInvalid, "note"),
    "a line that is no row": (lambda one: rewrite(one, "person", lambda rows: [["x"], *rows], honest=True),
        BackupInvalid, "cannot be read"),
    "a row twice": (lambda one: rewrite(one, "note", lambda rows: [*rows, rows[0]], honest=True), BackupInvalid,
        "that is none"),
    "words of the log": (lambda one: rewrite(one, "log_entry", lambda rows: with_value(rows, column("log_entry",
        "data"), "{}"), honest=True), NotWhole, "finding"),
    "words on the board": (lambda one: rewrite(one, "task", lambda rows: with_value(rows, column("task", "title"),
        "forged"), honest=True), NotWhole, "finding"),
}  # fmt: skip


@pytest.mark.parametrize("what", TAMPERED)
async def test_a_backup_that_was_changed_is_not_restored(backup: Backup, nowhere: str, what: str) -> None:
    tamper, error, words = TAMPERED[what]
    tamper(backup)
    with pytest.raises(error, match=words):
        await put_back(nowhere, backup.folder)
    assert await is_untouched(nowhere)


async def test_a_backup_of_another_schema_says_which_program_restores_it(backup: Backup, nowhere: str) -> None:
    change_manifest(backup, lambda manifest: manifest.update(revision="0000", program="0.0.9"))
    with pytest.raises(NotRestored, match=r"schema 0000.*Crisis Room 0\.0\.9"):
        await put_back(nowhere, backup.folder)
    assert await is_untouched(nowhere)


async def checkpoint_of(url: str, more: int = 0) -> Checkpoint:
    """What a checkpoint of a room says, `more` entries later."""
    async with opened(url) as database, database.read() as connection:
        log, _ = await instance(connection)
        head = (await restoring.queries.heads(connection))[-1]
        hashes = [bytes.fromhex(one) for one in await restoring.queries.room_hashes(connection, head.room)]
    return Checkpoint(log, head.room, len(hashes) + more, tree_root(hashes), "2026-09-10T02:30:00.000Z")


async def test_a_checkpoint_from_before_the_backup_proves_it(
    databases: Databases, source: str, backup: Backup, tmp_path: Path
) -> None:
    url = databases.empty(tmp_path)
    await put_back(url, backup.folder, checkpoints=[await checkpoint_of(source)])


async def test_a_checkpoint_ahead_of_the_backup_is_no_proof(source: str, backup: Backup, nowhere: str) -> None:
    with pytest.raises(NotWhole) as refused:
        await put_back(nowhere, backup.folder, checkpoints=[await checkpoint_of(source, more=1)])
    assert "shorter than the checkpoint" in str(refused.value.problems[0])
    assert await is_untouched(nowhere)


async def test_a_checkpoint_of_another_log_is_no_proof(source: str, backup: Backup, nowhere: str) -> None:
    one = await checkpoint_of(source)
    other = Checkpoint(IDS.new(), one.room, one.size, one.root, one.at)
    with pytest.raises(NotWhole):
        await put_back(nowhere, backup.folder, checkpoints=[other])
    assert await is_untouched(nowhere)


async def test_a_restore_that_breaks_off_leaves_nothing(
    backup: Backup, nowhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:

    async def breaks_off(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(restoring, "_verify", breaks_off)
    with pytest.raises(KeyboardInterrupt):
        await put_back(nowhere, backup.folder)
    assert await is_untouched(nowhere)


async def test_a_server_on_another_host_is_noticed(backup: Backup, nowhere: str) -> None:
    async with opened(nowhere) as server, server.read() as connection:
        await connection.scalar(select(1))
        if server.embedded:
            return  # whoever restores holds its data folder
        with pytest.raises(NotRestored, match="running Crisis Room"):
            await put_back(nowhere, backup.folder)
