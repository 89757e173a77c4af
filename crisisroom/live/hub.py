"""The hub: reads what the log has new for each watched book and gives every viewer their frames.

A viewer is registered first and caught up after, so nothing that is committed in between can fall through.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import structlog

from crisisroom.access.grants import grant_for
from crisisroom.access.rooms import Room
from crisisroom.core.clock import Clock
from crisisroom.db import Database
from crisisroom.live import presence
from crisisroom.live.doorbell import Doorbell
from crisisroom.live.frames import Fragments, event_frame, frame, hello, visible
from crisisroom.live.session import NO_LONGER_ALLOWED, RESTART, SIGNED_OUT, Kind, Session
from crisisroom.live.situation import SituationWatch
from crisisroom.log.books import Books
from crisisroom.log.cursor import Cursor
from crisisroom.log.record import Record
from crisisroom.log.snapshot import Snapshot
from crisisroom.log.store import positions, read_after, read_rooms

RING = 1000
MAX_MISSED = 500
MAX_EVENTS = 200
POLL_SECONDS = 1.0

logger = structlog.get_logger()


@dataclass
class Channel:
    """A watched book: its viewers, how far they all have been told, and the newest records."""

    book: UUID
    position: int
    sessions: set[Session] = field(default_factory=set)
    ring: deque[Record] = field(default_factory=lambda: deque(maxlen=RING))
    presence_due: bool = False
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)


class Hub:
    """Connects the log with the viewers of this process."""

    def __init__(
        self, database: Database, books: Books, fragments: Fragments, doorbell: Doorbell, clock: Clock, epoch: str
    ) -> None:
        self.database = database
        self.books = books
        self.fragments = fragments
        self.clock = clock
        self.epoch = epoch
        self.still_signed_in: Callable[[set[str]], Awaitable[set[str]]] | None = None
        self.situation = SituationWatch(database, books)
        self._doorbell = doorbell
        self._channels: dict[UUID, Channel] = {}
        self._wanted: dict[UUID, int] = {}
        self._awake = asyncio.Event()
        doorbell.listen(self._hear)

    # Joining and leaving

    async def join(self, session: Session, after: Cursor | None) -> None:
        """Make somebody a viewer: hello, what they missed since their cursor, and from then on everything new."""
        if session.kind is Kind.SITUATION:
            again = [] if after is None else [frame("resync", cursor="")]
            return await self.situation.join(session, [hello(Cursor(self.epoch, {}), self.clock.now(), 0), *again])
        async with self.database.read() as connection:
            snapshot = await self.books.fresh(connection, session.book)
        channel = self._channels.setdefault(session.book, Channel(session.book, snapshot.position))
        while channel.position < snapshot.position:
            await self._read_on(channel)
        session.hold()
        channel.sessions.add(session)
        self._channels[session.book] = channel
        told, cursor = channel.position, self._cursor(snapshot, session.rooms)
        if after is None or after.seqs == cursor.seqs or not self._fits(after, snapshot, session.rooms):
            missed: list[Record] = []
        else:
            missed = [one for one in await self._read_missed(session, after) if one.position <= told]
        first = hello(cursor, self.clock.now(), len(missed))
        session.release([first, *self._catch_up(session, after, missed, cursor)])
        self._tell_presence(channel)

    def leave(self, session: Session) -> None:
        """Forget a viewer."""
        self.situation.leave(session)
        channel = self._channels.get(session.book)
        if channel is None:
            return
        channel.sessions.discard(session)
        if channel.sessions:
            self._tell_presence(channel)
        else:
            del self._channels[session.book]

    async def _read_missed(self, session: Session, after: Cursor) -> list[Record]:
        limit = MAX_MISSED + 1 if session.kind is Kind.PAGE else MAX_EVENTS
        async with self.database.read() as connection:
            return await read_rooms(connection, session.book, after.within(session.rooms), limit)

    def _catch_up(self, session: Session, after: Cursor | None, missed: list[Record], cursor: Cursor) -> Iterator[str]:
        """Up to date, replay, or refresh."""
        snapshot = self.books.known(session.book)
        if after is None or snapshot is None:
            return
        if not self._fits(after, snapshot, session.rooms):
            yield frame("resync", cursor=str(cursor))
        elif (session.kind is Kind.PAGE and len(missed) > MAX_MISSED) or len(missed) >= MAX_EVENTS:
            yield frame("resync", cursor=str(cursor))
        elif session.kind is Kind.PAGE and missed:
            yield self.fragments.change(snapshot, missed, cursor)
        elif session.kind is Kind.API:
            places = after.within(session.rooms)
            for record in missed:
                places[record.room] = record.seq
                yield event_frame(record, Cursor(self.epoch, places))

    def _fits(self, cursor: Cursor, snapshot: Snapshot, rooms: Iterable[UUID]) -> bool:
        """Whether a cursor is of this epoch and not from a future that a restore has undone."""
        return cursor.epoch == self.epoch and all(
            seq <= snapshot.head(room).seq for room, seq in cursor.within(rooms).items()
        )

    # News

    def committed(self, book: UUID, records: Sequence[Record]) -> None:
        """This process's writer has new records: no need to read them back."""
        channel = self._channels.get(book)
        if channel is not None and not channel.reading.locked() and records[0].position == channel.position + 1:
            self._tell(channel, records)
        self.situation.committed(book, records)
        self._doorbell.ring(book, records[-1].position)

    def _hear(self, book: UUID, position: int) -> None:
        channel = self._channels.get(book)
        if channel is not None and position > channel.position:
            self._wanted[book] = position
            self._awake.set()

    async def _read_on(self, channel: Channel) -> None:
        async with channel.reading, self.database.read() as connection:
            while records := await read_after(connection, channel.book, channel.position, RING):
                await self.books.at_least(connection, channel.book, records[-1].position)
                self._tell(channel, records)

    def _tell(self, channel: Channel, records: Sequence[Record]) -> None:
        """Give all viewers of a book its new records. Runs in one step, so that nobody joins in the middle."""
        snapshot = self.books.known(channel.book)
        if snapshot is None:
            return
        channel.position = records[-1].position
        channel.ring.extend(records)
        self._recheck(channel, snapshot, records)
        made: dict[tuple[Kind, frozenset[UUID]], list[str]] = {}
        for session in channel.sessions:
            audience = (session.kind, session.rooms)
            if audience not in made:
                made[audience] = self._frames(snapshot, records, *audience)
            for one in made[audience]:
                session.offer(one)

    def _frames(self, snapshot: Snapshot, records: Sequence[Record], kind: Kind, rooms: frozenset[UUID]) -> list[str]:
        seen = visible(records, rooms)
        if not seen:
            return []
        cursor = self._cursor(snapshot, rooms)
        if kind is Kind.PAGE:
            return [self.fragments.change(snapshot, seen, self._up_to(cursor, seen))]
        places = dict(cursor.seqs)
        for record in reversed(seen):
            places[record.room] = record.seq - 1
        frames = []
        for record in seen:
            places[record.room] = record.seq
            frames.append(event_frame(record, Cursor(self.epoch, places)))
        return frames

    def _up_to(self, cursor: Cursor, seen: Sequence[Record]) -> Cursor:
        """The snapshot may be further than what is told now; the cursor must not be."""
        return Cursor(cursor.epoch, dict(cursor.seqs) | {record.room: record.seq for record in seen})

    def _cursor(self, snapshot: Snapshot, rooms: Iterable[UUID]) -> Cursor:
        return Cursor(self.epoch, {room: snapshot.head(room).seq for room in rooms})

    # Rights

    def _recheck(self, channel: Channel, snapshot: Snapshot, records: Sequence[Record]) -> None:
        """When rooms changed, let each viewer see just the rooms they are in now."""
        if not any(record.event in ("room.opened", "agency.invited") for record in records):
            return
        begun = {record.room for record in records if record.event == "room.opened"}
        for session in list(channel.sessions):
            rooms = grant_for(session.actor, snapshot).rooms
            if not rooms:
                session.close(NO_LONGER_ALLOWED)
                continue
            gained, session.rooms = rooms - session.rooms, rooms
            if gained - begun or (gained and session.kind is Kind.PAGE):
                session.offer(frame("resync", cursor=str(self._cursor(snapshot, rooms))))
        self._tell_presence(channel)

    def sign_out(self, secret_hash: str) -> None:
        """End the connections that were opened with a cookie or token which no longer holds."""
        for session in self._all_sessions():
            if session.secret_hash == secret_hash:
                session.close(SIGNED_OUT)

    def _all_sessions(self) -> list[Session]:
        inside = [session for channel in self._channels.values() for session in channel.sessions]
        return [*inside, *self.situation.sessions]

    # Presence and marks

    def hear_viewer(self, session: Session, message: dict[str, Any]) -> None:
        """What a viewer says of themselves. Unknown kinds are left for newer servers to understand."""
        channel = self._channels.get(session.book)
        snapshot = self.books.known(session.book)
        if channel is None or snapshot is None:
            return
        before = (session.idle, session.editing)
        if message["type"] == "editing":
            session.editing = presence.read_editing(message, snapshot, session.rooms)
        elif message["type"] == "idle":
            session.idle = message.get("idle") is True
        if (session.idle, session.editing) != before:
            self._tell_presence(channel)

    def _tell_presence(self, channel: Channel) -> None:
        """Soon, and once for all changes of the moment."""
        if not channel.presence_due:
            channel.presence_due = True
            asyncio.get_running_loop().call_soon(self._send_presence, channel)

    def _send_presence(self, channel: Channel) -> None:
        channel.presence_due = False
        snapshot = self.books.known(channel.book)
        if snapshot is None:
            return
        for room in snapshot.rows(Room).values():
            people = presence.present(channel.sessions, snapshot, room.id)
            told = frame("presence", room=str(room.id), people=people)
            for session in channel.sessions:
                if room.id in session.rooms:
                    session.offer(told)

    def here(self, book: UUID, room: UUID) -> list[dict[str, Any]]:
        """Who is in a room now, for pages."""
        channel, snapshot = self._channels.get(book), self.books.known(book)
        return presence.present(channel.sessions, snapshot, room) if channel and snapshot else []

    def tell_proof(self, book: UUID, fields_for: Callable[[frozenset[UUID]], dict[str, Any]]) -> None:
        """Tell each viewer of a book what `fields_for` has to say of the log of their rooms; if nothing, nothing."""
        channel = self._channels.get(book)
        for session in channel.sessions if channel else ():
            if fields := fields_for(session.rooms):
                session.offer(frame("proof", **fields))

    @property
    def connections(self) -> int:
        """How many viewers this process has."""
        return len(self._all_sessions())

    def watched(self) -> list[UUID]:
        """The books somebody looks at now."""
        return list(self._channels)

    # Running

    async def run(self) -> None:
        """Follow the doorbell; and look at the heads each second whatever it says."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._awake.wait(), max(due - loop.time(), 0))
            self._awake.clear()
            everything = loop.time() >= due
            due = loop.time() + POLL_SECONDS if everything else due
            try:
                await self._look(list(self._channels) if everything else list(self._wanted))
                if everything:
                    await self.situation.look()
                    await self._look_at_sign_ins()
            except Exception:
                # Whatever it is, viewers must not be left behind for good: the next look reads on from where they are.
                logger.exception("the log could not be read on")
                await self.clock.sleep(POLL_SECONDS)

    async def _look(self, books: list[UUID]) -> None:
        self._wanted.clear()
        watched = [book for book in books if book in self._channels]
        if not watched:
            return
        async with self.database.read() as connection:
            newest = await positions(connection, watched)
        for book, position in newest.items():
            channel = self._channels.get(book)
            if channel is not None and position > channel.position:
                await self._read_on(channel)

    async def _look_at_sign_ins(self) -> None:
        sessions = self._all_sessions()
        if self.still_signed_in is None or not sessions:
            return
        valid = await self.still_signed_in({session.secret_hash for session in sessions if session.secret_hash})
        for session in sessions:
            if session.secret_hash and session.secret_hash not in valid:
                session.close(SIGNED_OUT)

    async def close(self) -> None:
        """Tell everybody that the server restarts; they come back by themselves."""
        for session in self._all_sessions():
            session.close(RESTART)
        await self._doorbell.close()
