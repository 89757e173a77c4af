"""Files that are there whole or not at all, whatever happens meanwhile, and that a power cut does not take away."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# Whoever may read it beyond its owner is for the umask to say.
ORDINARY = 0o666
PRIVATE = 0o600


def write_new(path: Path, data: bytes, mode: int = PRIVATE) -> None:
    """Write a file where there is none. Raises FileExistsError: of several who write at once, one does."""
    with _aside(path, data, mode) as aside:
        os.link(aside, path)
        sync(path.parent)


def write_over(path: Path, data: bytes, mode: int = ORDINARY) -> None:
    """Write a file in the place of whatever is there."""
    with _aside(path, data, mode) as aside:
        aside.replace(path)
        sync(path.parent)


@contextmanager
def _aside(path: Path, data: bytes, mode: int) -> Iterator[Path]:
    aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        yield aside
    finally:
        with suppress(FileNotFoundError):
            aside.unlink()


def sync(path: Path) -> None:
    """Make durable what a file holds, or which names a folder has."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
