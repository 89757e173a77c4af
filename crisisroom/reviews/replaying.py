"""Replay: fold the log up to a moment, in memory. It never writes, and what it gives is drawn by the live renderer."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from uuid import UUID

import structlog

from crisisroom.core.errors import BadInput, LogBroken
from crisisroom.core.times import read_instant, read_offset, shifted
from crisisroom.log.cursor import Cursor, read_cursor
from crisisroom.log.record import Record
from crisisroom.log.snapshot import Snapshot

logger = structlog.get_logger()


def read_point(text: str, t0: datetime) -> datetime | Cursor:
    """The point meant by `at`: an RFC 3339 instant, an offset from T0 (`6h`, `T+6:00`) or a cursor. Raises BadInput."""
    given = text.strip()
    with suppress(ValueError):
        return read_instant(given.replace(" ", "+") if "T" in given else given)
    with suppress(ValueError):
        return shifted(t0, read_offset(given))
    try:
        return read_cursor(given)
    except BadInput:
        raise BadInput("Write a moment such as 2026-09-10T08:30:00Z or T+6:00, or give a cursor.", "at") from None


def replay_to(book: UUID, records: Sequence[Record], point: datetime | Cursor, epoch: str) -> Snapshot:
    """The incident as it was. `records` is the whole book in order. A point before the opening shows the opening."""
    if isinstance(point, datetime):
        until = [record for record in records if record.at <= point]
    else:
        if point.epoch != epoch:
            raise BadInput("This cursor is from before a restore. Give a moment instead.", "at")
        known = [record for record in records if record.seq <= point.seqs.get(record.room, 0)]
        last = max((record.position for record in known), default=0)
        # Rooms the cursor does not know of stand where they stood at its newest entry.
        until = [
            record
            for record in records
            if (record.seq <= point.seqs[record.room] if record.room in point.seqs else record.position <= last)
        ]
    try:
        return Snapshot.replay(book, until if len(until) > 1 else _opening(records))
    except Exception as error:  # entries that were damaged may add up to nonsense, in any way
        # Neither told nor logged is what the error says: it may be of a room that the reader does not know of.
        logger.error("the log cannot be replayed", book=str(book), error=type(error).__name__)
        raise LogBroken("The log was damaged and cannot be replayed up to here. See the log page.") from None


def _opening(records: Sequence[Record]) -> list[Record]:
    """The entries of the command that opened the incident: they are of one moment."""
    return [record for record in records if record.at == records[0].at] if records else []
