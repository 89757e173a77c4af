"""`execute`: the only way anything changes. One writer a process takes commands in batches; each batch is one commit.

For every command: lock the book, look for a repeat of its key, authorise, decide, append to the chain, apply to the
state. Decisions are pure and made against the state in memory, which the lock has made certain; the database sees a
handful of statements a batch. Nobody gets a receipt before the commit is durable.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Connection as SyncConnection
from sqlalchemy import Executable
from sqlalchemy.exc import SQLAlchemyError

from crisisroom.access.grants import Actor, Grant, grant_for
from crisisroom.access.policy import require
from crisisroom.access.rooms import is_closed
from crisisroom.commanding.command import Command, handler_of, prepare_of
from crisisroom.commanding.scene import Scene
from crisisroom.core.clock import Clock
from crisisroom.core.errors import BadInput, IncidentClosed, KeyReused, NotFound, NotSaved, Refused
from crisisroom.core.ids import Ids
from crisisroom.db import Connection, Database
from crisisroom.log import store
from crisisroom.log.books import Books
from crisisroom.log.canonical import SALT_BYTES, canonical, command_digest
from crisisroom.log.event import Event, Stamp
from crisisroom.log.record import Record, write_record
from crisisroom.log.snapshot import Draft, Snapshot

BATCH = 64
WAITING = 4096

Committed = Callable[[UUID, Sequence[Record]], None]
References = Callable[[], Mapping[type, Any]]

logger = structlog.get_logger()


@dataclass(frozen=True)
class Receipt:
    """What became of a command: `applied`, `repeated` (this key was carried out before) or `unchanged`."""

    result: str
    book: UUID
    room: UUID | None
    seq: int
    id: UUID | None


@dataclass
class Job:
    """A command on its way, and the future its sender waits for."""

    command: Command
    actor: Actor
    key: UUID | None
    book: UUID
    done: asyncio.Future[Receipt]
    text: str = ""


@dataclass
class Batch:
    """Jobs that share one transaction, and what they have led to so far."""

    connection: Connection
    drafts: dict[UUID, Draft]
    repeats: dict[tuple[UUID, UUID], Record]
    records: list[Record] = field(default_factory=list)
    receipts: list[tuple[Job, Receipt]] = field(default_factory=list)


class Writer:
    """The process's one writer. `committed` is called with each book's new records, after the commit."""

    def __init__(self, database: Database, books: Books, clock: Clock, ids: Ids, references: References = dict) -> None:
        self.database = database
        self.books = books
        self.clock = clock
        self.ids = ids
        self.references = references
        self.committed: list[Committed] = []
        self._queue: asyncio.Queue[Job] = asyncio.Queue(WAITING)

    async def execute(
        self, command: Command, actor: Actor, *, book: UUID | None = None, key: UUID | None = None
    ) -> Receipt:
        """Carry out a command on a book and answer when it is durable. Raises Refused; then nothing was changed.

        A sender that goes away does not stop its command; the same key later tells what became of it.
        """
        job = Job(command, actor, key, book or self.ids.new(), asyncio.get_running_loop().create_future())
        try:
            fields = command.model_dump(mode="json", exclude_unset=True)
            job.text = canonical({"book": str(book) if book else None, "command": command.wire_name, "fields": fields})
        except (ValueError, RecursionError):
            raise BadInput("Nothing was changed. Something in it is no number or text that the log can keep.") from None
        try:
            self._queue.put_nowait(job)
        except asyncio.QueueFull:
            raise NotSaved("Not saved: the server has too much to do. Your text is kept; try again.") from None
        return await asyncio.shield(job.done)

    async def keep(self, *statements: Executable) -> None:
        """Write what is not history and may be forgotten: sign-in sessions, tokens, password hashes."""
        async with self.database.write() as connection:
            for statement in statements:
                await connection.execute(statement)
            await connection.commit()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Writer]:
        """Write for as long as the block lasts; what was taken in is finished before it ends."""
        task = asyncio.create_task(self._run(), name="writer")
        try:
            yield self
            await self._queue.join()
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _run(self) -> None:
        while True:
            jobs = [await self._queue.get()]
            while len(jobs) < BATCH and not self._queue.empty():
                jobs.append(self._queue.get_nowait())
            try:
                await self._write(jobs)
            except Exception:
                # A mistake in the program must cost these senders an answer, not everybody the writer.
                logger.exception("a batch failed", commands=len(jobs))
                for job in jobs:
                    self.books.forget(job.book)
            finally:
                for job in jobs:
                    self._queue.task_done()
                    if not job.done.done():
                        job.done.set_exception(NotSaved(_UNKNOWN, saved="unknown"))

    async def _write(self, jobs: list[Job]) -> None:
        """One durable commit for all; if that fails, one for each, so that none falls with another."""
        try:
            batch = await self._commit(jobs)
        except Exception as error:
            refused = isinstance(error, (SQLAlchemyError, OSError))
            if refused:
                logger.error("not saved", error=str(error.__cause__ or error), commands=len(jobs))
            else:
                logger.exception("not saved", commands=len(jobs))
            for job in jobs:
                self.books.forget(job.book)
            for job in [job for job in jobs if not job.done.done()]:
                if len(jobs) > 1:
                    await self._write([job])
                else:
                    job.done.set_exception(NotSaved(_NOT_SAVED) if refused else NotSaved(_UNKNOWN, saved="unknown"))
        else:
            self._publish(batch)

    async def _commit(self, jobs: list[Job]) -> Batch:
        async with self.database.write() as connection:
            batch = await self._open(connection, jobs)
            for job in jobs:
                await self._carry_out(batch, job)
            if batch.records:
                await connection.run_sync(_write_down, batch)
        return batch

    async def _open(self, connection: Connection, jobs: Sequence[Job]) -> Batch:
        wanted = sorted({job.book for job in jobs})
        newest = await store.positions(connection, wanted, lock=True)
        drafts = {}
        for book in wanted:
            exists = book in newest
            snapshot = await self.books.at_least(connection, book, newest[book]) if exists else Snapshot(book)
            drafts[book] = Draft(snapshot)
        keys = {(job.actor.id, job.key) for job in jobs if job.actor.id and job.key}
        return Batch(connection, drafts, await store.find_repeats(connection, keys))

    async def _carry_out(self, batch: Batch, job: Job) -> None:
        """Decide one command; a refusal is its sender's alone and leaves no trace in the batch."""
        draft = Draft(batch.drafts[job.book])
        try:
            receipt, records = await self._decide(batch, draft, job)
        except Refused as refusal:
            job.done.set_exception(refusal)
            return
        except (SQLAlchemyError, OSError):
            raise
        except Exception as error:
            logger.exception("a command failed", command=job.command.wire_name)
            job.done.set_exception(error)
            return
        draft.merge()
        batch.records += records
        batch.receipts.append((job, receipt))
        if records and job.actor.id and job.key:
            batch.repeats[job.actor.id, job.key] = records[0]

    async def _decide(self, batch: Batch, draft: Draft, job: Job) -> tuple[Receipt, list[Record]]:
        command = job.command
        if not draft.position and not command.opens_book:
            raise NotFound
        grant = grant_for(job.actor, draft)
        require(grant, command.permission)
        if job.actor.id and job.key and (before := batch.repeats.get((job.actor.id, job.key))):
            return _repeat(job, before), []
        if is_closed(draft):
            raise IncidentClosed
        prepare = prepare_of(type(command))
        prepared = await prepare(command, batch.connection) if prepare else None
        now = max(self.clock.now(), draft.at)  # a clock that is put back must not put entries out of order
        scene = Scene(job.book, draft, grant, now, self.ids.new, self.references(), prepared)
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
            first = not records
            record = write_record(
                Stamp(job.book, room, head.seq + 1, scene.now, grant.by),
                event,
                position=draft.position + 1,
                prev_hash=head.hash,
                salt=salt,
                key=job.key if first and job.actor.id else None,
                command=command_digest(salt, job.text) if first and job.key and job.actor.id else None,
            )
            draft.advance(record)
            records.append(record)
        return records

    def _publish(self, batch: Batch) -> None:
        """After the commit: the new state becomes the process's state, senders get receipts, listeners the records."""
        for draft in batch.drafts.values():
            draft.merge()
            self.books.adopt(draft.base)
        for job, receipt in batch.receipts:
            job.done.set_result(receipt)
        for book in batch.drafts:
            records = [record for record in batch.records if record.book == book]
            for tell in self.committed if records else ():
                tell(book, records)


def _write_down(connection: SyncConnection, batch: Batch) -> None:
    store.write(connection, batch.records, batch.drafts.values())
    connection.commit()


def _repeat(job: Job, before: Record) -> Receipt:
    if before.command != command_digest(before.salt, job.text):
        raise KeyReused("This Idempotency-Key was used for another command. Nothing was changed.", "Idempotency-Key")
    return Receipt("repeated", before.book, before.room, before.seq, before.data.subject_id)


_NOT_SAVED = "Not saved. Your text is kept. The database did not take the change; try again."
_UNKNOWN = "The answer was lost. Send it again with the same key: it will not happen twice."
