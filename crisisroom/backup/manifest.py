"""What a backup says of itself: which log at which moment, and what each of its files must be."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

NAME = "manifest.json"
DIGEST_NAME = "manifest.sha256"
TABLES = "tables"
CHECKPOINTS = "checkpoints"


class BackupInvalid(Exception):
    """The folder is no backup, or not the one that was written."""


class Fact(BaseModel):
    """A part of the manifest."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class FileFacts(Fact):
    """A file as it was written."""

    sha256: str
    size: int


class TableFacts(Fact):
    """A table: the order of its columns in each line, and how many lines there are."""

    columns: tuple[str, ...]
    rows: int


class HeadFacts(Fact):
    """The newest entry of a room."""

    room: UUID
    seq: int
    hash: str


class Manifest(Fact):
    """Everything about a backup. `epoch` is the one it was made in; a restore begins another."""

    format: Literal[1] = 1
    program: str
    engine: str
    revision: str
    made_at: datetime
    log: UUID
    epoch: str
    entries: int
    heads: tuple[HeadFacts, ...]
    tables: dict[str, TableFacts]
    files: dict[str, FileFacts]
    newest_checkpoint: str = ""


def write_manifest(folder: Path, manifest: Manifest) -> str:
    """Write it, with its SHA-256 beside it as `sha256sum` writes and checks it; the SHA-256."""
    text = (manifest.model_dump_json(indent=1) + "\n").encode()
    (folder / NAME).write_bytes(text)
    digest = hashlib.sha256(text).hexdigest()
    (folder / DIGEST_NAME).write_text(f"{digest}  {NAME}\n", encoding="utf-8")
    return digest


def read_manifest(folder: Path) -> tuple[Manifest, str]:
    """The manifest and its SHA-256, every file compared with it. Raises BackupInvalid naming the first that differs."""
    try:
        text = (folder / NAME).read_bytes()
        noted = (folder / DIGEST_NAME).read_text(encoding="utf-8").split()
    except OSError as error:
        raise BackupInvalid(f"{folder} is no finished backup: {error.filename} cannot be read.") from None
    digest = hashlib.sha256(text).hexdigest()
    if noted[:1] != [digest]:
        raise BackupInvalid(f"{folder / NAME} is not as it was written: {DIGEST_NAME} says otherwise.")
    try:
        manifest = Manifest.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise BackupInvalid(f"{folder / NAME} cannot be used: {place}: {first['msg']}.") from None
    for name, facts in manifest.files.items():
        if _is_outside(name):
            raise BackupInvalid(f"{name} is no file of a backup.")
        if not (folder / name).is_file() or file_facts(folder / name) != facts:
            raise BackupInvalid(f"{folder / name} is not as it was written.")
    return manifest, digest


def file_facts(path: Path) -> FileFacts:
    """The file as it is."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return FileFacts(sha256=digest, size=path.stat().st_size)


def table_file(table: str) -> str:
    """Where a table's rows are."""
    return f"{TABLES}/{table}.jsonl.gz"


def _is_outside(name: str) -> bool:
    folder, _, file = name.rpartition("/")
    return folder not in ("", TABLES, CHECKPOINTS) or not file or file.startswith(".") or "\\" in file
