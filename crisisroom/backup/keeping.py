"""The checkpoints and keys beside a database: which ones a restored log is compared with, and where they are kept."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from crisisroom.backup.manifest import CHECKPOINTS, Manifest
from crisisroom.backup.restoring import compare
from crisisroom.db import Database
from crisisroom.log.checkpoint import (
    KEY_FILE,
    PUBLIC_FILE,
    Checkpoint,
    CheckpointInvalid,
    PublicKey,
    read_checkpoints,
    read_public_key,
)


def checkpoints_for(
    folder: Path, manifest: Manifest, data_dir: Path, given: Path | None, key: str | None
) -> list[Checkpoint]:
    """The newest checkpoint of the backup, and one that was kept elsewhere. Raises CheckpointInvalid.

    Whose signature counts: the key given, else the one this data folder knows, else the one in the backup.
    """
    found: list[Checkpoint] = []
    signer = _signer(key, data_dir, folder)
    if manifest.newest_checkpoint:
        own = read_public_key((folder / PUBLIC_FILE).read_text(encoding="utf-8"))
        found += _read(folder / CHECKPOINTS / manifest.newest_checkpoint, own)
    if given:
        if signer is None:
            raise CheckpointInvalid("There is no public key to check the checkpoint with. Give one with --public-key.")
        found += _read(given, signer)
    return found


def _signer(key: str | None, data_dir: Path, folder: Path) -> PublicKey | None:
    if key:
        return read_public_key(key)
    for place in (data_dir, folder):
        if (place / PUBLIC_FILE).exists():
            return read_public_key((place / PUBLIC_FILE).read_text(encoding="utf-8"))
    return None


def _read(path: Path, key: PublicKey) -> list[Checkpoint]:
    return read_checkpoints(path.read_text(encoding="utf-8"), key)


async def put_beside(database: Database, folder: Path, manifest: Manifest, data_dir: Path) -> list[str]:
    """Put the backup's key and checkpoints into the data folder and move those aside that a restore has undone.

    Done after the restore; done again, it does the same. Returns sentences for the operator.
    """
    said = _put_key(folder, data_dir)
    said += await _move_undone(database, manifest, data_dir)
    return said + _put_checkpoints(folder, data_dir)


def _put_key(folder: Path, data_dir: Path) -> list[str]:
    kept, mine = folder / KEY_FILE, data_dir / KEY_FILE
    if not kept.exists():
        return [] if mine.exists() else ["No signing key here and none in the backup: a new one is made at the start."]
    if mine.exists():
        same = kept.read_bytes() == mine.read_bytes()
        return [] if same else [f"The backup's signing key was left alone: {mine} is another one."]
    with os.fdopen(os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(kept.read_bytes())
    shutil.copyfile(folder / PUBLIC_FILE, data_dir / PUBLIC_FILE)
    return ["The signing key came back from the backup."]


async def _move_undone(database: Database, manifest: Manifest, data_dir: Path) -> list[str]:
    """Checkpoints that this server signed after the backup tell of entries which are gone: not tampering, but lost."""
    paths = sorted((data_dir / CHECKPOINTS).glob("*.txt"), reverse=True)
    aside = data_dir / CHECKPOINTS / f"undone-{manifest.made_at:%Y%m%dT%H%M%SZ}"
    moved = 0
    for path in paths:
        if await _fits(database, manifest, path, data_dir):
            break
        aside.mkdir(exist_ok=True)
        path.rename(aside / path.name)
        moved += 1
    return [f"{moved} checkpoints were signed after this backup; they are kept in {aside}."] if moved else []


async def _fits(database: Database, manifest: Manifest, path: Path, data_dir: Path) -> bool:
    try:
        found = _read(path, read_public_key((data_dir / PUBLIC_FILE).read_text(encoding="utf-8")))
    except (CheckpointInvalid, OSError, UnicodeDecodeError):
        return False
    async with database.read() as connection:
        for one in found:
            if await compare(connection, manifest, one):
                return False
    return True


def _put_checkpoints(folder: Path, data_dir: Path) -> list[str]:
    """Among our own if the same key signed them; else in a folder of their own, with the key that checks them."""
    names = sorted(path.name for path in (folder / CHECKPOINTS).glob("*.txt"))
    if not names:
        return []
    text = (folder / PUBLIC_FILE).read_text(encoding="utf-8") if (folder / PUBLIC_FILE).exists() else ""
    ours = (data_dir / PUBLIC_FILE).read_text(encoding="utf-8") if (data_dir / PUBLIC_FILE).exists() else ""
    place = data_dir / CHECKPOINTS
    if text != ours:
        place /= f"signed-by-{_key_id(text)}"
        place.mkdir(parents=True, exist_ok=True)
        (place / PUBLIC_FILE).write_text(text, encoding="utf-8")
    place.mkdir(exist_ok=True)
    for name in names:
        if not (place / name).exists():
            shutil.copyfile(folder / CHECKPOINTS / name, place / name)
    return [f"{len(names)} checkpoints of the backup are in {place}."]


def _key_id(text: str) -> str:
    try:
        return read_public_key(text).id.hex()
    except CheckpointInvalid:
        return "an-unknown-key"
