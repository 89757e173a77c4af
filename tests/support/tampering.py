"""Somebody who owns the database file and changes it with any tool: for tests that verification finds it.

The log has two rooms and close to sixty entries, and a row of every kind there is.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from crisisroom.db import Database
from crisisroom.features import References
from crisisroom.journal.writing import EntryWritten
from crisisroom.log import store
from crisisroom.log.event import By, Stamp
from crisisroom.log.record import write_record
from crisisroom.log.verify import Problem, verify_book, verify_rest
from crisisroom.playbooks.library import Library
from crisisroom.playbooks.schema import parse_playbook
from tests.support.builders import a_decision, a_room, a_run, a_task, an_entry, items_of
from tests.support.clock import START
from tests.support.databases import open_file
from tests.support.ids import SeededIds
from tests.support.people import CAST
from tests.support.world import World, a_world

DRILL = """
slug: drill
title: Drill
version: "1.0"
crisis_class: other
hazard: drill
lead_agency: CDEMA
source: [Own]
anchors: {start: {label: Start, letter: S}}
t0: start
phases:
  - id: one
    name: One
    items:
      - {id: first, text: First, agency: CDEMA, due: {anchor: start, offset: +1h}}
      - {id: second, text: Second, agency: RSS, after: [first], decision: true}
"""
PLACE = "_place"
UUID_COLUMNS = ("room", "book", "actor", "key", "id", "person", "run", "task", "assignee", "by", "opened_by")


@dataclass
class Evidence:
    """A log to tamper with, and the means."""

    database: Database
    file: sqlite3.Connection
    book: UUID
    main: UUID
    room: UUID
    ids: SeededIds

    async def problems(self) -> list[Problem]:
        """What verification finds: in the incident's book; if nothing, in all others, and beside them."""
        async with self.database.read() as connection:
            books = sorted(await store.books(connection), key=lambda book: book != self.book)
            for book in books:
                if found := await verify_book(connection, book):
                    return found
            return await verify_rest(connection)

    def rows(self, table: str) -> list[sqlite3.Row]:
        """A table as it stands in the file."""
        return self.file.execute(f"SELECT rowid AS {PLACE}, * FROM {table}").fetchall()

    def put_back(self, table: str, *rows: sqlite3.Row) -> None:
        """Write rows as they were, in the places they had."""
        for row in rows:
            self.file.execute(f"DELETE FROM {table} WHERE rowid = ?", (row[PLACE],))
        for row in rows:
            self.insert(table, {"rowid": row[PLACE]} | {name: row[name] for name in columns_of(row)})

    def insert(self, table: str, values: dict[str, Any]) -> None:
        """Write a row that was not there."""
        columns = ", ".join(f'"{name}"' for name in values)
        self.file.execute(
            f"INSERT INTO {table} ({columns}) VALUES ({', '.join('?' * len(values))})", list(values.values())
        )

    def delete(self, table: str, row: sqlite3.Row) -> None:
        """Take a row away."""
        self.file.execute(f"DELETE FROM {table} WHERE rowid = ?", (row[PLACE],))

    def set(self, table: str, row: sqlite3.Row, column: str, value: Any) -> bool:
        """Change one value. False if the database itself does not take it."""
        try:
            self.file.execute(f'UPDATE {table} SET "{column}" = ? WHERE rowid = ?', (value, row[PLACE]))
        except sqlite3.IntegrityError:
            return False
        return True

    def entries(self, room: UUID) -> list[sqlite3.Row]:
        """A room's entries in order."""
        return sorted((row for row in self.rows("log_entry") if row["room"] == room.hex), key=lambda row: row["seq"])


def make_evidence(url: str) -> tuple[UUID, UUID, UUID]:
    """Fill a database that has an incident; its book, main room and other room."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(_make(url))).result()


async def _make(url: str) -> tuple[UUID, UUID, UUID]:
    async with a_world(Database(url)) as world:
        room = await _tell(world)
        assert len(await world.records()) > 55
        assert world.book is not None
        return world.book, world.main.id, room


async def _tell(world: World) -> UUID:
    people = world.people
    world.writer.references = References(world.books, Library({"drill": parse_playbook(DRILL, "drill.yaml")}))
    room = await a_room(world)
    noel, there = people.noel, str(room.id)
    await world.do("invite-agency", people.regis, agency="PAHO")
    await world.do("fill-position", people.regis, position="Operations lead", person=CAST["baptiste"].email)
    run = await a_run(world, "drill", anchors={"start": "2026-09-10T02:30:00Z"})
    first, second = items_of(world, run)
    await world.do("tick-item", people.baptiste, item=str(first.id))
    await world.do("skip-item", people.baptiste, item=str(second.id), reason="Not today")
    await a_task(world, "Clear the runway", agency="CDEMA", due="T+4:00", priority="high")
    await a_task(world, "Loaders", holds_up=["E-1"], assignee=CAST["joseph"].email, notes="Two.")
    await world.do("comment-task", people.joseph, task="E-2", text="On the way.")
    await world.do("move-task", people.joseph, task="E-2", lane="done")
    await a_task(world, "Check manifests", by=noel, room=there)
    await a_decision(world, by=noel, room=there, options=["Wait"])
    note = await an_entry(world, "Vessel off Grenada.", by=noel, room=there)
    await world.do("release", noel, subject=str(note.id), to_room=str(world.main.id), key=world.ids.new())
    for number in range(20):
        world.clock.advance(minutes=1)
        await world.do_unseen("write-entry", people.daniel, text=f"Sortie {number}.", key=world.ids.new())
        world.clock.advance(minutes=1)
        await world.do_unseen("write-entry", noel, text=f"Source {number}.", room=there)
    return room.id


def open_evidence(database: Database, places: tuple[UUID, UUID, UUID]) -> Evidence:
    """The filled database, and a way past the program into its file. To be closed."""
    file = open_file(database.url)
    file.row_factory = sqlite3.Row
    file.execute("PRAGMA synchronous=OFF")
    return Evidence(database, file, *places, SeededIds(3))


def columns_of(row: sqlite3.Row) -> list[str]:
    """The table's own columns."""
    return [name for name in row.keys() if name != PLACE]


def other(value: Any, column: str) -> Any:
    """Another value of the same kind, as near as can be."""
    if isinstance(value, int):
        return value + 1000 if value > 1 else 1 - value
    if value is None:
        return "01990000000070008000000000000001" if column in UUID_COLUMNS else "2026-09-10 00:00:00.000000"
    if column in UUID_COLUMNS:
        return value[:-1] + ("0" if value[-1] != "0" else "1")
    if value == "":
        return "x"
    for was, now in (("2026", "2025"), ("[", '["x", '), ("{", '{"x": "y", ')):
        if value.startswith(was):
            return value.replace(was, now, 1).replace(", ]", "]").replace(", }", "}")
    return value[:-1] + chr(ord(value[-1]) ^ 1)


def near(problem: Problem, row: sqlite3.Row) -> bool:
    """Whether a finding is about this entry, or about the gap that it left."""
    return problem.room.hex == row["room"] and problem.seq in (row["seq"], row["seq"] + 1, row["seq"] + 1000)


def chosen(rows: list[sqlite3.Row]) -> Iterable[sqlite3.Row]:
    """The first and the last of a kind: what differs between more of them is only their text."""
    return rows[:1] + rows[1:][-1:]


def swap(evidence: Evidence, one: sqlite3.Row, two: sqlite3.Row, columns: tuple[str, ...]) -> None:
    """Exchange these columns of two entries."""
    set_columns = ", ".join(f"{column} = ?" for column in columns)
    update = f"UPDATE log_entry SET {set_columns} WHERE rowid = ?"
    aside = [-1 if isinstance(one[column], int) else one[column] for column in columns]
    evidence.file.execute(update, [*aside, one[PLACE]])
    evidence.file.execute(update, [*(one[column] for column in columns), two[PLACE]])
    evidence.file.execute(update, [*(two[column] for column in columns), one[PLACE]])


def forged(evidence: Evidence, room: UUID, before: sqlite3.Row | None) -> dict[str, Any]:
    """An entry that fits what stands before it in every hash."""
    position = 1 + max(row["position"] for row in evidence.rows("log_entry"))
    seq, previous = (before["seq"], before["hash"]) if before else (0, "0" * 64)
    record = write_record(
        Stamp(evidence.book, room, seq + 1, START, By(None, "", "Nobody")),
        EntryWritten(entry=evidence.ids.new(), text="All clear.", tlp="TLP:AMBER", released=False),
        position=position, prev_hash=previous, salt="00" * 16, key=None, command=None,
    )  # fmt: skip
    return {
        "room": room.hex, "seq": record.seq, "book": record.book.hex, "position": position,
        "prev_hash": record.prev_hash, "hash": record.hash, "envelope": record.envelope, "data": record.data_text,
        "salt": record.salt,
    }  # fmt: skip
