"""Signing the whole log: only one that is whole, and that goes on from everything that was signed here before."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import count
from pathlib import Path
from uuid import UUID

from crisisroom.core.files import write_new
from crisisroom.db import Connection
from crisisroom.log.checkpoint import Checkpoint, CheckpointInvalid, Signer, check_against, make_checkpoints, read_notes
from crisisroom.log.verify import Problem, verify_all

FOLDER = "checkpoints"


class NotSigned(Exception):
    """The log is not what it should be, so nobody vouches for it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"Not signed: {problems[0]}")
        self.problems = problems


class Kept:
    """The checkpoints signed here, in a folder beside the key. A file is written once and never again."""

    def __init__(self, data_dir: Path, signer: Signer, log: UUID) -> None:
        self.signer = signer
        self.log = log
        self.refused: list[str] = []
        """Files that cannot be used, each with why; said once."""
        self._folder = data_dir / FOLDER
        self._read: set[str] = set()
        self._unusable: dict[str, str] = {}
        self._known: dict[tuple[UUID, int, bytes], Checkpoint] = {}
        self._reading = threading.Lock()

    def checkpoints(self) -> list[Checkpoint]:
        """Every different one, the first of its kind, oldest first. What could be read is not read again.

        To be called before the log is read: what another process signs meanwhile may be of a longer log.
        """
        with self._reading:
            for path in sorted(self._folder.glob("*.txt")):
                if path.name not in self._read:
                    self._take(path)
            return list(self._known.values())

    def check(self, hashes: Mapping[UUID, Sequence[str]], checkpoints: Sequence[Checkpoint]) -> list[Problem]:
        """What is wrong with all rooms of the log as seen from the largest of the checkpoints of each."""
        problems: list[Problem] = []
        largest: dict[UUID, int] = {}
        for one in checkpoints:
            largest[one.room] = max(one.size, largest.get(one.room, 0))
        for one in checkpoints:
            if one.log != self.log:
                what = f"was signed for another log, {one.log}: take the files in {self._folder} away if that is right"
                problems.append(Problem(one.room, one.size, what))
            elif one.size == largest[one.room]:
                problems += check_against(one, hashes.get(one.room, ()))
        return problems

    def add(self, text: str, at: datetime) -> None:
        """Keep a file of signed checkpoints, durably, beside whatever another process keeps at the same moment."""
        self._folder.mkdir(exist_ok=True, mode=0o700)
        name = f"{at:%Y%m%dT%H%M%S}{at.microsecond // 1000:03}Z"
        for number in count(1):
            with suppress(FileExistsError):
                write_new(self._folder / (f"{name}_{number}.txt" if number > 1 else f"{name}.txt"), text.encode())
                return

    def _take(self, path: Path) -> None:
        try:
            for note in read_notes(path.read_text(encoding="utf-8")):
                one = note.checkpoint
                if (one.room, one.size, one.root) in self._known:
                    continue
                # Another log has another key, so nobody here can tell whether its signature is good.
                if one.log == self.log and not note.is_signed(self.signer.public):
                    raise CheckpointInvalid(f"It is not signed by {self.signer.public.name}.")
                self._known[one.room, one.size, one.root] = one
            self._read.add(path.name)
        except (CheckpointInvalid, OSError, UnicodeDecodeError) as error:
            what = f"{path.name}: {error}"
            if self._unusable.get(path.name) != what:
                self._unusable[path.name] = what
                self.refused.append(what)


async def sign_log(connection: Connection, kept: Kept, before: Sequence[Checkpoint], at: datetime) -> str:
    """A checkpoint of every room, kept in the data folder. Raises NotSigned for a log that is not whole.

    `before` are the checkpoints that were kept before the connection's transaction began.
    """
    hashes, problems = await verify_all(connection)
    problems += await asyncio.to_thread(kept.check, hashes, before)
    if problems:
        raise NotSigned(problems)
    text = "\n".join(map(kept.signer.sign, make_checkpoints(kept.log, hashes, at)))
    if text:
        await asyncio.to_thread(kept.add, text, at)
    return text
