"""Tampering: whoever changes anything in the database, with any tool, is found, and the place is named.

Each test changes the file the way its owner could, verifies, and puts it back; at the end the log is whole again, so
that nothing is found by accident.
"""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from crisisroom.db import Database
from crisisroom.incidents.closing import IncidentClosed
from crisisroom.log import event, store
from crisisroom.log.canonical import NO_HASH
from crisisroom.log.checkpoint import Signer, check_against, make_checkpoints, read_checkpoints
from crisisroom.log.event import By, Stamp
from crisisroom.log.record import write_record
from crisisroom.log.rows import models, table_of
from crisisroom.log.verify import Problem, check_entry, verify_all, verify_book, verify_rest
from crisisroom.people.directory import DIRECTORY
from tests.support.builders import a_task, an_entry
from tests.support.databases import Databases, open_file, sqlite_path
from tests.support.tampering import (
    Evidence,
    chosen,
    columns_of,
    forged,
    make_evidence,
    near,
    open_evidence,
    other,
    swap,
)
from tests.support.world import World

Prepared = tuple[str, tuple[UUID, UUID, UUID]]

pytestmark = pytest.mark.embedded


@pytest.fixture(scope="module")
def prepared(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """The log to tamper with, written once."""
    url = databases.fresh(tmp_path_factory.mktemp("evidence"), incident=True)
    return url, make_evidence(url)


@pytest.fixture
async def evidence(prepared: Prepared, tmp_path: Path) -> AsyncIterator[Evidence]:
    """A copy of it, whole before and after."""
    url, places = prepared
    copy = tmp_path / "copy.db"
    shutil.copyfile(sqlite_path(url), copy)
    database = Database(f"sqlite:///{copy}")
    made = open_evidence(database, places)
    try:
        assert await made.problems() == []
        yield made
        assert await made.problems() == []
    finally:
        made.file.close()
        await database.close()


# The log's own tables


async def test_any_change_of_any_column_of_any_entry_is_found_and_named(evidence: Evidence) -> None:
    for row in evidence.rows("log_entry"):
        if row["book"] != evidence.book.hex:
            continue
        for column in columns_of(row):
            value = other(row[column], column)
            assert evidence.set("log_entry", row, column, value), column
            problems = await evidence.problems()
            evidence.put_back("log_entry", row)
            assert problems, f"{column} of entry {row['seq']}"
            if column == "position":
                continue  # between rooms there is no telling which of them was moved
            if column not in ("room", "book", "seq"):
                first = problems[0]
                assert (first.room.hex, first.seq) == (row["room"], row["seq"]), f"{column}: {first}"
            else:
                assert any(near(problem, row) for problem in problems), f"{column}: {problems}"


@pytest.mark.parametrize("nonsense", ["", "nonsense", b"\x00\xff", -1, 2**40, 1.5, None], ids=repr)
async def test_nonsense_in_any_column_is_found_as_well(nonsense: Any, evidence: Evidence) -> None:
    for row in (evidence.entries(evidence.main)[4], evidence.entries(evidence.room)[-1]):
        for column in columns_of(row):
            if row[column] == nonsense or not evidence.set("log_entry", row, column, nonsense):
                continue
            problems = await evidence.problems()
            evidence.put_back("log_entry", row)
            assert problems, f"{column} = {nonsense!r}"


async def test_any_change_of_any_column_of_any_head_is_found(evidence: Evidence) -> None:
    for table in ("room_head", "book_head"):
        for row in evidence.rows(table):
            for column in columns_of(row):
                for value in (other(row[column], column), "nonsense", -1, b"\xff"):
                    assert evidence.set(table, row, column, value)
                    problems = await evidence.problems()
                    evidence.put_back(table, row)
                    assert problems, f"{table}.{column} = {value!r}"
                    if table == "room_head" and column in ("seq", "hash"):
                        assert problems[0].room.hex == row["room"]


async def test_any_head_that_was_deleted_is_missed(evidence: Evidence) -> None:
    for table in ("room_head", "book_head"):
        for row in evidence.rows(table):
            evidence.delete(table, row)
            assert await evidence.problems(), table
            evidence.put_back(table, row)


async def test_any_entry_that_was_deleted_is_missed_and_named(evidence: Evidence) -> None:
    for room in (evidence.main, evidence.room):
        for row in evidence.entries(room):
            evidence.delete("log_entry", row)
            problems = await evidence.problems()
            evidence.put_back("log_entry", row)
            assert (problems[0].room, problems[0].seq) == (room, row["seq"])
            assert "missing" in problems[0].what


async def test_two_neighbours_that_changed_places_are_found_and_named(evidence: Evidence) -> None:
    """Their whole rows, and also only what is not written in their texts: number, or place in the book."""
    for room in (evidence.main, evidence.room):
        entries = evidence.entries(room)
        for one, two in pairwise(entries):
            for columns in (("seq", "position"), ("envelope", "data", "salt", "hash")):
                swap(evidence, one, two, columns)
                problems = await evidence.problems()
                evidence.put_back("log_entry", one, two)
                assert (problems[0].room, problems[0].seq) == (room, one["seq"]), columns


async def test_entries_of_different_rooms_and_times_that_changed_places_are_found(evidence: Evidence) -> None:
    """Between rooms the order is not hashed, lest rooms know of one another; it is the order of their times."""
    rows = sorted((row for row in evidence.rows("log_entry")), key=lambda row: (row["book"], row["position"]))
    rows = [row for row in rows if row["book"] == evidence.book.hex][-39:]
    for one, two in pairwise(rows):
        swap(evidence, one, two, ("position",))
        problems = await evidence.problems()
        evidence.put_back("log_entry", one, two)
        assert problems, (one["position"], two["position"])


async def test_a_forged_entry_is_found_wherever_it_is_put(evidence: Evidence) -> None:
    """With correct hashes of its own, at the end, in the middle, and in a room that is not there."""
    for room, place in (
        (evidence.main, "end"),
        (evidence.room, "end"),
        (evidence.main, 7),
        (evidence.ids.new(), 0),
    ):
        entries = evidence.entries(room)
        before = entries[-1] if place == "end" else entries[int(place) - 1] if entries else None
        row = forged(evidence, room, before)
        if isinstance(place, int) and entries:
            evidence.delete("log_entry", entries[place])
        evidence.insert("log_entry", row)
        problems = await evidence.problems()
        evidence.file.execute("DELETE FROM log_entry WHERE room = ? AND seq = ?", (row["room"], row["seq"]))
        if isinstance(place, int) and entries:
            evidence.put_back("log_entry", entries[place])
        expected = {row["seq"], row["seq"] + 1}
        assert problems[0].room.hex == row["room"]
        assert problems[0].seq in expected


async def test_the_log_of_a_book_that_was_hidden_by_deleting_its_head_is_missed(evidence: Evidence) -> None:
    (head,) = [row for row in evidence.rows("book_head") if row["book"] == evidence.book.hex]
    evidence.delete("book_head", head)
    problems = await evidence.problems()
    evidence.put_back("book_head", head)
    assert {problem.room for problem in problems} == {evidence.book}
    assert any("no head" in problem.what for problem in problems)
    assert any("no log" in problem.what for problem in problems)


# The state tables


async def test_any_change_of_any_column_of_any_state_row_is_found(evidence: Evidence) -> None:
    tables = {table_of(model).name for model in models()}
    assert {table for table in tables if not evidence.rows(table)} == set(), "a kind of row that is not tried here"
    for table in sorted(tables):
        for row in chosen(evidence.rows(table)):
            for column in columns_of(row):
                if not evidence.set(table, row, column, other(row[column], column)):
                    continue
                problems = await evidence.problems()
                evidence.put_back(table, row)
                assert problems, f"{table}.{column} of {row[column]!r}"


async def test_any_state_row_that_was_deleted_or_doubled_is_found(evidence: Evidence) -> None:
    for model in models():
        table = table_of(model).name
        for row in evidence.rows(table):
            evidence.delete(table, row)
            assert await evidence.problems(), f"a deleted {table}"
            evidence.put_back(table, row)
        for row in chosen(evidence.rows(table)):
            unique = {"key": "another-26"} if table == "incident" else {}
            copy = {name: row[name] for name in columns_of(row)} | {"id": evidence.ids.new().hex} | unique
            evidence.insert(table, copy)
            assert await evidence.problems(), f"a doubled {table}"
            evidence.file.execute(f"DELETE FROM {table} WHERE id = ?", (copy["id"],))


async def test_a_changed_task_is_named_by_the_entry_that_made_it_so(evidence: Evidence) -> None:
    (row,) = [row for row in evidence.rows("task") if row["title"] == "Clear the runway"]
    evidence.set("task", row, "title", "Close the runway")
    (problem,) = await evidence.problems()
    evidence.put_back("task", row)
    assert (problem.room, problem.seq) == (evidence.main, row["seq"])
    assert "task" in problem.what


async def test_rows_of_a_book_that_has_no_log_are_found(evidence: Evidence) -> None:
    (row,) = [row for row in evidence.rows("task") if row["title"] == "Clear the runway"]
    for book in (evidence.ids.new().hex, "nonsense"):
        evidence.set("task", row, "book", book)
        async with evidence.database.read() as connection:
            problems = await verify_rest(connection)
        evidence.put_back("task", row)
        assert any("rows of task but no log" in problem.what for problem in problems)


# What only a checkpoint shows


async def test_a_tail_that_was_cut_off_with_its_heads_put_back_is_found_with_a_checkpoint(
    world: World, tmp_path: Path
) -> None:
    """An older copy of the whole file is just that: as whole as it was, and shorter than what was signed."""
    await a_task(world, "Before")
    signer = Signer("crisisroom-test", Ed25519PrivateKey.from_private_bytes(bytes(32)))
    copy_to(tmp_path / "older.db", world)
    await an_entry(world, "Since it was copied.")
    text = "\n".join(map(signer.sign, await checkpoints_of(world)))
    older = Database(f"sqlite:///{tmp_path / 'older.db'}")
    found = []
    async with older.read() as connection:
        assert world.book is not None
        assert await verify_book(connection, world.book) == []
        for checkpoint in read_checkpoints(text, signer.public):
            hashes = [
                row.hash
                for book in await store.books(connection)
                for row in await store.raw_entries(connection, book)
                if row.room == checkpoint.room
            ]
            found += check_against(checkpoint, hashes)
    await older.close()
    (problem,) = found
    assert (problem.room, problem.seq) == (world.main.id, 4)


async def test_a_history_written_anew_with_correct_hashes_is_whole_and_found_by_an_older_checkpoint(
    world: World,
) -> None:
    await an_entry(world, "The bridge stands.")
    checkpoints = await checkpoints_of(world)
    await an_entry(world, "Later.")
    world.damaged = True
    rewritten = await write_anew(world, "The bridge stands.", "The bridge is down.")
    async with world.database.read() as connection:
        assert world.book is not None
        assert await verify_book(connection, world.book) == []
        hashes = [row.hash for row in await store.raw_entries(connection, world.book)]
    assert hashes == rewritten
    (checkpoint,) = [one for one in checkpoints if one.room == world.main.id]
    (problem,) = check_against(checkpoint, hashes)
    assert (problem.room, problem.seq) == (world.main.id, 3)


async def test_entries_that_fit_one_another_and_make_no_sense_are_a_finding_not_a_crash(world: World) -> None:
    """A closing of an incident that was never opened, with heads, hashes and all."""
    world.damaged = True
    book, room = world.ids.new(), world.ids.new()
    at = datetime(2026, 9, 10, tzinfo=UTC)
    record = write_record(
        Stamp(book, room, 1, at, By(None, "", "Nobody")), IncidentClosed(incident=book, summary="Never."),
        position=1, prev_hash="0" * 64, salt="00" * 16, key=None, command=None,
    )  # fmt: skip
    file = open_file(world.database.url)
    row = {
        "room": room.hex, "seq": 1, "book": book.hex, "position": 1, "prev_hash": record.prev_hash,
        "hash": record.hash, "envelope": record.envelope, "data": record.data_text, "salt": record.salt,
    }  # fmt: skip
    file.execute(f"INSERT INTO log_entry ({', '.join(row)}) VALUES ({', '.join('?' * 9)})", list(row.values()))
    file.execute("INSERT INTO room_head VALUES (?, ?, 1, ?)", (room.hex, book.hex, record.hash))
    file.execute("INSERT INTO book_head VALUES (?, 1, '2026-09-10 00:00:00.000000')", (book.hex,))
    file.close()
    async with world.database.read() as connection:
        (problem,) = await verify_book(connection, book)
    assert "cannot be replayed" in problem.what


@pytest.mark.parametrize("envelope", ["[" * 100_000 + "]" * 100_000, "\ud800"])
def test_an_envelope_that_no_program_takes_is_a_finding_not_a_crash(envelope: str) -> None:
    stored = envelope.encode("utf-8", "surrogatepass")
    row = SimpleNamespace(room=UUID(int=1), seq=4, envelope=envelope, hash=hashlib.sha256(b"\0" + stored).hexdigest())
    (problem,) = check_entry(row, NO_HASH)
    assert (problem.room, problem.seq) == (row.room, 4)
    assert problem.what.startswith("the stored text cannot be read")


async def test_an_event_of_a_newer_program_is_said_to_be_so(world: World) -> None:
    await an_entry(world)
    known = dict(event._EVENTS)
    try:
        del event._EVENTS["entry.written", 1]
        async with world.database.read() as connection:
            assert world.book is not None
            (problem,) = await verify_book(connection, world.book)
    finally:
        event._EVENTS.update(known)
    assert "entry.written v1 was written by a newer version" in problem.what


# Helpers


async def checkpoints_of(world: World) -> list[Any]:
    """A checkpoint of every room, as of now."""
    async with world.database.read() as connection:
        log, _ = await store.instance(connection)
        hashes, _ = await verify_all(connection)
    return list(make_checkpoints(log, hashes, world.clock.now()))


def copy_to(path: Path, world: World) -> None:
    """A backup of the whole database."""
    file, copy = open_file(world.database.url), sqlite3.connect(path)
    file.backup(copy)
    file.close()
    copy.close()


async def write_anew(world: World, was: str, becomes: str) -> list[str]:
    """Rewrite the incident's log, state and heads as if another text had been written; the new hashes in order."""
    records = await world.records()
    file = open_file(world.database.url)
    previous, hashes = "0" * 64, []
    for record in records:
        changed = {"text": becomes} if getattr(record.data, "text", "") == was else {}
        made = write_record(
            record.stamp, record.data.model_copy(update=changed), position=record.position, prev_hash=previous,
            salt=record.salt, key=record.key, command=record.command,
        )  # fmt: skip
        file.execute(
            "UPDATE log_entry SET prev_hash = ?, hash = ?, envelope = ?, data = ? WHERE room = ? AND seq = ?",
            (previous, made.hash, made.envelope, made.data_text, record.room.hex, record.seq),
        )
        previous = made.hash
        hashes.append(made.hash)
    file.execute("UPDATE room_head SET hash = ? WHERE room = ?", (previous, world.main.id.hex))
    file.execute("UPDATE note SET text = ? WHERE text = ?", (becomes, was))
    file.close()
    return hashes


def test_a_finding_can_be_read_by_people() -> None:
    place = Problem(DIRECTORY, 7, "is missing")
    assert str(place) == f"room {DIRECTORY} entry 7: is missing"
    assert str(Problem(DIRECTORY, 7, "differs", "1", "2")).endswith("differs (expected 1, found 2)")
