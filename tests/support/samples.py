"""A state in which every event's `sample()` can happen, made of nothing but those samples."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from uuid import UUID

import crisisroom.features  # noqa: F401 - registers every event
from crisisroom.core.markings import Tlp
from crisisroom.incidents.opening import IncidentOpened
from crisisroom.incidents.rooms import RoomOpened
from crisisroom.log.event import By, Event, Stamp, events
from crisisroom.log.record import Record, write_record
from crisisroom.log.snapshot import Draft, Snapshot

BOOK = UUID(int=1)
MAIN = UUID(int=5)
AT = datetime(2026, 9, 10, 16, 12, tzinfo=UTC)
BY = By(UUID(int=4), "CDEMA", "Kevin Baptiste", "Operations lead")
SALT = "5a" * 16


@dataclass(frozen=True)
class Happened:
    """One event's sample: the state it met, its entry, and the state it made."""

    before: Snapshot
    record: Record
    after: Snapshot


def entry(snapshot: Snapshot, event: Event, room: UUID = MAIN) -> Record:
    """The next entry of a room, for an event."""
    head = snapshot.head(room)
    return write_record(
        Stamp(BOOK, room, head.seq + 1, AT, BY), event,
        position=snapshot.position + 1, prev_hash=head.hash, salt=SALT, key=None, command=None,
    )  # fmt: skip


@cache
def happened() -> dict[type[Event], Happened]:
    """Every registered event, each as soon as the state allows it. Raises AssertionError for one that it never does."""
    snapshot = Snapshot(BOOK)
    main = RoomOpened(
        opened=MAIN, name="Main room", tlp=Tlp.AMBER, main=True, agencies=["CDEMA"], people=[], lead_agency="CDEMA"
    )
    for event in (IncidentOpened.sample(), main):
        snapshot.advance(entry(snapshot, event))
    done: dict[type[Event], Happened] = {}
    waiting = list(events())
    while waiting:
        ready = [cls for cls in waiting if _applies(snapshot, cls.sample())]
        assert ready, f"no sample of the others makes what these need: {[cls.wire_name for cls in waiting]}"
        for cls in ready:
            record = entry(snapshot, cls.sample())
            after = Draft(snapshot)
            after.advance(record)
            done[cls] = Happened(snapshot, record, after)
            snapshot = after
        waiting = [cls for cls in waiting if cls not in done]
    return done


def _applies(snapshot: Snapshot, sample: Event) -> bool:
    try:
        Draft(snapshot).advance(entry(snapshot, sample))
    except (AssertionError, KeyError, StopIteration):
        return False
    return True
