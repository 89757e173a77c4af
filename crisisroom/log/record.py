"""A log entry in typed form, and the one place that turns it into the text that is hashed, and back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from crisisroom.core.times import read_instant, rfc3339
from crisisroom.log.canonical import canonical, data_digest, entry_hash
from crisisroom.log.event import By, Event, Stamp, UnknownEvent, read_event
from crisisroom.log.rows import Row

if TYPE_CHECKING:
    from crisisroom.log.snapshot import Rows

FORMAT = 1


@dataclass(frozen=True)
class Record:
    """One entry of one room's chain."""

    book: UUID
    room: UUID
    seq: int
    position: int
    prev_hash: str
    hash: str
    envelope: str
    data_text: str
    salt: str
    at: datetime
    by: By
    key: UUID | None
    command: str | None
    data: Event

    @property
    def event(self) -> str:
        """The event's name, `task.moved`."""
        return self.data.wire_name

    @property
    def version(self) -> int:
        """The event's version."""
        return self.data.wire_version

    @property
    def stamp(self) -> Stamp:
        """What `apply` may know of the entry."""
        return Stamp(self.book, self.room, self.seq, self.at, self.by)


def write_record(
    stamp: Stamp, event: Event, *, position: int, prev_hash: str, salt: str, key: UUID | None, command: str | None
) -> Record:
    """The entry for an event at this place: envelope, hash and all."""
    data = canonical(event.model_dump(mode="json"))
    by = stamp.by
    envelope = canonical(
        {
            "v": FORMAT,
            "book": str(stamp.book),
            "room": str(stamp.room),
            "seq": stamp.seq,
            "prev": prev_hash,
            "event": event.wire_name,
            "version": event.wire_version,
            "at": rfc3339(stamp.at),
            "by": {
                "person": str(by.person) if by.person else None,
                "agency": by.agency,
                "name": by.name,
                "position": by.position,
            },
            "data_sha256": data_digest(salt, data),
            "key": str(key) if key else None,
            "command_sha256": command,
        }
    )
    return Record(
        stamp.book, stamp.room, stamp.seq, position, prev_hash, entry_hash(envelope), envelope, data, salt,
        stamp.at, by, key, command, event,
    )  # fmt: skip


@dataclass(frozen=True)
class Outline:
    """An entry without what it says: enough to choose from many, at a small part of the cost."""

    room: UUID
    seq: int
    position: int
    event: str
    at: datetime
    by: By


def read_outline(row: Any) -> Outline:
    """The outline of a stored row, however damaged it is."""
    try:
        envelope = json.loads(row.envelope)
        return Outline(
            row.room, row.seq, row.position, envelope["event"], read_instant(envelope["at"]), _by(envelope["by"])
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return Outline(row.room, row.seq, row.position, Unreadable.wire_name, _moment_of(row.envelope), _NOBODY)


class Unreadable(Event):
    """Stands for an entry whose stored text was damaged: it can be shown as such, and never applied."""

    wire_name: ClassVar[str] = "unreadable"

    def apply(self, rows: Rows, stamp: Stamp) -> Iterable[Row]:
        raise ValueError(f"entry {stamp.seq} cannot be read")


def show_record(row: Any) -> Record:
    """The entry of a stored row for people to see, however damaged it is."""
    try:
        return read_record(row)
    except (ValueError, KeyError, TypeError, AttributeError, UnknownEvent):
        return Record(
            row.book, row.room, row.seq, row.position, row.prev_hash, row.hash, row.envelope, "{}", row.salt,
            _moment_of(row.envelope), _NOBODY, row.key, None, Unreadable(),
        )  # fmt: skip


_NOBODY = By(None, "", "Unknown")


def _moment_of(envelope: str) -> datetime:
    """The time in a damaged text, if it can still be made out."""
    found = re.search(r'"at":"([0-9TZ:.-]+)"', envelope)
    with suppress(ValueError):
        return read_instant(found[1] if found else "")
    return datetime.fromtimestamp(0, UTC)


def read_record(row: Any) -> Record:
    """The typed entry of a stored row (its columns as attributes). Raises ValueError or KeyError if it was damaged."""
    envelope = json.loads(row.envelope)
    return Record(
        book=row.book,
        room=row.room,
        seq=row.seq,
        position=row.position,
        prev_hash=row.prev_hash,
        hash=row.hash,
        envelope=row.envelope,
        data_text=row.data,
        salt=row.salt,
        at=read_instant(envelope["at"]),
        by=_by(envelope["by"]),
        key=row.key,
        command=envelope["command_sha256"],
        data=read_event(envelope["event"], envelope["version"], json.loads(row.data)),
    )


def _by(by: dict[str, Any]) -> By:
    return By(UUID(by["person"]) if by["person"] else None, by["agency"], by["name"], by["position"])
