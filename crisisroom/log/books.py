"""The newest state of each book this process works with, kept in memory and advanced by the log."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from uuid import UUID

from crisisroom.db import Connection
from crisisroom.log.event import UnknownEvent
from crisisroom.log.record import Record
from crisisroom.log.snapshot import Snapshot
from crisisroom.log.store import positions, read_after

KEPT = 256
# What reading a book that was damaged from outside may end with; that the database is away is something else.
UNREADABLE = (UnknownEvent, ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError)


class Books:
    """Snapshots by book. A snapshot changes in one step between two turns of the event loop, never half.

    Those used lately are kept, and all that somebody holds on to.
    """

    def __init__(self) -> None:
        self._snapshots: OrderedDict[UUID, Snapshot] = OrderedDict()
        self._held: set[UUID] = set()

    def known(self, book: UUID) -> Snapshot | None:
        """The snapshot in memory, however old."""
        found = self._snapshots.get(book)
        if found is not None:
            self._snapshots.move_to_end(book)
        return found

    def hold(self, book: UUID) -> None:
        """Keep the book in memory, because somebody watches it."""
        self._held.add(book)

    def let_go(self, book: UUID) -> None:
        """Nobody watches it any more."""
        self._held.discard(book)

    async def fresh(self, connection: Connection, book: UUID) -> Snapshot:
        """The state at least as new as what the connection sees; an empty one for a book without entries."""
        return await self.at_least(connection, book, (await positions(connection, [book])).get(book, 0))

    async def at_least(self, connection: Connection, book: UUID, position: int) -> Snapshot:
        """The state, read on from the log if it is older than this position."""
        snapshot = self.known(book)
        if snapshot is None:
            snapshot = await Snapshot.load(connection, book)
            snapshot = self._keep(book, snapshot)
        while snapshot.position < position:
            records = await read_after(connection, book, snapshot.position)
            if not records:
                break
            take(snapshot, records)
        return snapshot

    def forget(self, book: UUID) -> None:
        """Load the book anew the next time."""
        self._snapshots.pop(book, None)

    def _keep(self, book: UUID, snapshot: Snapshot) -> Snapshot:
        other = self._snapshots.get(book)
        if other is not None and other.position >= snapshot.position:
            return other
        if snapshot.position:
            self._snapshots[book] = snapshot
            if len(self._snapshots) - len(self._held) > KEPT:
                del self._snapshots[next(one for one in self._snapshots if one not in self._held)]
        return snapshot

    def adopt(self, snapshot: Snapshot) -> None:
        """Keep the snapshot of a book that was just begun."""
        self._keep(snapshot.book, snapshot)


def take(snapshot: Snapshot, records: Sequence[Record]) -> list[Record]:
    """Advance by those records that the snapshot does not have yet, and return them."""
    news = [record for record in records if record.position > snapshot.position]
    for record in news:
        snapshot.advance(record)
    return news
