"""Verification: recompute every chain from the stored text and compare everything that leans on it. Trusts nothing.

Covered are every stored column an entry's meaning depends on, the heads, the order of the book, and the state tables,
which must be what the log adds up to. What no chain can show by itself, a tail cut off with its heads put back or a
history written anew, a checkpoint kept elsewhere shows (`checkpoint.py`).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import select

from crisisroom.db import Connection
from crisisroom.log import store
from crisisroom.log.canonical import NO_HASH, canonical, data_digest, entry_hash
from crisisroom.log.event import UnknownEvent
from crisisroom.log.raw import RawEntry, RawHead, RawRoomHead, as_stored, read_id
from crisisroom.log.record import read_record
from crisisroom.log.rows import models, table_of
from crisisroom.log.snapshot import Snapshot, differences
from crisisroom.log.tables import BookHeadRow


@dataclass(frozen=True)
class Problem:
    """One thing that is not as it was written: where, what, and the two values that should be equal."""

    room: UUID
    seq: int
    what: str
    expected: str = ""
    found: str = ""

    def __str__(self) -> str:
        values = f" (expected {self.expected}, found {self.found})" if self.expected or self.found else ""
        return f"room {self.room} entry {self.seq}: {self.what}{values}"


@dataclass(frozen=True)
class Verified:
    """What one reading of a book showed: everything wrong, first entry first, and how far the reading went."""

    book: UUID
    problems: tuple[Problem, ...]
    hashes: Mapping[UUID, Sequence[str]]
    """The stored hashes of each room's entries, in order: what checkpoints are compared with."""
    position: int

    @property
    def entries(self) -> int:
        """How many entries the book has."""
        return sum(map(len, self.hashes.values()))


async def verify_book(connection: Connection, book: UUID) -> list[Problem]:
    """Everything wrong with one book, first entry first; an empty list means that it is whole."""
    return list((await examine(connection, book)).problems)


async def examine(connection: Connection, book: UUID) -> Verified:
    """Verify one book, reading it once."""
    rows = await store.raw_entries(connection, book)
    book_head, room_heads = await store.raw_heads(connection, book)
    # In a thread: a long log takes seconds, and a server that verifies must go on answering.
    problems = await asyncio.to_thread(_check_log, book, rows, book_head, room_heads)
    problems = problems or await _check_state(connection, book, rows)
    hashes = {room: [row.hash for row in entries] for room, entries in groupby(rows, key=lambda row: row.room)}
    return Verified(book, tuple(problems), hashes, max((row.position for row in rows), default=0))


async def examine_news(connection: Connection, before: Verified) -> Verified | None:
    """Verify what a whole book has got since then. None if that does not fit: then all of it must be looked at."""
    if before.problems:
        return None
    rows = await store.raw_entries(connection, before.book, before.position)
    book_head, room_heads = await store.raw_heads(connection, before.book)
    hashes = {room: list(known) for room, known in before.hashes.items()}
    ends = {room: (len(known), known[-1]) for room, known in before.hashes.items()}
    if check_chains(rows, ends):
        return None
    for row in rows:
        hashes.setdefault(row.room, []).append(row.hash)
    position = before.position + len(rows)
    heads = {head.room: (head.seq, head.hash) for head in room_heads}
    fits = heads == {room: (len(known), known[-1]) for room, known in hashes.items()}
    if not fits or book_head is None or book_head.position != position:
        return None
    return replace(before, hashes=hashes, position=position)


async def verify_all(connection: Connection) -> tuple[dict[UUID, Sequence[str]], list[Problem]]:
    """The hashes of every room's entries, and everything wrong anywhere in the log."""
    hashes: dict[UUID, Sequence[str]] = {}
    problems = await verify_rest(connection)
    for book in await store.books(connection):
        found = await examine(connection, book)
        hashes.update(found.hashes)
        problems += found.problems
    return hashes, problems


def _check_log(
    book: UUID, rows: Sequence[RawEntry], book_head: RawHead | None, room_heads: Sequence[RawRoomHead]
) -> list[Problem]:
    # What is wrong inside a room is told to its members alone. In the order across rooms it would show once more, as a
    # gap beside other rooms' entries.
    return [*check_chains(rows), *_check_heads(rows, room_heads)] or _check_order(book, rows, book_head)


async def verify_rest(connection: Connection) -> list[Problem]:
    """Entries, heads and state rows of books that have no head, so that verifying every book would pass them by."""
    problems = [Problem(book, 0, "has entries or rooms but no head") for book in await store.orphans(connection)]
    heads: Any = BookHeadRow.__table__  # type: ignore[attr-defined]
    for model in models():
        table = table_of(model)
        lost = select(as_stored(table.c.book)).where(table.c.book.not_in(select(heads.c.book))).distinct()
        what = f"has rows of {model.__name__.lower()} but no log"
        problems += [Problem(read_id(book), 0, what) for book in await connection.scalars(lost)]
    return problems


def check_chains(rows: Iterable[Any], ends: Mapping[UUID, tuple[int, str]] | None = None) -> list[Problem]:
    """Each room's chain, from rows ordered by room and seq, or its part after `ends` (seq, hash).

    Also verifies exports, whose rows have the same columns.
    """
    problems: list[Problem] = []
    for room, entries in groupby(rows, key=lambda row: row.room):
        seq, previous = (ends or {}).get(room, (0, NO_HASH))
        for row in entries:
            if row.seq != seq + 1:
                problems.append(Problem(room, seq + 1, "is missing" if row.seq > seq else "is there twice"))
                previous = row.prev_hash
            problems += check_entry(row, previous)
            seq, previous = row.seq, row.hash
    return problems


def check_entry(row: Any, previous: str) -> list[Problem]:
    """One entry against its own text, its columns and the hash before it."""
    try:
        found = entry_hash(row.envelope)
        if found != row.hash:
            return [Problem(row.room, row.seq, "the stored text does not match its hash", row.hash, found)]
        envelope = json.loads(row.envelope)
        if canonical(envelope) != row.envelope:
            return [Problem(row.room, row.seq, "the stored text is not in canonical form")]
        pairs = _should_be_equal(row, envelope, previous)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        return [Problem(row.room, row.seq, f"the stored text cannot be read: {error}")]
    return [
        Problem(row.room, row.seq, what, str(expected), str(value))
        for what, expected, value in pairs
        if str(expected) != str(value)
    ]


def _should_be_equal(row: Any, envelope: dict[str, Any], previous: str) -> Sequence[tuple[str, Any, Any]]:
    return (
        ("it does not follow the entry before it", previous, envelope["prev"]),
        ("the stored previous hash differs from the text", envelope["prev"], row.prev_hash),
        ("the stored room differs from the text", envelope["room"], row.room),
        ("the stored book differs from the text", envelope["book"], row.book),
        ("the stored number differs from the text", envelope["seq"], row.seq),
        ("the stored person differs from the text", envelope["by"]["person"], row.actor),
        ("the stored command key differs from the text", envelope["key"], row.key),
        ("the stored salt is not written as it should be", bytes.fromhex(row.salt).hex(), row.salt),
        ("the stored data does not match the digest in the text", envelope["data_sha256"], _digest(row)),
    )


def _digest(row: Any) -> str:
    return data_digest(row.salt, row.data)


def _check_heads(rows: Sequence[Any], heads: Sequence[Any]) -> list[Problem]:
    last = {row.room: row for row in rows}
    known = {head.room: head for head in heads}
    problems = [Problem(room, row.seq, "its room has no head") for room, row in last.items() if room not in known]
    for room, head in known.items():
        row = last.get(room)
        seq, newest = (row.seq, row.hash) if row is not None else (0, NO_HASH)
        if head.seq > seq:
            problems.append(Problem(room, seq + 1, "is missing: the room's head is further", str(head.seq), str(seq)))
        elif head.seq < seq:
            problems.append(Problem(room, head.seq + 1, "is beyond the room's head", str(head.seq), str(seq)))
        elif head.hash != newest:
            problems.append(Problem(room, seq, "differs from the room's head", head.hash, newest))
    return problems


def _check_order(book: UUID, rows: Sequence[Any], head: Any | None) -> list[Problem]:
    """The order across rooms: positions 1..n, in which rooms keep their own order and times never go back."""
    ordered = sorted(rows, key=lambda row: row.position)
    problems: list[Problem] = []
    seqs: dict[UUID, int] = {}
    at = ""
    for position, row in enumerate(ordered, 1):
        moment = _moment(row.envelope)
        if row.position != position or row.seq <= seqs.get(row.room, 0) or moment < at:
            problems.append(Problem(row.room, row.seq, "stands out of order", str(position), str(row.position)))
            break
        seqs[row.room], at = row.seq, moment
    if head is None:
        return [*problems, Problem(book, 0, "has no head")]
    if head.position != len(ordered):
        problems.append(Problem(book, 0, "the book's head differs", str(len(ordered)), str(head.position)))
    elif ordered and head.at != at:
        problems.append(Problem(book, 0, "the time of the book's head differs", at, head.at))
    return problems


def _moment(envelope: str) -> str:
    try:
        return str(json.loads(envelope)["at"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""


async def _check_state(connection: Connection, book: UUID, rows: Sequence[Any]) -> list[Problem]:
    replayed = await asyncio.to_thread(_replay, book, sorted(rows, key=lambda row: row.position))
    if isinstance(replayed, Problem):
        return [replayed]
    try:
        stored = await Snapshot.load(connection, book)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        return [Problem(book, 0, f"the state tables cannot be read ({type(error).__name__})")]
    problems = []
    for kind, id in differences(replayed, stored):
        place = next(
            (row for model in models() for state in (replayed, stored) if (row := state.rows(model).get(id))), None
        )
        where = (place.room, place.seq) if place else (book, 0)
        problems.append(Problem(*where, f"the state table's {kind} {id} is not what the log adds up to"))
    return problems


def _replay(book: UUID, rows: Sequence[Any]) -> Snapshot | Problem:
    """What the log adds up to, or the entry at which it makes no sense. Says nothing of what the entry holds."""
    snapshot = Snapshot(book)
    for row in rows:
        try:
            snapshot.advance(read_record(row))
        except UnknownEvent as error:
            return Problem(row.room, row.seq, f"the state tables cannot be compared, as the entry {error}")
        except Exception as error:  # entries that fit one another may still add up to nonsense, in any way
            what = f"the state tables cannot be compared, as the entry cannot be replayed ({type(error).__name__})"
            return Problem(row.room, row.seq, what)
    return snapshot
