"""Checkpoints: how long each room's log is and its tree root, signed, to be kept where this server cannot write.

Format: C2SP tlog-checkpoint in a C2SP signed note (Ed25519), one note a room; a file holds several, one after another.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from crisisroom.core.files import write_new, write_over
from crisisroom.core.times import rfc3339
from crisisroom.log.merkle import tree_root
from crisisroom.log.verify import Problem

ED25519 = b"\x01"
DASH = "\N{EM DASH}"
KEY_FILE = "checkpoint.key"
PUBLIC_FILE = "checkpoint.pub"
MAX_FILE = 10_000_000


class CheckpointInvalid(Exception):
    """The checkpoint cannot be used: it is not one, or its signature is not by the key given."""


@dataclass(frozen=True)
class Checkpoint:
    """A room's log at one moment: `size` entries with this tree root."""

    log: UUID
    room: UUID
    size: int
    root: bytes
    at: str

    @property
    def body(self) -> str:
        """The signed text."""
        root = base64.b64encode(self.root).decode()
        return f"crisisroom/{self.log}/{self.room}\n{self.size}\n{root}\n{self.at}\n"


@dataclass(frozen=True)
class PublicKey:
    """Who signs: a name and an Ed25519 key, written `name+id+base64` as in the C2SP signed note."""

    name: str
    key: Ed25519PublicKey

    @property
    def id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self._raw).digest()[:4]

    @property
    def _raw(self) -> bytes:
        return self.key.public_bytes(Encoding.Raw, PublicFormat.Raw)

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(ED25519 + self._raw).decode()}"


def read_public_key(text: str) -> PublicKey:
    """The key of its text. Raises CheckpointInvalid."""
    try:
        name, _, encoded = text.strip().split("+", 2)
        raw = base64.b64decode(encoded, validate=True)
        key = PublicKey(name, Ed25519PublicKey.from_public_bytes(raw[1:]))
        if raw[:1] != ED25519 or str(key) != text.strip():
            raise ValueError("its id does not fit")
    except (ValueError, binascii.Error) as error:
        raise CheckpointInvalid(f"This is no public key: {error}") from None
    return key


class Signer:
    """The installation's checkpoint key, made on first use and kept readable by its owner alone."""

    def __init__(self, name: str, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = PublicKey(name, key.public_key())

    @classmethod
    def open(cls, folder: Path, log: UUID) -> Signer:
        """The key in the data folder; the public half lies beside it for everybody."""
        path = folder / KEY_FILE
        if not path.exists():
            raw = Ed25519PrivateKey.generate().private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
            with suppress(FileExistsError):  # another process was quicker: its key is the one
                write_new(path, raw)
        signer = cls(f"crisisroom-{log.hex[-12:]}", Ed25519PrivateKey.from_private_bytes(path.read_bytes()))
        write_over(folder / PUBLIC_FILE, f"{signer.public}\n".encode())
        return signer

    def sign(self, checkpoint: Checkpoint) -> str:
        """The checkpoint as a signed note."""
        signature = base64.b64encode(self.public.id + self._key.sign(checkpoint.body.encode())).decode()
        return f"{checkpoint.body}\n{DASH} {self.public.name} {signature}\n"


def make_checkpoints(log: UUID, hashes: Mapping[UUID, Sequence[str]], at: datetime) -> Iterator[Checkpoint]:
    """One for each room, from the hashes of its entries in order."""
    for room, entries in hashes.items():
        yield Checkpoint(log, room, len(entries), tree_root([bytes.fromhex(one) for one in entries]), rfc3339(at))


@dataclass(frozen=True)
class Note:
    """A checkpoint as it stands in a file, with signatures that nobody has checked yet."""

    checkpoint: Checkpoint
    signatures: Sequence[str]

    def is_signed(self, key: PublicKey) -> bool:
        """Whether one of the signatures is by this key, and good."""
        return any(_is_signed(self.checkpoint, line, key) for line in self.signatures)


def read_notes(text: str) -> list[Note]:
    """The checkpoints of a file as they are written there. Raises CheckpointInvalid."""
    if len(text) > MAX_FILE:
        raise CheckpointInvalid("This file is too large for checkpoints.")
    notes = [note for note in _notes(text.splitlines()) if any(note)]
    if not notes:
        raise CheckpointInvalid("There is no checkpoint in this file.")
    return [_read_note(note, number) for number, note in enumerate(notes, 1)]


def read_checkpoints(text: str, key: PublicKey, log: UUID | None = None) -> list[Checkpoint]:
    """The checkpoints of a file, every signature checked. Raises CheckpointInvalid naming the first that is wrong.

    With `log`, those of other logs, which other keys sign, are not checked; they can say nothing of this one.
    """
    notes = read_notes(text)
    for number, note in enumerate(notes, 1):
        if log in (None, note.checkpoint.log) and not note.is_signed(key):
            raise CheckpointInvalid(f"Checkpoint {number} is not signed by {key.name}. Do not rely on it.")
    return [note.checkpoint for note in notes]


@dataclass
class Comparison:
    """What checkpoints say of a log: how many were about it, what is wrong, and why the others say nothing."""

    applied: int = 0
    problems: list[Problem] = field(default_factory=list)
    not_applicable: list[str] = field(default_factory=list)


def compare(
    checkpoints: Iterable[Checkpoint], hashes: Mapping[UUID, Sequence[str]], log: UUID | None, others: Collection[UUID]
) -> Comparison:
    """Compare with the hashes of rooms. `others` are rooms that are somewhere else, where nobody looked now.

    Without `log` nobody knows of which log the hashes are, as with an export: rooms not there may be elsewhere.
    """
    found = Comparison()
    for one in checkpoints:
        what = f"The checkpoint of room {one.room} at entry {one.size}"
        if log is not None and one.log != log:
            found.not_applicable.append(f"{what} is of another log, {one.log}. This is the log {log}.")
        elif one.room not in hashes and (log is None or one.room in others):
            found.not_applicable.append(f"{what} says nothing here: the room is not in what was verified.")
        else:
            found.applied += 1
            found.problems += check_against(one, hashes.get(one.room, ()))
    return found


def check_against(checkpoint: Checkpoint, hashes: Sequence[str]) -> list[Problem]:
    """What is wrong with a room's stored hashes, in order, as seen from a checkpoint."""
    if len(hashes) < checkpoint.size:
        return [
            Problem(
                checkpoint.room, len(hashes) + 1, "is missing: the log is shorter than the checkpoint signed",
                str(checkpoint.size), str(len(hashes)),
            )
        ]  # fmt: skip
    root = tree_root([_leaf(one) for one in hashes[: checkpoint.size]])
    if root != checkpoint.root:
        return [
            Problem(
                checkpoint.room, checkpoint.size, "the entries up to here are not those the checkpoint signed",
                checkpoint.root.hex(), root.hex(),
            )
        ]  # fmt: skip
    return []


def _leaf(stored: str) -> bytes:
    try:
        return bytes.fromhex(stored)
    except ValueError:
        return b""  # no entry's hash, so the root will not be the one that was signed


def _notes(lines: Iterable[str]) -> Iterator[list[str]]:
    note: list[str] = []
    signed = False
    for line in lines:
        if signed and not line.startswith(f"{DASH} "):
            yield note
            note, signed = [], False
        signed = line.startswith(f"{DASH} ")
        if line or note:
            note.append(line)
    yield note


def _read_note(note: list[str], number: int) -> Note:
    try:
        origin, size, root, at, empty, *signatures = note
        _, log, room = origin.split("/")
        checkpoint = Checkpoint(UUID(log), UUID(room), int(size), base64.b64decode(root, validate=True), at)
        if empty or checkpoint.body != "\n".join(note[:4]) + "\n":
            raise ValueError("its text is not in the form that is signed")
    except (ValueError, binascii.Error) as error:
        raise CheckpointInvalid(f"Checkpoint {number} cannot be read: {error}") from None
    return Note(checkpoint, signatures)


def _is_signed(checkpoint: Checkpoint, line: str, key: PublicKey) -> bool:
    try:
        _, name, encoded = line.split(" ")
        signature = base64.b64decode(encoded, validate=True)
        if name != key.name or signature[:4] != key.id:
            return False
        key.key.verify(signature[4:], checkpoint.body.encode())
    except (ValueError, binascii.Error, InvalidSignature):
        return False
    return True
