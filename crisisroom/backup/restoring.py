"""Restoring: one transaction, committed only when everything in it was verified. What goes wrong leaves no trace."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from crisisroom.backup import queries
from crisisroom.backup.manifest import BackupInvalid, HeadFacts, Manifest, table_file
from crisisroom.core.errors import Refused
from crisisroom.core.ids import Ids
from crisisroom.db import Connection, Database
from crisisroom.log import store
from crisisroom.log.checkpoint import Checkpoint, check_against
from crisisroom.log.verify import Problem, verify_book, verify_rest
from crisisroom.migrations.upgrade import newest, upgrade_schema


class NotRestored(Refused):
    """This database may not be written over, or not by this program."""


class NotWhole(Exception):
    """What the backup holds is not the log that was written."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"{len(problems)} finding{'s' if len(problems) != 1 else ''}")
        self.problems = problems


@dataclass(frozen=True)
class Wanted:
    """What an operator allows. `keep_sign_ins` trusts the database that is replaced to say who is signed in."""

    replace: bool = False
    keep_sign_ins: bool = False
    checkpoints: list[Checkpoint] = field(default_factory=list)


@dataclass(frozen=True)
class Restored:
    """What was put back, and what it took the place of."""

    epoch: str
    rows: int
    entries_before: int
    sign_ins_kept: int


async def restore(database: Database, ids: Ids, folder: Path, manifest: Manifest, wanted: Wanted) -> Restored:
    """Put a backup, whose files were compared with its manifest, into a database. Raises NotRestored, BackupInvalid,
    or NotWhole naming what is wrong; then nothing was changed.
    """
    _check_fit(manifest)
    async with database.write() as connection:
        await database.alone(connection)
        if others := await database.others(connection):
            raise NotRestored(
                f"{others} connections of a running Crisis Room use this database. Stop every server first."
            )
        await connection.run_sync(upgrade_schema)
        before = await _make_room(connection, wanted)
        kept = await queries.sign_ins(connection) if wanted.keep_sign_ins else None
        await queries.clear(connection)
        rows = await _fill(connection, folder, manifest)
        epoch = ids.secret(16).hex()
        await queries.begin_epoch(connection, epoch)
        if problems := await _verify(connection, manifest, wanted.checkpoints):
            raise NotWhole(problems)
        sign_ins = await queries.keep_sign_ins(connection, kept) if kept else 0
        await connection.commit()
    return Restored(epoch, rows, before, sign_ins)


def _check_fit(manifest: Manifest) -> None:
    if manifest.revision != newest():
        raise NotRestored(
            f"This backup is of schema {manifest.revision}; this program works with {newest()}. Restore it with Crisis"
            f" Room {manifest.program}, which made it, then bring it up to date: crisisroom db upgrade"
        )
    expected = {name: tuple(table.columns.keys()) for name, table in queries.tables().items()}
    found = {name: facts.columns for name, facts in manifest.tables.items()}
    if found != expected:
        different = sorted(name for name in found | expected if found.get(name) != expected.get(name))
        raise BackupInvalid(f"The manifest's tables are not those of its schema: {', '.join(different)}.")
    if missing := [name for name in expected if table_file(name) not in manifest.files]:
        raise BackupInvalid(f"The manifest has no file for {', '.join(missing)}.")


async def _make_room(connection: Connection, wanted: Wanted) -> int:
    """How many entries are there now; raises NotRestored if they may not be replaced."""
    entries = await store.count(connection)
    if not wanted.replace and not await queries.is_empty(connection):
        raise NotRestored(
            f"This database is not empty: its log has {entries} entries. Restore into an empty one, or, when this one"
            " may be lost (make a backup of it first), say --replace."
        )
    return entries


async def _fill(connection: Connection, folder: Path, manifest: Manifest) -> int:
    total = 0
    for name, table in queries.tables().items():
        rows = await connection.run_sync(queries.read_table, table, folder / table_file(name))
        if rows != manifest.tables[name].rows:
            raise BackupInvalid(f"{table_file(name)} has {rows} rows, the manifest says {manifest.tables[name].rows}.")
        total += rows
    return total


async def _verify(connection: Connection, manifest: Manifest, checkpoints: list[Checkpoint]) -> list[Problem]:
    """Everything: chains, heads, state tables against the replay, the manifest, and checkpoints signed before."""
    log, _ = await store.instance(connection)
    heads = tuple(HeadFacts(room=head.room, seq=head.seq, hash=head.hash) for head in await queries.heads(connection))
    entries = await store.count(connection)
    if (log, entries, heads) != (manifest.log, manifest.entries, manifest.heads):
        raise BackupInvalid("The manifest does not say what the tables hold: its log, its number of entries or heads.")
    problems = await verify_rest(connection)
    for book in await store.books(connection):
        problems += await verify_book(connection, book)
    return problems + [problem for one in checkpoints for problem in await compare(connection, manifest, one)]


async def compare(connection: Connection, manifest: Manifest, checkpoint: Checkpoint) -> list[Problem]:
    """What is wrong with the restored log as seen from a checkpoint."""
    if checkpoint.log != manifest.log:
        what = "the checkpoint is of another log"
        return [Problem(checkpoint.room, checkpoint.size, what, str(manifest.log), str(checkpoint.log))]
    return check_against(checkpoint, await queries.room_hashes(connection, checkpoint.room))
