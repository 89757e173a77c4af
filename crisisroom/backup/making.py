"""Making a backup while everybody works: one consistent view, under another name until it is whole and on the disk."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from crisisroom import __version__
from crisisroom.backup import queries
from crisisroom.backup.manifest import (
    CHECKPOINTS,
    TABLES,
    BackupInvalid,
    HeadFacts,
    Manifest,
    TableFacts,
    file_facts,
    table_file,
    write_manifest,
)
from crisisroom.core.clock import Clock
from crisisroom.core.files import sync
from crisisroom.db import Connection, Database
from crisisroom.log import store
from crisisroom.log.checkpoint import KEY_FILE, PUBLIC_FILE, CheckpointInvalid, read_checkpoints, read_public_key
from crisisroom.migrations.upgrade import current


@dataclass(frozen=True)
class Backup:
    """One that was made. `digest` is the SHA-256 of its manifest: noted elsewhere, it proves the whole folder."""

    folder: Path
    manifest: Manifest
    digest: str

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(facts.size for facts in self.manifest.files.values())


async def make_backup(
    database: Database, data_dir: Path, folder: Path, clock: Clock, *, with_key: bool = False
) -> Backup:
    """Copy everything into a new folder. Raises BackupInvalid if it exists; a half backup is never there."""
    half = _begin(folder)
    try:
        # Before the database is looked at: what a checkpoint signed is then in the copy.
        newest = _copy_checkpoints(data_dir, half, with_key=with_key)
        async with database.read() as connection:
            manifest = await _copy(database, connection, half, clock, newest)
        return Backup(folder, manifest, _finish(half, folder, manifest))
    except BaseException:
        shutil.rmtree(half, ignore_errors=True)
        raise


def _begin(folder: Path) -> Path:
    """A hidden folder beside it, readable by its owner alone; it has no manifest until it is whole."""
    if folder.exists():
        raise BackupInvalid(f"{folder} exists. A backup is never overwritten: choose another name.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".unfinished", dir=folder.parent))


def _finish(half: Path, folder: Path, manifest: Manifest) -> str:
    digest = write_manifest(half, manifest)
    for path in (*_files(half), half / TABLES, half / CHECKPOINTS, half):
        sync(path)
    half.rename(folder)
    sync(folder.parent)
    return digest


async def _copy(database: Database, connection: Connection, folder: Path, clock: Clock, newest: str) -> Manifest:
    (folder / TABLES).mkdir()
    log, epoch = await store.instance(connection)
    made_at = clock.now()
    facts = {}
    for name, table in queries.tables().items():
        rows = await connection.run_sync(queries.write_table, table, folder / table_file(name))
        facts[name] = TableFacts(columns=tuple(table.columns.keys()), rows=rows)
    heads = await queries.heads(connection)
    return Manifest(
        program=__version__,
        engine="sqlite" if database.embedded else "postgresql",
        revision=await current(connection),
        made_at=made_at,
        log=log,
        epoch=epoch,
        entries=await store.count(connection),
        heads=tuple(HeadFacts(room=head.room, seq=head.seq, hash=head.hash) for head in heads),
        tables=facts,
        files={path.relative_to(folder).as_posix(): file_facts(path) for path in _files(folder)},
        newest_checkpoint=newest,
    )


def _copy_checkpoints(data_dir: Path, folder: Path, *, with_key: bool) -> str:
    """Copy the checkpoints that were kept and the public key; the newest that is signed by it."""
    (folder / CHECKPOINTS).mkdir()
    names = sorted(path.name for path in (data_dir / CHECKPOINTS).glob("*.txt"))
    for name in names:
        shutil.copyfile(data_dir / CHECKPOINTS / name, folder / CHECKPOINTS / name)
    if (data_dir / PUBLIC_FILE).exists():
        shutil.copyfile(data_dir / PUBLIC_FILE, folder / PUBLIC_FILE)
    if with_key:
        shutil.copy(data_dir / KEY_FILE, folder / KEY_FILE)  # with its rights: its owner's alone
    # The newest may be half written at this moment, or signed by an earlier key.
    for name in reversed(names):
        with suppress(CheckpointInvalid, OSError, UnicodeDecodeError):
            key = read_public_key((folder / PUBLIC_FILE).read_text(encoding="utf-8"))
            read_checkpoints((folder / CHECKPOINTS / name).read_text(encoding="utf-8"), key)
            return name
    return ""


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
