"""Identifiers and secrets are handed in as well: UUIDv7 for things, random bytes for salts and tokens."""

from __future__ import annotations

import secrets
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
