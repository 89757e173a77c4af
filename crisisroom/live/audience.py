"""An audience: the viewers of one kind who are in the same rooms. What they have been told, and what they are told next
depends on these rooms alone, the time at which it is told as well.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from uuid import UUID

import structlog

from crisisroom.core.recent import Recent
from crisisroom.live.frames import Fragments, event_frame, frame
from crisisroom.live.session import Kind, Session
from crisisroom.live.stream import Stream
from crisisroom.log.cursor import Cursor
from crisisroom.log.record import Record
from crisisroom.log.snapshot import Snapshot

# The first change goes out at once; what comes within this time after it goes out together.
SPACING_SECONDS = 0.010
MAX_CATCH_UPS = 16


logger = structlog.get_logger()

State = Callable[[], Snapshot | None]


class Audience:
    """`told` is the last entry of each room that everybody here has been told of."""

    def __init__(self, kind: Kind, told: Mapping[UUID, int], epoch: str, fragments: Fragments, state: State) -> None:
        self.kind = kind
        self.told = dict(told)
        self.stream = Stream()
        self.measure: Callable[[float], None] = lambda seconds: None
        self._epoch = epoch
        self._fragments = fragments
        self._state = state
        self._news: list[Record] = []
        self._since = 0.0
        self._next_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._catch_ups: Recent[object, list[str]] = Recent(MAX_CATCH_UPS)

    @property
    def rooms(self) -> frozenset[UUID]:
        """The rooms that all of them are in."""
        return frozenset(self.told)

    @property
    def cursor(self) -> Cursor:
        """Where everybody stands who has been told everything."""
        return Cursor(self._epoch, self.told)

    def take(self, records: Iterable[Record]) -> None:
        """New entries: told now, or with the next ones if the last were told a moment ago."""
        news = [record for record in records if record.room in self.told]
        if not news:
            return
        loop = asyncio.get_running_loop()
        self._since = self._since if self._news else loop.time()
        self._news += news
        if self._timer is None:
            if loop.time() >= self._next_at:
                self.flush()
            else:
                self._timer = loop.call_at(self._next_at, self.flush)

    def flush(self) -> None:
        """Tell everybody what is new. Runs in one step, so that nobody joins in the middle."""
        self.stop()
        if not self._news:
            return
        loop = asyncio.get_running_loop()
        self._next_at = loop.time() + SPACING_SECONDS
        if self._state() is None:  # the book was forgotten after a failure, and is read again at once
            self._timer = loop.call_at(self._next_at, self.flush)
            return
        records, self._news = self._news, []
        try:
            texts = self._frames(records, self.told)
        except Exception:
            # Nobody may be left behind by a mistake in a template: they fetch what is there.
            logger.exception("a change could not be drawn")
            self.told.update({record.room: record.seq for record in records})
            texts = [frame("resync", cursor=str(self.cursor))]
        for text in texts:
            self.stream.publish(text)
        self.measure(loop.time() - self._since)

    def stop(self) -> None:
        """Forget the appointment."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def missed(self, after: Cursor) -> int:
        """How many entries somebody who stands at a cursor has not been told of. Negative: they know of more."""
        return sum(self.told[room] - seq for room, seq in after.within(self.told).items())

    def fits(self, cursor: Cursor) -> bool:
        """Whether a cursor is of this epoch and not from a future that a restore has undone."""
        return cursor.epoch == self._epoch and all(
            seq <= self.told[room] for room, seq in cursor.within(self.told).items()
        )

    def catch_up(self, after: Cursor, records: Sequence[Record]) -> list[str]:
        """What brings somebody from a cursor to the end of these entries; after a restart many ask for the same."""
        places = after.within(self.told)
        if self.kind is not Kind.PAGE or not records:
            return self._frames(records, places)
        key = (frozenset(places.items()), records[-1].position)
        known = self._catch_ups.get(key)
        if known is None:
            known = self._frames(records, places)
            self._catch_ups.put(key, known)
        return known

    def admit(self, session: Session) -> None:
        """The session has caught up and gets everything from here on."""
        self.stream.admit(session)

    def _frames(self, records: Sequence[Record], places: dict[UUID, int]) -> list[str]:
        """Frames that lead on from these places, which are moved along."""
        snapshot = self._state()
        if snapshot is None or not records:
            return []
        if self.kind is Kind.PAGE:
            places.update({record.room: record.seq for record in records})
            return [self._fragments.change(snapshot, records, Cursor(self._epoch, places))]
        frames = []
        for record in records:
            places[record.room] = record.seq
            frames.append(event_frame(record, Cursor(self._epoch, places)))
        return frames
