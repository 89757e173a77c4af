"""Is the log whole? Verified when somebody asks and every few seconds while somebody watches."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from crisisroom.core.clock import Clock
from crisisroom.core.times import read_instant
from crisisroom.db import Database
from crisisroom.live.hub import Hub
from crisisroom.log import store
from crisisroom.log.checkpoint import (
    Checkpoint,
    CheckpointInvalid,
    Signer,
    check_against,
    make_checkpoints,
    read_checkpoints,
)
from crisisroom.log.verify import Problem, verify_book
from crisisroom.render.proof import CheckpointLine, ProofView, proof_view

FOLDER = "checkpoints"
EVERY_SECONDS = 4.0
# Verifying takes at most this share of the process's time, however long the log has become.
SHARE = 0.05
MAX_CHECKPOINTS = 10
SIGN_EVERY = timedelta(hours=1)

logger = structlog.get_logger()


@dataclass(frozen=True)
class Proof:
    """What one verification of a book found."""

    book: UUID
    problems: tuple[Problem, ...]
    checkpoints: tuple[CheckpointLine, ...]
    checked_at: datetime

    def for_rooms(self, rooms: Iterable[UUID], entries: int) -> ProofView:
        """What members of these rooms may know of it."""
        return proof_view(
            self.problems, book=self.book, rooms=rooms, entries=entries, checked_at=self.checked_at,
            checkpoints=self.checkpoints,
        )  # fmt: skip

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems and all(line.good for line in self.checkpoints)


class Proofs:
    """Verifies books, with the checkpoints that this server has kept."""

    def __init__(self, database: Database, hub: Hub, clock: Clock, signer: Signer, folder: Path) -> None:
        self._database = database
        self._hub = hub
        self._clock = clock
        self._signer = signer
        self._folder = folder / FOLDER
        self._last: dict[UUID, Proof] = {}
        self._signed = 0

    async def verify(self, book: UUID) -> Proof:
        """Verify now, and tell whoever watches if it turned out otherwise than before."""
        async with self._database.read() as connection:
            problems = await verify_book(connection, book)
            entries = await store.raw_entries(connection, book)
        hashes: dict[UUID, list[str]] = {}
        for row in entries:
            hashes.setdefault(row.room, []).append(row.hash)
        lines = [self._line(one, hashes[one.room]) for one in self._kept() if one.room in hashes]
        proof = Proof(book, tuple(problems), tuple(lines[:MAX_CHECKPOINTS]), self._clock.now())
        before = self._last.get(book)
        self._last[book] = proof
        if before is not None and before.whole != proof.whole:
            self._tell(proof)
        return proof

    async def state(self, book: UUID) -> str:
        """`whole` or `broken`, as last verified; verified now if it never was."""
        proof = self._last.get(book) or await self.verify(book)
        return "whole" if proof.whole else "broken"

    async def sign(self) -> None:
        """Write a checkpoint of every room if anything is new since the last one. What is broken is not signed."""
        async with self._database.read() as connection:
            log, _ = await store.instance(connection)
            total = await store.count(connection)
            if total == self._signed:
                return
            rows: list[tuple[UUID, int, str]] = []
            for book in await store.books(connection):
                if problems := await verify_book(connection, book):
                    logger.error("no checkpoint: the log is not whole", book=str(book), problem=str(problems[0]))
                    return
                rows += [(row.room, row.seq, row.hash) for row in await store.raw_entries(connection, book)]
        now = self._clock.now()
        notes = "\n".join(map(self._signer.sign, make_checkpoints(log, rows, now)))
        self._folder.mkdir(exist_ok=True)
        (self._folder / f"{now:%Y%m%dT%H%M%SZ}.txt").write_text(notes, encoding="utf-8")
        self._signed = total

    async def run(self) -> None:
        """Verify every watched book again and again, leaving most of the time to everything else."""
        signed_at = self._clock.now() - SIGN_EVERY
        while True:
            taken = 0.0
            if self._clock.now() - signed_at >= SIGN_EVERY:
                signed_at = self._clock.now()
                await self._sign_if_possible()
            for book in self._hub.watched():
                began = time.monotonic()
                try:
                    await self.verify(book)
                except Exception:
                    logger.exception("the log could not be verified")
                taken += time.monotonic() - began
            await self._clock.sleep(max(EVERY_SECONDS, taken / SHARE))

    async def _sign_if_possible(self) -> None:
        try:
            await self.sign()
        except (SQLAlchemyError, OSError) as error:
            logger.error("no checkpoint could be written", error=str(error))

    def _tell(self, proof: Proof) -> None:
        first = proof.problems[0] if proof.problems else None
        self._hub.tell_proof(
            proof.book,
            state="whole" if proof.whole else "broken",
            room=str(first.room) if first else "",
            seq=first.seq if first else 0,
            what=first.what if first else "",
        )
        if not proof.whole:
            logger.error("the log is not whole", book=str(proof.book), problem=str(first))

    def _kept(self) -> list[Checkpoint]:
        """The checkpoints on this disk, newest first; files with a wrong signature are left out and reported."""
        found: list[Checkpoint] = []
        for path in sorted(self._folder.glob("*.txt"), reverse=True)[:MAX_CHECKPOINTS]:
            try:
                found += read_checkpoints(path.read_text(encoding="utf-8"), self._signer.public)
            except (CheckpointInvalid, OSError, UnicodeDecodeError) as error:
                logger.error("a checkpoint cannot be used", file=path.name, error=str(error))
        return found

    def _line(self, checkpoint: Checkpoint, hashes: list[str]) -> CheckpointLine:
        problems = check_against(checkpoint, hashes)
        return CheckpointLine(
            room=checkpoint.room,
            seq=checkpoint.size,
            at=read_instant(checkpoint.at),
            signer=self._signer.public.name,
            good=not problems,
            what=problems[0].what if problems else "",
        )
