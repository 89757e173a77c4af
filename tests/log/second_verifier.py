"""A verifier of exported logs, written from `docs/log-format.md` alone. It shares no code with the product."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ESCAPES = {8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"}


class Wrong(Exception):
    """What a verifier finds, with the place."""

    def __init__(self, room: str, seq: int, step: int) -> None:
        super().__init__(f"room {room} entry {seq}: step {step}")
        self.room, self.seq, self.step = room, seq, step


def verify(lines: list[str], checkpoints: str = "", public_key: str = "") -> int:
    """How many entries were verified. Raises Wrong for the first that fails."""
    rooms: dict[str, list[dict[str, Any]]] = {}
    for line in lines:
        entry = json.loads(line)
        rooms.setdefault(entry["room"], []).append(entry)
    for room, entries in rooms.items():
        before, previous = 0, "0" * 64
        for entry in sorted(entries, key=lambda one: one["seq"]):
            if entry["seq"] != before + 1:
                raise Wrong(room, before + 1, 1)
            if step := wrong_step(entry, previous):
                raise Wrong(room, entry["seq"], step)
            before, previous = entry["seq"], entry["hash"]
    for room, size, root in read_checkpoints(checkpoints, public_key) if checkpoints else ():
        leaves = [bytes.fromhex(entry["hash"]) for entry in rooms.get(room, [])]
        if len(leaves) < size or tree(leaves[:size]) != root:
            raise Wrong(room, min(len(leaves) + 1, size), 7)
    return len(lines)


def wrong_step(entry: dict[str, Any], previous: str) -> int:
    """The first of the steps 2 to 6 that an entry fails, 0 for none."""
    text = entry["envelope"]
    if hashlib.sha256(b"\0" + text.encode()).hexdigest() != entry["hash"]:
        return 2
    envelope = json.loads(text)
    place = (envelope["room"], envelope["seq"], envelope["prev"])
    if canonical(envelope) != text or place != (entry["room"], entry["seq"], entry["prev_hash"]):
        return 3
    if entry["prev_hash"] != previous:
        return 4
    if bytes.fromhex(entry["salt"]).hex() != entry["salt"]:
        return 5
    digest = hashlib.sha256(bytes.fromhex(entry["salt"]) + entry["data_text"].encode()).hexdigest()
    if digest != envelope["data_sha256"]:
        return 5
    by = {name: envelope["by"][name] for name in ("agency", "name", "position")}
    said = {"event": envelope["event"], "at": envelope["at"], "by": by, "data": json.loads(entry["data_text"])}
    return 0 if canonical({name: entry[name] for name in said}) == canonical(said) else 6


def tree(leaves: list[bytes]) -> bytes:
    """Section 6, as it is written there."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + tree(leaves[:split]) + tree(leaves[split:])).digest()


def read_checkpoints(text: str, public_key: str) -> Iterator[tuple[str, int, bytes]]:
    """Room, size and root of each, the signatures checked. Raises Wrong."""
    name, key_id, encoded = public_key.split("+", 2)
    key = base64.b64decode(encoded)
    assert hashlib.sha256(name.encode() + b"\n" + key).hexdigest()[:8] == key_id
    lines = [line for line in text.split("\n") if line]
    while lines:
        body, lines = lines[:4], lines[4:]
        _, _, room = body[0].split("/")
        signed = False
        while lines and lines[0].startswith("\u2014 "):
            _, signer, signature = lines.pop(0).split(" ")
            raw = base64.b64decode(signature)
            if signer == name and raw[:4].hex() == key_id:
                signed = signed or is_by(key[1:], raw[4:], "".join(f"{line}\n" for line in body))
        if not signed:
            raise Wrong(room, 0, 7)
        yield room, int(body[1]), base64.b64decode(body[2])


def is_by(key: bytes, signature: bytes, body: str) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, body.encode())
    except InvalidSignature:
        return False
    return True


def canonical(value: Any) -> str:
    """Section 2."""
    if value is None or value is True or value is False:
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return '"' + "".join(map(escaped, value)) + '"'
    if isinstance(value, int | float):
        return number(value)
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    names = sorted(value, key=lambda name: name.encode("utf-16-be"))
    return "{" + ",".join(f"{canonical(name)}:{canonical(value[name])}" for name in names) + "}"


def escaped(character: str) -> str:
    code = ord(character)
    return ESCAPES.get(code) or (f"\\u{code:04x}" if code < 32 else character)


def number(value: float) -> str:
    """As ECMAScript writes it: the shortest digits that read back the same, the point where the size says."""
    if isinstance(value, int) and abs(value) < 2**53:
        return str(value)
    value = float(value)
    if value == 0:
        return "0"
    mantissa, _, exponent = f"{abs(value)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    sign = "-" if value < 0 else ""
    if len(digits) <= point <= 21:
        return sign + digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    shown = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
    return f"{sign}{shown}e{point - 1:+d}"
