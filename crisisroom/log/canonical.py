"""What is hashed, exactly: RFC 8785 bytes and SHA-256. `docs/log-format.md` says the same in words.

An entry's envelope is canonical JSON. Its hash is the RFC 6962 leaf hash of those bytes, and each envelope carries the
hash before it, so one value serves the chain and the tree. The envelope holds only a salted digest of the event's data:
the data can be erased later and the chain still verifies, and a short text cannot be guessed from its digest.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import rfc8785

LEAF = b"\x00"
NO_HASH = "0" * 64
SALT_BYTES = 16
MAX_WHOLE = 2**53 - 1

_SIMPLE = frozenset({str, bool, type(None)})
_QUICK = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def canonical(value: Any) -> str:
    """The RFC 8785 form of a JSON value. Raises ValueError for what JSON cannot hold exactly."""
    if _is_plain(value):
        text = _QUICK.encode(value)
        text.encode()  # raises ValueError for half a character
        return text
    try:
        return rfc8785.dumps(value).decode()
    except rfc8785.CanonicalizationError as error:
        raise ValueError(f"this cannot be written to the log: {error}") from error


def _is_plain(value: Any) -> bool:
    """Whether the standard library writes this just as RFC 8785 asks, in a tenth of the time.

    It would write fractions and very large numbers differently, and sort other names than ASCII ones differently.
    """
    kind = type(value)
    if kind in _SIMPLE:
        return True
    if kind is int:
        return bool(-MAX_WHOLE <= value <= MAX_WHOLE)
    if kind is dict:
        if not all(type(name) is str and name.isascii() for name in value):
            return False
        value = value.values()
    elif kind is not list:
        return False
    # One look at the simple ones, which most are, before a call for each of the others.
    return all(_is_plain(one) for one in value if type(one) not in _SIMPLE)


def entry_hash(envelope: str) -> str:
    """Lower-case hex of SHA-256(0x00 || envelope bytes)."""
    return hashlib.sha256(LEAF + envelope.encode()).hexdigest()


def data_digest(salt: str, data: str) -> str:
    """Lower-case hex of SHA-256(salt bytes || data bytes); `salt` is hex."""
    return hashlib.sha256(bytes.fromhex(salt) + data.encode()).hexdigest()


def command_digest(salt: str, command: str) -> str:
    """Lower-case hex that recognises the same command again; `command` is its canonical text."""
    return hashlib.sha256(b"\x02" + bytes.fromhex(salt) + command.encode()).hexdigest()
