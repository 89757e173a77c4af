"""A viewer's place in the log: the installation's epoch and, for each of their rooms, the last entry they have.

Opaque to everybody else, and equal for all who are in the same rooms at the same point.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from crisisroom.core.errors import BadInput

MAX_LENGTH = 4096
MAX_SEQ = 2**63 - 1


@dataclass(frozen=True)
class Cursor:
    """Epoch (hex) and the last seq seen in each room."""

    epoch: str
    seqs: Mapping[UUID, int]

    def __str__(self) -> str:
        places = {room.hex: seq for room, seq in sorted(self.seqs.items())}
        text = json.dumps([self.epoch, places], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def within(self, rooms: Iterable[UUID]) -> dict[UUID, int]:
        """Where to read on in each of these rooms; a room joined since then is read from its beginning."""
        return {room: self.seqs.get(room, 0) for room in rooms}


def read_cursor(text: str) -> Cursor:
    """The cursor of its text. Raises BadInput for anything this program did not make."""
    try:
        if len(text) > MAX_LENGTH:
            raise ValueError("too long")
        epoch, places = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        seqs = {UUID(hex=room): seq for room, seq in places.items()}
        if not isinstance(epoch, str) or any(type(seq) is not int or not 0 <= seq <= MAX_SEQ for seq in seqs.values()):
            raise ValueError("wrong types")
    except (ValueError, TypeError, AttributeError, binascii.Error, RecursionError):
        raise BadInput(
            "This is not a cursor of this server. Leave it out to read from the beginning.", "after"
        ) from None
    return Cursor(epoch, seqs)
