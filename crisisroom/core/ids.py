"""Identifiers and secrets are handed in as well: UUIDv7 for things, random bytes for salts and tokens."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from itertools import count
from typing import Protocol
from uuid import UUID

from uuid_utils.compat import uuid7


class Ids(Protocol):
    """Where new identifiers and secrets come from."""

    def new(self) -> UUID:
        """A time-ordered UUIDv7."""
        ...

    def secret(self, size: int) -> bytes:
        """`size` unguessable bytes."""
        ...


class SystemIds:
    """The machine's randomness."""

    def new(self) -> UUID:
        return uuid7()

    def secret(self, size: int) -> bytes:
        return secrets.token_bytes(size)


def ids_from(actor: UUID, key: UUID) -> Callable[[], UUID]:
    """Identifiers for what one command makes: the same again whenever this key is carried out.

    So what a restore has lost comes back, sent once more, under the ids by which other commands already refer to it.
    """
    numbers = count()

    def new() -> UUID:
        made = hashlib.sha256(b"id" + actor.bytes + key.bytes + next(numbers).to_bytes(4, "big")).digest()
        # In the order of time, like all others, where the key says when it was made.
        begins = key.bytes[:6] if key.version == 7 else made[:6]
        bits = int.from_bytes(begins + made[6:16], "big")
        return UUID(int=bits & ~(0xF << 76) & ~(0b11 << 62) | 7 << 76 | 0b10 << 62)

    return new
