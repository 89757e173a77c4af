"""Identifiers and secrets that are the same in every run."""

from __future__ import annotations

import random
from uuid import UUID

FIRST_MILLISECOND = 0x019900000000


class SeededIds:
    """UUIDv7 in rising order and bytes, both from a seed."""

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)
        self._millisecond = FIRST_MILLISECOND

    def new(self) -> UUID:
        """The next id."""
        self._millisecond += 1
        high = self._millisecond << 16 | 0x7000 | self._random.getrandbits(12)
        low = 0b10 << 62 | self._random.getrandbits(62)
        return UUID(int=high << 64 | low)

    def secret(self, size: int) -> bytes:
        """The next `size` bytes."""
        return self._random.randbytes(size)
