"""`execute`: the only way anything changes. One writer a process takes commands in batches; each batch is one commit.

The database sees a handful of statements a batch. Nobody gets an answer, a refusal either, before the commit is
durable: what a command was decided on may itself still be undone until then.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

import structlog
from sqlalchemy import Connection as SyncConnection
from sqlalchemy import Executable

from crisisroom.access.grants import Actor
from crisisroom.commanding.batch import Batch, Job, Receipt, References
from crisisroom.commanding.command import Command
from crisisroom.core.clock import Clock
from crisisroom.core.condition import Condition, State
from crisisroom.core.errors import BadInput, NotSaved
from crisisroom.core.ids import Ids
from crisisroom.core.tasks import stop
from crisisroom.db import Database, Trouble
from crisisroom.log import appending
from crisisroom.log.books import Books
from crisisroom.log.canonical import canonical
from crisisroom.log.record import Record

__all__ = ["Receipt", "Writer"]

BATCH = 64
WAITING = 4096
LOOK_AGAIN_SECONDS = 1.0
DATABASE, DISK = "database", "disk"

Committed = Callable[[UUID, Sequence[Record]], None]

logger = structlog.get_logger()


class Writer:
    """The process's one writer. `committed` is called with each book's new records, after the commit."""

    def __init__(
        self,
        database: Database,
        books: Books,
        clock: Clock,
        ids: Ids,
        references: References = dict,
        condition: Condition | None = None,
    ) -> None:
        self.database = database
        self.books = books
        self.clock = clock
        self.ids = ids
        self.references = references
        self.condition = condition or Condition(clock)
        self.committed: list[Committed] = []
        self.measure: Callable[[int, float], None] = lambda commands, seconds: None
        self._queue: asyncio.Queue[Job] = asyncio.Queue(WAITING)

    async def execute(
        self, command: Command, actor: Actor, *, book: UUID | None = None, key: UUID | None = None
    ) -> Receipt:
        """Carry out a command on a book and answer when it is durable. Raises Refused; then nothing was changed.

        A sender that goes away does not stop its command; the same key later tells what became of it.
        """
        if not self.condition.takes_changes:
            raise NotSaved(f"Not saved. {self.condition.words}")
        text = _canonical(command, book)
        done: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        try:
            self._queue.put_nowait(Job(command, text, actor, key, book or self.ids.new(), done))
        except asyncio.QueueFull:
            raise NotSaved("Not saved: the server has too much to do. Your text is kept; try again.") from None
        return await asyncio.shield(done)

    async def keep(self, *statements: Executable) -> None:
        """Write what is not history and may be forgotten: sign-in sessions, tokens, password hashes."""
        if not self.condition.takes_changes:
            raise NotSaved(f"Not saved. {self.condition.words}")
        try:
            async with self.database.write() as connection:
                for statement in statements:
                    await connection.execute(statement)
                await connection.commit()
        except Exception as error:
            self.report(self.database.trouble(error))
            raise

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Writer]:
        """Write for as long as the block lasts; what was taken in is finished before it ends."""
        tasks = [
            asyncio.create_task(self._run(), name="writer"),
            asyncio.create_task(self._recover(), name="writer's recovery"),
        ]
        try:
            yield self
            await self._queue.join()
        finally:
            await stop(*tasks)

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
            finally:
                for job in jobs:
                    self._queue.task_done()
                    if not job.done.done():
                        self.books.forget(job.book)
                        job.done.set_exception(NotSaved(_UNKNOWN, saved="unknown"))

    async def _write(self, jobs: list[Job], again: bool = False) -> None:
        """One durable commit for all. Where one of them is at fault, one for each, so that none falls with another."""
        attempt = Attempt()
        try:
            await self._commit(attempt, jobs)
        except Exception as error:
            if not attempt.durable:
                await self._failed(error, attempt, jobs, again)
                return
            logger.exception("a connection could not be given back")
        assert attempt.batch is not None  # noqa: S101
        self._publish(attempt.batch)

    async def _commit(self, attempt: Attempt, jobs: list[Job]) -> None:
        began = asyncio.get_running_loop().time()
        async with self.database.write() as connection:
            attempt.batch = Batch(self.books, self.clock, self.ids, self.references, connection)
            await attempt.batch.carry_out(jobs)
            if attempt.batch.records:
                await connection.run_sync(_write_down, attempt)
            attempt.durable = True
        if attempt.batch.records:
            self.measure(len(jobs), asyncio.get_running_loop().time() - began)

    async def _failed(self, error: Exception, attempt: Attempt, jobs: list[Job], again: bool) -> None:
        trouble = self.database.trouble(error)
        _say(trouble, error, jobs)
        for job in jobs:
            self.books.forget(job.book)
        if trouble is Trouble.LOST and not attempt.committing and not again:
            await self._write(jobs, again=True)  # the connection had died of age: nothing was sent over it
        elif trouble in (Trouble.CLASH, Trouble.OTHER, Trouble.BUSY) and not attempt.committing and len(jobs) > 1:
            for job in jobs:
                await self._write([job])
        elif trouble is Trouble.CLASH and not attempt.committing and not again:
            await self._write(jobs, again=True)  # now it sees what it clashed with
        else:
            self._refuse(jobs, trouble, attempt.committing)

    def _publish(self, batch: Batch) -> None:
        """After the commit: the new state becomes the process's state, senders get answers, listeners the records."""
        for draft in batch.drafts.values():
            draft.merge()
            self.books.adopt(draft.base)
        for job, answer in batch.answers:
            if isinstance(answer, Exception):
                job.done.set_exception(answer)
            else:
                job.done.set_result(answer)
        for book in batch.drafts:
            records = [record for record in batch.records if record.book == book]
            for tell in self.committed if records else ():
                try:
                    tell(book, records)
                except Exception:
                    logger.exception("somebody could not be told of a change", book=str(book))

    def _refuse(self, jobs: list[Job], trouble: Trouble, committing: bool) -> None:
        """A lost commit may have been carried out all the same, unless the disk had no room for it."""
        saved: bool | str = "unknown" if committing and trouble is not Trouble.FULL else False
        self.report(trouble)
        for job in jobs:
            job.done.set_exception(NotSaved(_UNKNOWN if saved else _NOT_SAVED, saved=saved))

    async def _recover(self) -> None:
        """While nothing can be stored, try once a second whether something can be."""
        while True:
            await self.clock.sleep(LOOK_AGAIN_SECONDS)
            if self.condition.takes_changes or self.condition.state is State.STOPPED:
                continue
            try:
                async with self.database.write() as connection:
                    await appending.touch(connection)
                    await connection.commit()
            except Exception as error:
                self.report(self.database.trouble(error))
            else:
                for part in (DATABASE, DISK):
                    self.condition.clear(part)

    def report(self, trouble: Trouble) -> None:
        """Something went wrong with the database; it is looked at again each second until a change can be stored."""
        if trouble in _AILMENTS:
            self.condition.report(*_AILMENTS[trouble])


class Attempt:
    """How far a commit has come: once it is under way, a lost answer does not mean that it failed."""

    batch: Batch | None = None
    committing = False
    durable = False


def _write_down(connection: SyncConnection, attempt: Attempt) -> None:
    assert attempt.batch is not None  # noqa: S101
    appending.write(connection, attempt.batch.records, attempt.batch.drafts.values())
    attempt.committing = True
    connection.commit()
    attempt.durable = True


def _canonical(command: Command, book: UUID | None) -> str:
    try:
        fields = command.model_dump(mode="json", exclude_unset=True)
        return canonical({"book": str(book) if book else None, "command": command.wire_name, "fields": fields})
    except (ValueError, RecursionError):
        raise BadInput("Nothing was changed. Something in it is no number or text that the log can keep.") from None


def _say(trouble: Trouble, error: Exception, jobs: list[Job]) -> None:
    if trouble is Trouble.OTHER:
        logger.exception("not saved", commands=len(jobs))
    elif trouble is not Trouble.CLASH:
        logger.error("not saved", trouble=trouble.value, error=type(error.__cause__ or error).__name__)


_AWAY = (DATABASE, State.READ_ONLY, "The database cannot be reached: you can read, and changes wait until it is back.")
_AILMENTS = {
    Trouble.LOST: _AWAY,
    Trouble.AWAY: _AWAY,
    Trouble.FULL: (DISK, State.READ_ONLY, "The disk is full: you can read, and changes wait until there is room."),
    Trouble.UNSAFE: (
        DISK,
        State.STOPPED,
        "The disk could not confirm what was written. What was confirmed before is safe; nothing more is written until"
        " somebody has looked at the machine and started the server again.",
    ),
}
_NOT_SAVED = "Not saved. Your text is kept. The database did not take the change; try again."
_UNKNOWN = "The answer was lost. Send it again with the same key: it will not happen twice."
