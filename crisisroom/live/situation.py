"""Who looks at the situation page: they are told to fetch it anew when a room of theirs has something new."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from crisisroom.access.grants import grant_for
from crisisroom.db import Database
from crisisroom.live.frames import frame
from crisisroom.live.session import Session
from crisisroom.log.books import Books
from crisisroom.log.record import Record
from crisisroom.log.store import room_heads

# At most two fetches a second however busy the incidents are.
TOGETHER_SECONDS = 0.5


class SituationWatch:
    """Viewers of all their incidents at once. They get a hint only, and only for rooms they are in."""

    def __init__(self, database: Database, books: Books) -> None:
        self._database = database
        self._books = books
        self.sessions: set[Session] = set()
        self._seen: dict[UUID, int] = {}
        self._due: set[Session] = set()

    async def join(self, session: Session, first: Iterable[str]) -> None:
        """Make somebody a viewer."""
        if not self.sessions:
            self._seen = {room: seq for room, (_, seq) in (await self._heads()).items()}
        if session.close_code is not None:
            return  # gone while the heads were read
        self.sessions.add(session)
        for one in first:
            session.offer(one)

    def leave(self, session: Session) -> None:
        """Forget a viewer."""
        self.sessions.discard(session)
        self._due.discard(session)

    def committed(self, book: UUID, records: Sequence[Record]) -> None:
        """This process's writer has new records."""
        if self.sessions:
            self._seen.update({record.room: record.seq for record in records})
            self._tell(book, {record.room for record in records})

    async def look(self) -> None:
        """Find what other processes have written."""
        if not self.sessions:
            return
        grown: dict[UUID, dict[UUID, int]] = {}
        for room, (book, seq) in (await self._heads()).items():
            if self._seen.get(room, 0) < seq:
                grown.setdefault(book, {})[room] = seq
        for book, rooms in grown.items():
            async with self._database.read() as connection:
                await self._books.fresh(connection, book)
            self._tell(book, rooms)
            self._seen.update(rooms)

    async def _heads(self) -> Mapping[UUID, tuple[UUID, int]]:
        async with self._database.read() as connection:
            return await room_heads(connection)

    def _tell(self, book: UUID, rooms: Iterable[UUID]) -> None:
        snapshot = self._books.known(book)
        if snapshot is None:
            return
        changed = set(rooms)
        for session in self.sessions - self._due:
            if grant_for(session.actor, snapshot).rooms & changed:
                self._due.add(session)
                asyncio.get_running_loop().call_later(TOGETHER_SECONDS, self._send, session)

    def _send(self, session: Session) -> None:
        if session in self._due:
            self._due.discard(session)
            session.offer(frame("resync", cursor=""))
