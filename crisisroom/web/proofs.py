"""Is the log whole? Verified when somebody asks and every few seconds while somebody watches."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from crisisroom.core.clock import Clock
from crisisroom.core.times import read_instant
from crisisroom.db import Database
from crisisroom.live.hub import Hub
from crisisroom.log import store
from crisisroom.log.checkpoint import Checkpoint, check_against
from crisisroom.log.signing import Kept, NotSigned, sign_log
from crisisroom.log.verify import Problem, Verified, examine, examine_news
from crisisroom.render.proof import CheckpointLine, ProofView, proof_view

EVERY = timedelta(seconds=4)
# What was found so long ago is shown to whoever looks now, so that many viewers cost no more than one.
RECENT = timedelta(seconds=2)
# Verifying takes at most this share of the process's time, however long the log has become.
SHARE = 0.05
MAX_CHECKPOINTS = 10
SIGN_EVERY = timedelta(hours=1)

logger = structlog.get_logger()


@dataclass(frozen=True)
class Proof:
    """What the last verification of a whole book found, and those of what came after it."""

    found: Verified
    checkpoints: tuple[CheckpointLine, ...]
    checked_at: datetime
    took: timedelta

    def for_rooms(self, rooms: Iterable[UUID]) -> ProofView:
        """What members of these rooms may know of it."""
        rooms = frozenset(rooms)
        return proof_view(
            self.found.problems, book=self.found.book, rooms=rooms, checked_at=self.checked_at,
            entries=sum(len(entries) for room, entries in self.found.hashes.items() if room in rooms),
            checkpoints=self.checkpoints,
        )  # fmt: skip

    @property
    def broken_rooms(self) -> set[str]:
        """Where something is wrong: rooms, or the book for what is of no room."""
        return {str(one.room) for one in self.found.problems} | {
            str(line.room) for line in self.checkpoints if not line.good
        }

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong in any room."""
        return not self.broken_rooms


@dataclass
class _Known:
    """The last proof of a book. One verification runs at a time; whoever comes meanwhile waits for its result."""

    proof: Proof | None = None
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Proofs:
    """Verifies books, with the checkpoints that this server has kept."""

    def __init__(self, database: Database, hub: Hub, clock: Clock, kept: Kept) -> None:
        self._database = database
        self._hub = hub
        self._clock = clock
        self._kept = kept
        self._books: dict[UUID, _Known] = {}
        self._signed = 0

    async def state(self, book: UUID, rooms: Iterable[UUID]) -> str:
        """`whole` or `broken`, for members of these rooms, as last verified; verified now if it never was."""
        proof = self._known(book).proof or await self.recent(book)
        return proof.for_rooms(rooms).state

    async def recent(self, book: UUID) -> Proof:
        """The proof of the whole log as it is now; what was verified a moment ago is not verified again."""
        known = self._known(book)
        async with known.turn:
            if known.proof is not None and self._is_recent(known.proof):
                async with self._database.read(long=True) as connection:
                    news = await examine_news(connection, known.proof.found)
                if news is not None:
                    known.proof = Proof(news, known.proof.checkpoints, known.proof.checked_at, known.proof.took)
                    return known.proof
            return await self._verify(known, book)

    async def verify(self, book: UUID) -> Proof:
        """Verify the whole book now, and tell whoever watches if it turned out otherwise than before."""
        known = self._known(book)
        async with known.turn:
            return await self._verify(known, book)

    async def sign(self) -> None:
        """Write a checkpoint of every room if anything is new since the last one. What is broken is not signed."""
        before = await asyncio.to_thread(self._kept.checkpoints)
        async with self._database.read(long=True) as connection:
            total = await store.count(connection)
            if total == self._signed:
                return
            await sign_log(connection, self._kept, before, self._clock.now())
        self._signed = total

    async def run(self) -> None:
        """Verify every watched book again and again, leaving most of the time to everything else."""
        signed_at = self._clock.now() - SIGN_EVERY
        while True:
            if self._clock.now() - signed_at >= SIGN_EVERY:
                signed_at = self._clock.now()
                await self._sign_if_possible()
            began = self._clock.now()
            for book in self._hub.watched():
                try:
                    await self.verify(book)
                except Exception:
                    logger.exception("the log could not be verified")
            await self._clock.sleep(max(EVERY, (self._clock.now() - began) / SHARE).total_seconds())

    def _known(self, book: UUID) -> _Known:
        return self._books.setdefault(book, _Known())

    def _is_recent(self, proof: Proof) -> bool:
        """Of a long log, looking at it costs too much to do it for each viewer; what is new is looked at each time."""
        return abs(self._clock.now() - proof.checked_at) <= max(RECENT, proof.took / SHARE)

    async def _verify(self, known: _Known, book: UUID) -> Proof:
        began = self._clock.now()
        # Before the log is read: what another process signs meanwhile may be of a longer log than the one read here.
        kept = await asyncio.to_thread(self._kept.checkpoints)
        async with self._database.read(long=True) as connection:
            found = await examine(connection, book)
        before = known.proof
        gone = before.found.hashes.keys() - found.hashes.keys() if before else ()
        lines = await asyncio.to_thread(self._lines, {**found.hashes, **dict.fromkeys(gone, ())}, kept)
        proof = known.proof = Proof(found, tuple(lines), began, abs(self._clock.now() - began))
        if not proof.whole and (before is None or before.whole):
            logger.error("the log is not whole", book=str(book), rooms=sorted(proof.broken_rooms))
        if before is not None:
            self._hub.tell_proof(book, lambda rooms: _change(before.for_rooms(rooms), proof.for_rooms(rooms)))
        return proof

    async def _sign_if_possible(self) -> None:
        try:
            await self.sign()
        except NotSigned as refusal:
            first = refusal.problems[0]
            logger.error("no checkpoint: the log is not whole", room=str(first.room), seq=first.seq)
        except Exception:
            logger.exception("no checkpoint could be written")
        while self._kept.refused:
            logger.error("a checkpoint cannot be used", file=self._kept.refused.pop())

    def _lines(self, rooms: Mapping[UUID, Sequence[str]], kept: Sequence[Checkpoint]) -> list[CheckpointLine]:
        """The newest checkpoints of each room that is in the book, or was when it was verified before.

        Of those that say the same of a room only the first counts: when others were made shows what other rooms did.
        """
        lines: list[CheckpointLine] = []
        inside = [one for one in kept if one.log == self._kept.log and one.room in rooms]
        for room, hashes in rooms.items():
            own = [one for one in inside if one.room == room][-MAX_CHECKPOINTS:]
            lines += [self._line(one, hashes) for one in reversed(own)]
        return lines

    def _line(self, checkpoint: Checkpoint, hashes: Sequence[str]) -> CheckpointLine:
        problems = check_against(checkpoint, hashes)
        return CheckpointLine(
            room=checkpoint.room,
            seq=checkpoint.size,
            at=read_instant(checkpoint.at),
            signer=self._kept.signer.public.name,
            good=not problems,
            what=problems[0].what if problems else "",
        )


def _change(before: ProofView, now: ProofView) -> dict[str, Any]:
    """What to tell of it, if it is news."""
    told, news = _told(before), _told(now)
    return {} if told == news else news


def _told(view: ProofView) -> dict[str, Any]:
    wrong: list[Problem | CheckpointLine] = [*view.problems, *view.bad_checkpoints]
    first = wrong[0] if wrong else None
    return {
        "state": view.state,
        "room": str(first.room) if first else "",
        "seq": first.seq if first else 0,
        "what": first.what if first else "",
    }
