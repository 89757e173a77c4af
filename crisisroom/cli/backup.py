"""`crisisroom backup` and `restore`."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crisisroom.cli.saying import complain, say, say_json

if TYPE_CHECKING:
    from crisisroom.backup.making import Backup
    from crisisroom.backup.manifest import Manifest
    from crisisroom.settings import Settings

LAST = "last-backup.json"
FAILED = 3


def backup(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is not there yet.")],
    with_key: Annotated[
        bool, typer.Option("--with-key", help="The key that signs checkpoints too. Then guard the folder like the key.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="What was written, as JSON.")] = False,
) -> None:
    """Copy everything into a folder while the server works. The same for every engine, and never half.

    Example: crisisroom backup /media/usb/crisisroom-2026-09-10
    """
    from crisisroom.backup.manifest import BackupInvalid
    from crisisroom.settings import load_settings

    settings = load_settings()
    try:
        made = asyncio.run(_backup(settings, folder.absolute(), with_key))
    except BackupInvalid as error:
        complain(str(error))
        raise typer.Exit(1) from None
    facts = _facts(made)
    note = {name: facts[name] for name in ("folder", "made_at", "entries")}
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    (settings.data_dir / LAST).write_text(json.dumps(note), encoding="utf-8")
    if as_json:
        say_json(facts)
    else:
        complain(f"{facts['entries']} entries, {facts['bytes']} bytes. SHA-256 of the manifest, to be noted elsewhere:")
        say(made.digest)


async def _backup(settings: Settings, folder: Path, with_key: bool) -> Backup:
    from crisisroom.backup.making import make_backup
    from crisisroom.core.clock import SystemClock
    from crisisroom.core.errors import NotSaved
    from crisisroom.db import Database
    from crisisroom.migrations.upgrade import missing

    database = Database(settings.database, patient=True)
    try:
        async with database.read() as connection:
            if await missing(connection):
                raise NotSaved("The database is not prepared for this version. Run: crisisroom db upgrade")
        return await make_backup(database, settings.data_dir, folder, SystemClock(), with_key=with_key)
    finally:
        await database.close()


def _facts(made: Backup) -> dict[str, Any]:
    manifest = made.manifest
    return {
        "folder": str(made.folder), "made_at": manifest.made_at.isoformat(), "log": manifest.log,
        "epoch": manifest.epoch, "engine": manifest.engine, "entries": manifest.entries, "bytes": made.size,
        "newest_checkpoint": manifest.newest_checkpoint or None, "manifest_sha256": made.digest,
    }  # fmt: skip


def restore(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that `crisisroom backup` wrote.")],
    checkpoint: Annotated[Path | None, typer.Option(help="A checkpoint kept elsewhere, older than the backup.")] = None,
    public_key: Annotated[str | None, typer.Option(help="The key the checkpoint is signed with.")] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Into a database that is not empty: its data goes.")
    ] = False,
    keep_sign_ins: Annotated[
        bool, typer.Option("--keep-sign-ins", help="With --replace: its sessions, tokens and newer passwords stay.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="What was restored, as JSON.")] = False,
) -> None:
    """Put a backup into an empty database and verify all of it. All or nothing; stop the server first.

    Exits with 3 when the backup or its log is not whole: then nothing was changed.

    Example: crisisroom restore /media/usb/crisisroom-2026-09-10 --checkpoint /media/usb/checkpoint.txt
    """
    from crisisroom.backup.manifest import read_manifest
    from crisisroom.cli.server import only_server
    from crisisroom.settings import load_settings

    if keep_sign_ins and not replace:
        complain("--keep-sign-ins is for --replace: an empty database has none to keep.")
        raise typer.Exit(2)
    settings = load_settings()
    with only_server(settings), _failing():
        manifest, digest = read_manifest(folder)
        complain(f"{folder}: {manifest.entries} entries of {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC.")
        complain(f"SHA-256 of its manifest: {digest}")
        if replace and not yes:
            _ask()
        facts = asyncio.run(_restore(settings, folder, manifest, (checkpoint, public_key), replace, keep_sign_ins))
    if as_json:
        say_json(facts | {"manifest_sha256": digest})


@contextlib.contextmanager
def _failing() -> Iterator[None]:
    """What could not be verified is never a pass."""
    from crisisroom.backup.manifest import BackupInvalid
    from crisisroom.backup.restoring import NotWhole
    from crisisroom.log.checkpoint import CheckpointInvalid

    try:
        yield
    except (BackupInvalid, CheckpointInvalid) as error:
        complain(f"{error} Nothing was changed.")
        raise typer.Exit(FAILED) from None
    except NotWhole as error:
        for problem in error.problems:
            say(str(problem))
        complain(f"BROKEN, {error}. Nothing was changed.")
        raise typer.Exit(FAILED) from None


def _ask() -> None:
    if not sys.stdin.isatty():
        complain("Say --yes to replace what is there without being asked.")
        raise typer.Exit(1)
    if not typer.confirm("Replace everything in the present database?", err=True):
        complain("Nothing was changed.")
        raise typer.Exit(1)


async def _restore(
    settings: Settings,
    folder: Path,
    manifest: Manifest,
    given: tuple[Path | None, str | None],
    replace: bool,
    keep_sign_ins: bool,
) -> dict[str, Any]:
    from crisisroom.backup.keeping import checkpoints_for, put_beside
    from crisisroom.backup.restoring import Wanted
    from crisisroom.backup.restoring import restore as put_back
    from crisisroom.core.ids import SystemIds
    from crisisroom.db import Database

    checkpoints = checkpoints_for(folder, manifest, settings.data_dir, *given)
    database = Database(settings.database, patient=True)
    try:
        wanted = Wanted(replace=replace, keep_sign_ins=keep_sign_ins, checkpoints=checkpoints)
        restored = await put_back(database, SystemIds(), folder, manifest, wanted)
        try:
            for sentence in await put_beside(database, folder, manifest, settings.data_dir):
                complain(sentence)
        except OSError as error:
            complain(f"The database is restored and verified; what lies beside it is not all in place: {error}")
            raise typer.Exit(1) from None
    finally:
        await database.close()
    _tell(manifest, restored.entries_before, bool(checkpoints), restored.sign_ins_kept, keep_sign_ins)
    return {
        "log": manifest.log, "epoch": restored.epoch, "entries": manifest.entries, "rows": restored.rows,
        "entries_before": restored.entries_before, "checkpoints_compared": len(checkpoints),
        "sign_ins_kept": restored.sign_ins_kept,
    }  # fmt: skip


def _tell(manifest: Manifest, before: int, compared: bool, sign_ins: int, keep_sign_ins: bool) -> None:
    complain(f"Restored and verified: {manifest.entries} entries, whole.")
    if before > manifest.entries:
        complain(f"The log had {before} entries before. What browsers still have of the rest, they offer again.")
    if not compared:
        complain("No checkpoint was compared. Only one that was kept elsewhere shows whether the end was cut off.")
    if keep_sign_ins:
        complain(f"{sign_ins} sessions and tokens go on.")
    else:
        complain("Everybody signs in again, and programs need new tokens (crisisroom token create).")
