"""Commands that share one transaction: each is decided against the state that the ones before it have led to.

For every command: look for a repeat of its key, authorise, decide, append to the chain, apply to the state. Decisions
are pure and made in memory; a refusal is its sender's alone and leaves no trace in the batch.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from crisisroom.access.directory import Directory
from crisisroom.access.grants import Actor, Grant, grant_for
from crisisroom.access.policy import require
from crisisroom.access.rooms import is_closed
from crisisroom.commanding.command import Command, handler_of, prepare_of
from crisisroom.commanding.scene import Scene
from crisisroom.core.clock import Clock
from crisisroom.core.errors import IncidentClosed, KeyReused, NotFound, NotSaved, Refused, SignedOut
from crisisroom.core.ids import Ids, ids_from
from crisisroom.db import Connection
from crisisroom.log import appending
from crisisroom.log.books import UNREADABLE, Books
from crisisroom.log.canonical import SALT_BYTES, command_digest
from crisisroom.log.event import Event, Stamp
from crisisroom.log.record import Record, write_record
from crisisroom.log.snapshot import Draft, Snapshot

References = Callable[[], Mapping[type, Any]]

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a command: `applied`, `repeated` (this key was carried out before) or `unchanged`."""

    result: str
    book: UUID
    room: UUID | None
    seq: int
    id: UUID | None


@dataclass(slots=True)
class Job:
    """A command on its way, its canonical text, and the future its sender waits for."""

    command: Command
    text: str
    actor: Actor
    key: UUID | None
    book: UUID
    done: asyncio.Future[Receipt]

    @property
    def identity(self) -> tuple[UUID, UUID] | None:
        """What makes it the same command again: who sent it, and their key."""
        return (self.actor.id, self.key) if self.actor.id and self.key else None


@dataclass
class Batch:
    """Jobs in one transaction, what they have led to so far, and what each sender will be told after the commit."""

    books: Books
    clock: Clock
    ids: Ids
    references: References
    connection: Connection
    drafts: dict[UUID, Draft] = field(default_factory=dict)
    repeats: dict[tuple[UUID, UUID], Record] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)
    answers: list[tuple[Job, Receipt | Exception]] = field(default_factory=list)

    async def carry_out(self, jobs: Sequence[Job]) -> None:
        """Decide every job; nothing is written yet."""
        keys = {job.identity for job in jobs if job.identity}
        heads, self.repeats = await self.connection.run_sync(appending.lock, {job.book for job in jobs}, keys)
        for book in {job.book for job in jobs}:
            await self._open(book, heads.get(book))
        for job in jobs:
            self.answers.append((job, await self._answer(job)))

    async def _open(self, book: UUID, head: appending.LockedHead | None) -> None:
        """The book's state, which the lock makes certain. What memory knows beyond it, the database has lost."""
        if head is None:
            self.books.forget(book)
            self.drafts[book] = Draft(Snapshot(book))
            return
        for _ in range(2):
            try:
                snapshot = await self.books.at_least(self.connection, book, head.position)
            except UNREADABLE:
                # A log that was damaged from outside costs its own incident, not those it shares a batch with.
                logger.exception("a book cannot be read", book=str(book))
                snapshot = None
            if snapshot is not None and snapshot.position == head.position and _ends(snapshot) == head.rooms:
                self.drafts[book] = Draft(snapshot)
                return
            logger.error("the database is not where this process knew it to be", book=str(book))
            self.books.forget(book)

    async def _answer(self, job: Job) -> Receipt | Exception:
        if job.book not in self.drafts:
            return NotSaved(_DAMAGED)
        draft = Draft(self.drafts[job.book])
        try:
            receipt, records = await self._decide(draft, job)
        except Refused as refusal:
            return refusal
        except (SQLAlchemyError, OSError, TimeoutError):
            raise
        except Exception as error:
            logger.exception("a command failed", command=job.command.wire_name)
            return error
        draft.merge()
        self.records += records
        if records and job.identity:
            self.repeats[job.identity] = records[0]
        return receipt

    async def _decide(self, draft: Draft, job: Job) -> tuple[Receipt, list[Record]]:
        command = job.command
        if not draft.position and not command.opens_book:
            raise NotFound
        references = self.references()
        grant = grant_for(_present(job.actor, references), draft)
        require(grant, command.permission)
        if job.identity and (before := self.repeats.get(job.identity)):
            return _repeat(job, before), []
        if is_closed(draft):
            raise IncidentClosed
        prepare = prepare_of(type(command))
        prepared = await prepare(command, self.connection) if prepare else None
        now = max(self.clock.now(), draft.at)  # a clock that is put back must not put entries out of order
        new_id = ids_from(*job.identity) if job.identity else self.ids.new
        scene = Scene(job.book, draft, grant, now, new_id, references, prepared)
        outcome = handler_of(type(command))(command, scene)
        if not outcome.events:
            seq = draft.head(outcome.room).seq if outcome.room else 0
            return Receipt("unchanged", job.book, outcome.room, seq, outcome.id), []
        records = self._append(draft, job, grant, scene, outcome.events)
        first = records[0]
        return Receipt("applied", job.book, first.room, first.seq, first.data.subject_id), records

    def _append(
        self, draft: Draft, job: Job, grant: Grant, scene: Scene, events: Sequence[tuple[UUID, Event]]
    ) -> list[Record]:
        """Chain the events and apply them. Only the first carries the key: one command, one key, once."""
        records: list[Record] = []
        for room, event in events:
            head = draft.head(room)
            salt = self.ids.secret(SALT_BYTES).hex()
            identity = job.identity if not records else None
            record = write_record(
                Stamp(job.book, room, head.seq + 1, scene.now, grant.by(room)),
                event,
                position=draft.position + 1,
                prev_hash=head.hash,
                salt=salt,
                key=job.key if identity else None,
                command=command_digest(salt, job.text) if identity else None,
            )
            draft.advance(record)
            records.append(record)
        return records


def _ends(snapshot: Snapshot) -> dict[UUID, tuple[int, str]]:
    return {room: (head.seq, head.hash) for room, head in snapshot.heads.items()}


def _present(actor: Actor, references: Mapping[type, Any]) -> Actor:
    """The actor as the directory has them now: what counts is who may when it is carried out, not when it was sent."""
    directory = references.get(Directory)
    if actor.id is None or directory is None:
        return actor
    member = directory.people.get(actor.id)
    if member is None or member.disabled:
        raise SignedOut
    return member.actor  # type: ignore[no-any-return]


def _repeat(job: Job, before: Record) -> Receipt:
    if before.command != command_digest(before.salt, job.text):
        raise KeyReused("This Idempotency-Key was used for another command. Nothing was changed.", "Idempotency-Key")
    return Receipt("repeated", before.book, before.room, before.seq, before.data.subject_id)


_DAMAGED = (
    "Not saved. The log of this incident was damaged and takes no more entries. Your text is kept; see the log page."
)
