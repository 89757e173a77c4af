"""The hub: connects the log with the viewers of this process. What is new comes from this process's writer, or is read
when a doorbell says so; and it looks by itself, as a bell that was not heard must cost time only.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import UUID

import structlog

from crisisroom.access.grants import Actor, grant_for
from crisisroom.core.clock import Clock
from crisisroom.core.condition import Condition
from crisisroom.db import Database
from crisisroom.live import presence
from crisisroom.live.audience import Audience
from crisisroom.live.channel import RING, Channel
from crisisroom.live.doorbell import Doorbell, Here
from crisisroom.live.elsewhere import Elsewhere
from crisisroom.live.frames import Fragments, frame, hello
from crisisroom.live.session import NO_LONGER_ALLOWED, RESTART, RESYNC, SIGNED_OUT, TOO_FAST, Kind, Session
from crisisroom.live.situation import SituationWatch
from crisisroom.log.books import Books
from crisisroom.log.cursor import Cursor
from crisisroom.log.record import Record
from crisisroom.log.snapshot import Snapshot
from crisisroom.log.store import read_after, read_rooms

# Beyond this many missed entries a page is drawn anew; programs are given all, however many.
MAX_MISSED = 500
# So many at a time; the next when these are on their way, or the line would be taken for one that is too slow.
PIECE = 100
# A person has a few pages open, a bridge of an agency some dozens; more would be a fault or an attack.
MAX_OF_ONE_PERSON = 4096

logger = structlog.get_logger()


class Hub:
    """Every viewer of this process, by the book they look at."""

    def __init__(
        self,
        database: Database,
        books: Books,
        fragments: Fragments,
        doorbell: Doorbell,
        clock: Clock,
        epoch: str,
        condition: Condition | None = None,
    ) -> None:
        self.database = database
        self.books = books
        self.fragments = fragments
        self.clock = clock
        self.epoch = epoch
        self.condition = condition or Condition(clock)
        self.condition.changed.append(self._tell_condition)
        self.measure: Callable[[float], None] = lambda seconds: None
        self.count_close: Callable[[int], None] = lambda code: None
        self.situation = SituationWatch(database, books)
        self._doorbell = doorbell
        self._channels: dict[UUID, Channel] = {}
        self._people: Counter[UUID] = Counter()
        self._elsewhere = Elsewhere(doorbell)
        self.wanted: set[UUID] = set()
        self.awake = asyncio.Event()
        doorbell.listen(self._hear)
        doorbell.listen_here(self._hear_here)

    # Joining and leaving

    async def join(self, session: Session, after: Cursor | None) -> None:
        """Make somebody a viewer: hello, what they missed since their cursor, and from then on everything new.

        One that fails is closed, so that they come back: an open line on which nothing comes would look like quiet.
        """
        try:
            if not self._count_in(session):
                session.close(TOO_FAST)
            elif session.kind is Kind.SITUATION:
                again = [] if after is None else [frame("resync", cursor="")]
                await self.situation.join(session, [hello(Cursor(self.epoch, {}), self.clock.now(), 0), *again])
            else:
                await self._join(session, after)
        except Exception:
            logger.exception("a viewer could not join")
            session.close(RESTART)

    async def _join(self, session: Session, after: Cursor | None) -> None:
        channel = self._channels.get(session.book) or self._new_channel(session.book)
        channel.joining.add(session)
        await self._bring_up(channel, after)
        audience = self._place(channel, session)
        if audience is not None:
            await self._catch_up(channel, audience, session, after)
            channel.admit(session)

    def leave(self, session: Session) -> None:
        """Forget a viewer."""
        self.count_close(session.close_code or 0)
        self.situation.leave(session)
        self._count_out(session)
        channel = self._channels.get(session.book)
        if channel is not None:
            channel.dismiss(session)
            if channel.empty:
                channel.stop()
                self.books.let_go(session.book)
                self._elsewhere.forget(session.book)
                del self._channels[session.book]

    def _new_channel(self, book: UUID) -> Channel:
        channel = Channel(book, self.books, self.fragments, self.epoch)
        channel.presence_changed = lambda: self._elsewhere.say(channel)
        channel.measure = self.measure
        self.books.hold(book)
        self._channels[book] = channel
        return channel

    async def _bring_up(self, channel: Channel, after: Cursor | None) -> None:
        """Begin the channel, or read on to what a cursor from another process knows already."""
        if channel.position and (after is None or after.epoch != self.epoch or channel.knows(after)):
            return
        async with self.database.read() as connection:
            snapshot = await self.books.fresh(connection, channel.book)
        channel.begin(snapshot)
        if channel.position < snapshot.position:
            await self.read_on(channel)

    def _place(self, channel: Channel, session: Session) -> Audience | None:
        """Put a session where it belongs now; its rights may have changed while it waited."""
        channel.joining.discard(session)
        rooms = grant_for(session.actor, channel.snapshot or Snapshot(channel.book)).rooms
        if not rooms:
            session.close(NO_LONGER_ALLOWED)
        if session.close_code is not None:
            return None
        session.rooms = rooms
        return channel.place(session)

    async def _catch_up(self, channel: Channel, audience: Audience, session: Session, after: Cursor | None) -> None:
        """Up to date, replay, or refresh. While there is something to send, the cursor stays the viewer's own."""
        now, ill = self.clock.now(), self._condition_frames()
        if after is None or after == audience.cursor:
            session.tell([hello(audience.cursor, now, 0), *ill])
        elif not audience.fits(after):
            session.tell([hello(after, now, 0), *ill, frame("resync", cursor=str(audience.cursor))])
        else:
            missed = audience.missed(after)
            session.tell([hello(after if missed else audience.cursor, now, missed), *ill])
            records = channel.remembered(audience, after)
            if session.kind is Kind.PAGE and missed > MAX_MISSED:
                session.tell([frame("resync", cursor=str(audience.cursor))])
            elif records is not None and len(records) <= PIECE:
                session.tell(audience.catch_up(after, records))
            else:
                await self._read_missed(audience, session, after)

    async def _read_missed(self, audience: Audience, session: Session, after: Cursor) -> None:
        """From the log, piece by piece, up to what everybody had been told when the session came."""
        end, places = dict(audience.told), after.within(audience.rooms)
        while places != end and session.close_code is None and session.rooms == audience.rooms:
            async with self.database.read() as connection:
                read = await read_rooms(connection, session.book, places, PIECE)
            records = [record for record in read if record.seq <= end[record.room]]
            if not records or session.rooms != audience.rooms:
                break
            session.tell(audience.catch_up(Cursor(self.epoch, places), records))
            places = places | {record.room: record.seq for record in records}
            await session.line.drained()

    def _count_in(self, session: Session) -> bool:
        if session.actor.id is None:
            return True
        self._people[session.actor.id] += 1
        return self._people[session.actor.id] <= MAX_OF_ONE_PERSON

    def _count_out(self, session: Session) -> None:
        if session.actor.id is not None:
            self._people[session.actor.id] -= 1
            if self._people[session.actor.id] <= 0:
                del self._people[session.actor.id]

    # News

    def committed(self, book: UUID, records: Sequence[Record]) -> None:
        """This process's writer has new records: no need to read them back."""
        channel = self._channels.get(book)
        if channel is not None:
            if not channel.reading.locked() and records[0].position == channel.position + 1:
                channel.take(records)
            else:
                self.wanted.add(book)
                self.awake.set()
        self.situation.committed(book, records)
        self._doorbell.ring(book, records[-1].position)

    def _hear(self, book: UUID, position: int) -> None:
        channel = self._channels.get(book)
        if channel is not None and position > channel.position:
            self.wanted.add(book)
            self.awake.set()

    async def read_on(self, channel: Channel) -> None:
        """Read what the log has beyond what the channel knows."""
        async with channel.reading, self.database.read() as connection:
            while channel.position and (records := await read_after(connection, channel.book, channel.position, RING)):
                await self.books.at_least(connection, channel.book, records[-1].position)
                channel.take(records)

    # What viewers say, and what they are told besides

    def hear_viewer(self, session: Session, message: dict[str, Any]) -> None:
        """What a viewer says of themselves. Unknown kinds are left for newer servers to understand."""
        channel = self._channels.get(session.book)
        snapshot = channel.snapshot if channel else None
        if channel is None or snapshot is None:
            return
        before = (session.idle, session.editing)
        if message["type"] == "editing":
            session.editing = presence.read_editing(message, snapshot, session.rooms)
        elif message["type"] == "idle":
            session.idle = message.get("idle") is True
        if (session.idle, session.editing) != before:
            channel.tell_presence()

    def here(self, book: UUID, room: UUID) -> list[dict[str, Any]]:
        """Who is in a room now, for pages."""
        channel = self._channels.get(book)
        return channel.here(room) if channel else []

    def say_here(self) -> None:
        """Tell other processes again whom this one has, and forget those that say nothing any more."""
        for channel in self._channels.values():
            self._elsewhere.say(channel, again=True)
            self._elsewhere.show(channel)

    def _hear_here(self, process: str, book: UUID, here: Here) -> None:
        if channel := self._channels.get(book):
            self._elsewhere.hear(channel, process, here)

    def tell_proof(self, book: UUID, fields_for: Callable[[frozenset[UUID]], dict[str, Any]]) -> None:
        """Tell each viewer of a book what `fields_for` has to say of the log of their rooms; if nothing, nothing."""
        if channel := self._channels.get(book):
            channel.publish(lambda rooms: frame("proof", **fields) if (fields := fields_for(rooms)) else None)

    def _condition_frames(self) -> list[str]:
        return [self._condition_frame()] if self.condition.worst else []

    def _condition_frame(self) -> str:
        worst = self.condition.worst
        return frame("condition", state=self.condition.state, words=worst.sentence if worst else "")

    def _tell_condition(self) -> None:
        told = self._condition_frame()
        for channel in self._channels.values():
            channel.publish(lambda rooms: told)
        for session in self.situation.sessions:
            session.offer(told)

    def lose(self, book: UUID) -> None:
        """The database does not have what was told of this book: everybody comes back and fetches what there is."""
        channel = self._channels.pop(book, None)
        if channel is not None:
            channel.stop()
            self.books.let_go(book)
            self.books.forget(book)
            for session in [*channel.joining, *channel.sessions]:
                session.close(RESYNC)

    def sign_out(self, secret_hash: str) -> None:
        """End the connections that were opened with a cookie or token which no longer holds."""
        for session in self.sessions():
            if session.secret_hash == secret_hash:
                session.close(SIGNED_OUT)

    @property
    def connections(self) -> int:
        """How many viewers this process has."""
        return sum(1 for _ in self.sessions())

    def channel(self, book: UUID) -> Channel | None:
        """The channel of a book that somebody looks at."""
        return self._channels.get(book)

    def set_who(self, who: Callable[[UUID], Actor | None]) -> None:
        """How to find somebody whom another process names by id."""
        self._elsewhere.who = who

    def watched_snapshot(self, book: UUID) -> Snapshot | None:
        """The state of a book that somebody looks at now: at most a second old."""
        channel = self._channels.get(book)
        return channel.snapshot if channel and channel.position else None

    def watched(self) -> list[UUID]:
        """The books somebody looks at now."""
        return list(self._channels)

    def sessions(self) -> Iterator[Session]:
        """Every viewer, also those who still catch up."""
        for channel in list(self._channels.values()):
            yield from [*channel.joining, *channel.sessions]
        yield from list(self.situation.sessions)

    async def close(self) -> None:
        """Tell everybody that the server restarts; they come back by themselves."""
        for session in self.sessions():
            session.close(RESTART)
        await self._doorbell.close()
