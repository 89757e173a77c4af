"""The RFC 6962 hash tree over a room's entries, whose hashes are its leaf hashes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

NODE = b"\x01"


def tree_root(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes, in entry order; SHA-256 of nothing for an empty tree."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    level = list(leaves)
    while len(level) > 1:
        paired = [_node(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        # The last one without a partner moves up as it is, which gives RFC 6962's left-heavy tree.
        level = paired + level[len(paired) * 2 :]
    return level[0]


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(NODE + left + right).digest()
