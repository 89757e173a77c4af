"""Power cuts, from a trace of what the embedded database wrote and synced.

Between two syncs a disk may keep any of what was written, in part. Images of the disk are made from the trace: with all
that was not synced dropped, some of it kept, or its sectors torn. Each must open, be whole, and hold every change that
was acknowledged before its moment. With `synchronous=NORMAL` they do not, which shows that the images can tell.
"""

from __future__ import annotations

import ast
import random
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from crisisroom.db.embedded import PRAGMAS

pytestmark = [
    pytest.mark.soak,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed; on Debian: apt-get install strace"),
]

COMMITS = 300
IMAGES = 2000
SECTOR = 512
CALLS = "openat,close,pwrite64,ftruncate,unlink,fsync,fdatasync,write"
WRITER = """
import os, sqlite3, sys
path, pragmas, commits = sys.argv[1], sys.argv[2].split(";"), int(sys.argv[3])
connection = sqlite3.connect(path, isolation_level=None)
for pragma in pragmas:
    connection.execute("PRAGMA " + pragma)
connection.execute("CREATE TABLE IF NOT EXISTS entry (number INTEGER PRIMARY KEY, text TEXT)")
for number in range(commits):
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO entry VALUES (?, ?)", (number, "x" * (37 * number % 3000)))
    connection.execute("COMMIT")
    os.write(2, b"acknowledged %d;" % number)
    if number % 97 == 96:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
os._exit(0)
"""
_CALL = re.compile(r"^\d+ +(\w+)\((.*)\) += (-?\d+)")
_TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"')


@dataclass
class Disk:
    """What is safe, and what was written since the last sync of each file, in order."""

    safe: dict[str, bytearray] = field(default_factory=dict)
    loose: dict[str, list[tuple[int, bytes | None]]] = field(default_factory=dict)
    acknowledged: int = -1

    def write(self, name: str, at: int, data: bytes | None) -> None:
        """Data at a place, or with None: cut to that length."""
        self.loose.setdefault(name, []).append((at, data))

    def sync(self, name: str) -> None:
        """All of a file is safe."""
        for at, data in self.loose.pop(name, []):
            apply(self.safe.setdefault(name, bytearray()), at, data)

    def image(self, chance: random.Random, how: str) -> dict[str, bytearray]:
        """The files as they may be after a cut now."""
        files = {name: bytearray(data) for name, data in self.safe.items()}
        for name, writes in self.loose.items():
            for at, data in writes if how != "dropped" else ():
                if chance.random() < 0.5:
                    continue
                if how == "torn" and data:
                    first = chance.randrange(0, len(data), SECTOR)
                    at, data = at + first, data[first : first + SECTOR * chance.randint(1, 8)]
                apply(files.setdefault(name, bytearray()), at, data)
        return files


def apply(file: bytearray, at: int, data: bytes | None) -> None:
    if data is None:
        del file[at:]
        return
    if len(file) < at:
        file.extend(bytes(at - len(file)))
    file[at : at + len(data)] = data


def trace(folder: Path, pragmas: tuple[str, ...]) -> list[str]:
    """The system calls of a program that commits, and says on stderr what it acknowledged."""
    traced = folder / "trace"
    command = ["strace", "-f", "-o", traced, "-xx", "-s", "100000", "-e", f"trace={CALLS}"]
    program = [sys.executable, "-c", WRITER, folder / "room.db", ";".join(pragmas), str(COMMITS)]
    done = subprocess.run([*command, *program], capture_output=True, timeout=600)
    assert done.returncode == 0, done.stderr[-500:]
    return traced.read_text().splitlines()


def moments(lines: list[str]) -> Iterator[Disk]:
    """The disk before each system call that changes it."""
    disk, files = Disk(), dict[str, str]()
    for line in lines:
        found = _CALL.match(line)
        if not found or found[3].startswith("-"):
            continue
        call, arguments = found[1], found[2]
        texts = [ast.literal_eval(f'b"{text}"') for text in _TEXT.findall(arguments)]
        number = arguments.split(",")[0]
        if call == "openat":
            name = Path(texts[0].decode(errors="replace")).name
            files[found[3]] = name
        elif call == "close":
            files.pop(number, None)
        elif call == "unlink":
            name = Path(texts[0].decode()).name
            disk.safe.pop(name, None)
            disk.loose.pop(name, None)
        elif call == "write" and number == "2" and b"acknowledged" in texts[0]:
            disk.acknowledged = int(texts[0].split()[1].rstrip(b";"))
            yield disk
        elif files.get(number, "").startswith("room.db") and not files[number].endswith("-shm"):
            yield disk
            if call == "pwrite64":
                disk.write(files[number], int(arguments.rsplit(",", 1)[1]), texts[0])
            elif call == "ftruncate":
                disk.write(files[number], int(arguments.rsplit(",", 1)[1]), None)
            else:
                disk.sync(files[number])


def losses(folder: Path, pragmas: tuple[str, ...]) -> tuple[int, list[str]]:
    """How many images were looked at, and what was wrong with them."""
    chance, images, found = random.Random(5), 0, list[str]()
    lines = trace(folder, pragmas)
    every = max(1, 3 * sum(1 for _ in moments(lines)) // IMAGES)
    for place, disk in enumerate(moments(lines)):
        if place % every:
            continue
        for how in ("dropped", "some kept", "torn"):
            images += 1
            wrong = look(folder / "image", disk.image(chance, how), disk.acknowledged)
            found += [f"moment {place}, {how}: {wrong}"] if wrong else []
    return images, found


def look(folder: Path, files: dict[str, bytearray], acknowledged: int) -> str:
    """What is wrong with an image; nothing if it is whole and holds all that was acknowledged."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    connection = sqlite3.connect(folder / "room.db")
    try:
        (whole,) = connection.execute("PRAGMA integrity_check").fetchone()
        if whole != "ok":
            return str(whole)
        if acknowledged < 0:
            return ""
        kept = {number for (number,) in connection.execute("SELECT number FROM entry")}
        missing = set(range(acknowledged + 1)) - kept
        return f"{len(missing)} of {acknowledged + 1} acknowledged are missing" if missing else ""
    except sqlite3.DatabaseError as error:
        return str(error)
    finally:
        connection.close()


def test_a_power_cut_at_any_moment_loses_nothing_acknowledged(tmp_path: Path) -> None:
    images, found = losses(tmp_path, PRAGMAS)
    print(f"\n{images} images after a power cut, {len(found)} of them wrong")  # noqa: T201
    assert images >= IMAGES * 0.9
    assert found == []


def test_with_fewer_syncs_the_same_images_show_losses(tmp_path: Path) -> None:
    pragmas = tuple("synchronous=NORMAL" if one.startswith("synchronous") else one for one in PRAGMAS)
    assert pragmas != PRAGMAS
    images, found = losses(tmp_path, pragmas)
    print(f"\nwith synchronous=NORMAL: {images} images, {len(found)} of them wrong")  # noqa: T201
    assert any("acknowledged are missing" in one for one in found)
