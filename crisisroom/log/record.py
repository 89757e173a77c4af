"""A log entry in typed form, and the one place that turns it into the text that is hashed, and back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from crisisroom.core.times import read_instant, rfc3339
from crisisroom.log.canonical import canonical, data_digest, entry_hash
from crisisroom.log.event import By, Event, Stamp, read_event

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


def read_record(row: Any) -> Record:
    """The typed entry of a stored row (its columns as attributes)."""
    envelope = json.loads(row.envelope)
    by = envelope["by"]
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
        by=By(UUID(by["person"]) if by["person"] else None, by["agency"], by["name"], by["position"]),
        key=row.key,
        command=envelope["command_sha256"],
        data=read_event(envelope["event"], envelope["version"], json.loads(row.data)),
    )
