"""A channel: one watched book, its viewers, the newest entries, and who is here."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from crisisroom.access.grants import grant_for
from crisisroom.live import presence
from crisisroom.live.audience import Audience
from crisisroom.live.doorbell import Here
from crisisroom.live.frames import Fragments, frame
from crisisroom.live.session import NO_LONGER_ALLOWED, Kind, Session
from crisisroom.log.books import Books
from crisisroom.log.cursor import Cursor
from crisisroom.log.record import Record
from crisisroom.log.snapshot import Snapshot

RING = 1000
# Who is here is told at once, and again at most this often.
PRESENCE_SECONDS = 0.5
CHANGES_OF_ROOMS = frozenset({"room.opened", "agency.invited"})


class Channel:
    """`position` is how far the log has been read for this book."""

    def __init__(self, book: UUID, books: Books, fragments: Fragments, epoch: str) -> None:
        self.book = book
        self.position = 0
        self.sessions: set[Session] = set()
        self.joining: set[Session] = set()
        self.reading = asyncio.Lock()
        self.presence_changed: Callable[[], None] = lambda: None
        self.measure: Callable[[float], None] = lambda seconds: None
        self.elsewhere: Here = {}
        self.said: Here = {}
        self._books = books
        self._fragments = fragments
        self._epoch = epoch
        self._seqs: dict[UUID, int] = {}
        self._ring: deque[Record] = deque(maxlen=RING)
        self._audiences: dict[tuple[Kind, frozenset[UUID]], Audience] = {}
        self._present: dict[UUID, str] = {}
        self._presence_timer: asyncio.Handle | None = None
        self._presence_at = 0.0

    @property
    def snapshot(self) -> Snapshot | None:
        """The book's newest state; at least as new as what viewers have been told."""
        return self._books.known(self.book)

    @property
    def empty(self) -> bool:
        """Whether nobody looks on, nor is about to."""
        return not self.sessions and not self.joining

    def knows(self, after: Cursor) -> bool:
        """Whether nothing in a cursor is newer than what this channel has."""
        return all(seq <= self._seqs.get(room, 0) for room, seq in after.seqs.items())

    def begin(self, snapshot: Snapshot) -> None:
        """Start at this state, unless the channel runs already."""
        if not self.position:
            self.position = snapshot.position
            self._seqs = {room: head.seq for room, head in snapshot.heads.items()}

    def stop(self) -> None:
        """Nobody looks on any more."""
        for audience in self._audiences.values():
            audience.stop()
        if self._presence_timer is not None:
            self._presence_timer.cancel()

    # Viewers

    def place(self, session: Session) -> Audience:
        """The audience of a session, all told; the session itself gets nothing before `admit`."""
        self.sessions.add(session)
        audience = self._audience(session)
        audience.flush()
        session.hold()
        audience.stream.await_turn(session)
        return audience

    def admit(self, session: Session) -> None:
        """The session has caught up."""
        if session in self.sessions and session.close_code is None:
            session.tell(self._present[room] for room in sorted(session.rooms) if room in self._present)
            self._audience(session).admit(session)
            self.tell_presence()

    def dismiss(self, session: Session) -> None:
        """The session is gone."""
        self.joining.discard(session)
        if session in self.sessions:
            self.sessions.discard(session)
            self._take_out(session)
            self.tell_presence()

    def publish(self, make: Callable[[frozenset[UUID]], str | None]) -> None:
        """A frame for each audience, made for the rooms it is in; None for nothing."""
        for audience in self._audiences.values():
            if (text := make(audience.rooms)) is not None:
                audience.stream.publish(text)

    def _audience(self, session: Session) -> Audience:
        key = (session.kind, session.rooms)
        if key not in self._audiences:
            told = {room: self._seqs.get(room, 0) for room in session.rooms}
            state = partial(self._books.known, self.book)
            self._audiences[key] = Audience(session.kind, told, self._epoch, self._fragments, state)
            self._audiences[key].measure = self.measure
        return self._audiences[key]

    def _take_out(self, session: Session) -> None:
        key = (session.kind, session.rooms)
        audience = self._audiences.get(key)
        if audience is not None:
            audience.stream.dismiss(session)
            if not audience.stream:
                audience.stop()
                del self._audiences[key]

    # News

    def take(self, records: Sequence[Record]) -> None:
        """New entries of the book, right after those it has."""
        self.position = records[-1].position
        self._ring.extend(records)
        if any(record.event in CHANGES_OF_ROOMS for record in records):
            self._look_at_rights(records)
        self._seqs.update({record.room: record.seq for record in records})
        for audience in list(self._audiences.values()):
            audience.take(records)

    def remembered(self, audience: Audience, after: Cursor) -> list[Record] | None:
        """The entries that an audience knows beyond a cursor, if all of them are still in memory."""
        places = after.within(audience.rooms)
        told = audience.told
        found = [one for one in self._ring if one.room in places and places[one.room] < one.seq <= told[one.room]]
        return found if len(found) == audience.missed(after) else None

    # Rights

    def _look_at_rights(self, records: Sequence[Record]) -> None:
        """When rooms changed, let each viewer see just the rooms they are in now; then they are told what is new."""
        snapshot = self.snapshot
        begun = {record.room for record in records if record.event == "room.opened"}
        for session in list(self.sessions) if snapshot else ():
            assert snapshot is not None  # noqa: S101
            rooms = grant_for(session.actor, snapshot).rooms
            if not rooms:
                session.close(NO_LONGER_ALLOWED)
            elif rooms != session.rooms:
                self._move(session, rooms, begun)

    def _move(self, session: Session, rooms: frozenset[UUID], begun: set[UUID]) -> None:
        """To another audience. Rooms that have just been opened are told from their beginning, others drawn anew."""
        self._audience(session).flush()
        self._take_out(session)
        unknown, session.rooms = (rooms - session.rooms) - begun, rooms
        page = session.kind is Kind.PAGE
        audience = self._audience(session)
        audience.flush()
        if session.holding:
            session.hold()  # what was kept back may be of a room that they have left
            audience.stream.await_turn(session)
        else:
            audience.stream.admit(session)
        if page or unknown or session.holding:
            session.offer(frame("resync", cursor=str(audience.cursor)))
        self.tell_presence()

    # Presence

    def here(self, room: UUID) -> list[dict[str, Any]]:
        """Who is in a room now."""
        snapshot = self.snapshot
        return presence.present(self.sessions, self.elsewhere.get(room, ()), snapshot, room) if snapshot else []

    def local_presence(self) -> dict[UUID, list[dict[str, Any]]]:
        """Whom this process has in each room."""
        snapshot = self.snapshot
        rooms = {room for session in self.sessions for room in session.rooms} if snapshot else ()
        return {room: list(presence.local(self.sessions, snapshot, room)) for room in rooms} if snapshot else {}

    def tell_presence(self) -> None:
        """Soon, and once for all changes of the moment."""
        if self._presence_timer is None:
            loop = asyncio.get_running_loop()
            self._presence_timer = loop.call_at(max(self._presence_at, loop.time()), self._send_presence)

    def _send_presence(self) -> None:
        self._presence_timer = None
        self._presence_at = asyncio.get_running_loop().time() + PRESENCE_SECONDS
        self.presence_changed()
        for room in {room for audience in self._audiences.values() for room in audience.rooms}:
            told = frame("presence", room=str(room), people=self.here(room))
            if self._present.get(room) != told:
                self._present[room] = told
                self._publish_in(room, told)

    def _publish_in(self, room: UUID, text: str) -> None:
        for audience in self._audiences.values():
            if room in audience.told:
                audience.stream.publish(text)
