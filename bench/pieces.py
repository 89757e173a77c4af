"""The small costs that multiply with processes, people and incidents, each measured alone in this process.

What `bench.scale` needs beside the parts that drive a whole server: drawing a change, packing it, a watched book in
memory, one person in a list of who is here, one ring of the doorbell, one open socket's sign-in looked at again.
"""

from __future__ import annotations

import asyncio
import json
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import UUID

from bench.report import Figures, Table, median
from bench.scratch import Scratch
from crisisroom.access.grants import OPERATOR, Actor, Role
from crisisroom.access.rooms import main_room
from crisisroom.cli.office import Office, office, prepare
from crisisroom.commanding.command import read_command
from crisisroom.core.clock import SystemClock
from crisisroom.core.condition import Condition
from crisisroom.core.ids import SystemIds
from crisisroom.live import presence
from crisisroom.live.channel import RING
from crisisroom.live.frames import Fragments, frame
from crisisroom.live.framing import SharedWindow
from crisisroom.live.redis_doorbell import RedisDoorbell
from crisisroom.log.cursor import Cursor
from crisisroom.log.snapshot import Snapshot
from crisisroom.log.store import positions, read_after
from crisisroom.people.queries import sessions_of
from crisisroom.render.env import make_environment
from crisisroom.settings import Settings

OURS = "Crisis Room"
TASKS, PEOPLE, SECRETS = 500, 1000, 2000
_WHAT = {
    "draw_us": "a change drawn for an audience, µs",
    "pack_us": "its frame packed, µs",
    "look_us": "a look at the heads of 64 books, µs",
    "read_us": "a change read from the log, µs",
    "load_us": f"a board of {TASKS} tasks loaded, µs",
    "snapshot_mb": f"a board of {TASKS} tasks in memory, MB",
    "ring_mb": f"its newest {RING} entries in memory, MB",
    "person_us": "one person in the list of who is here, µs",
    "person_bytes": "the same, bytes on the wire",
    "person_packed_bytes": "the same, packed",
    "bell_us": "a ring of another process, understood, µs",
    "bell_person_us": "one person whom another process names, µs",
    "bell_person_bytes": "the same, bytes over Redis",
    "sign_in_us": "one open socket's sign-in looked at again, µs",
}


def measure(scratch: Scratch, folder: Path, repeats: int, quick: bool) -> tuple[Figures, list[Table], list[str]]:
    """All pieces, on a board of its own."""
    figures = Figures()
    for repeat in range(repeats):
        settings = Settings(data_dir=folder / f"pieces-{repeat}")
        figures.add(OURS, repeat, **asyncio.run(_pieces(settings, 20 if quick else 200)))
    rows = [[words, median(figures, OURS, what, "{:.2f}")] for what, words in _WHAT.items()]
    note = "CPU of this process alone, SQLite's threads included; `python -m bench.scale` multiplies them."
    return figures, [Table("What multiplies", ["what", "figure"], rows, note)], []


async def _pieces(settings: Settings, times: int) -> dict[str, float]:
    await prepare(settings)
    async with office(settings) as desk:
        book = await _board(desk)
        found = {**await _memory(desk, book), **await _reading(desk, book, times)}
        snapshot = desk.books.known(book)
        assert snapshot is not None
        room = main_room(snapshot)
        assert room is not None
        return (
            found | await _drawing(desk, book, times) | _who_is_here(snapshot, room.id) | await _bell(settings, times)
        )


async def _board(desk: Office) -> UUID:
    fields = {"title": "Benchmark", "crisis_class": "other", "lead_agency": "CDEMA", "exercise": True}
    book = (await desk.writer.execute(read_command("open-incident", fields), OPERATOR)).book
    tasks = []
    for number in range(TASKS):
        add = read_command("add-task", {"title": f"Inspect jetty {number}", "agency": "CDEMA"})
        tasks.append((await desk.writer.execute(add, OPERATOR, book=book)).id)
    for number in range(RING):
        turn, place = divmod(number, TASKS)
        move = read_command("move-task", {"task": str(tasks[place]), "lane": ("doing", "todo")[turn % 2]})
        await desk.writer.execute(move, OPERATOR, book=book)
    return book


async def _memory(desk: Office, book: UUID) -> dict[str, float]:
    """What stays allocated by reading it."""
    async with desk.database.read() as connection:
        end = (await positions(connection, [book]))[book]
        await Snapshot.load(connection, book)  # what is made once is there
        tracemalloc.start()
        snapshot = await Snapshot.load(connection, book)
        state = tracemalloc.get_traced_memory()[0]
        records = await read_after(connection, book, end - RING)
        both = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
    assert snapshot.position == end
    assert len(records) == RING
    return {"snapshot_mb": state / 1e6, "ring_mb": (both - state) / 1e6}


async def _reading(desk: Office, book: UUID, times: int) -> dict[str, float]:
    ids = SystemIds()
    books = [book, *(ids.new() for _ in range(63))]
    hashes = [ids.secret(32).hex() for _ in range(SECRETS)]
    async with desk.database.read() as connection:
        end = (await positions(connection, [book]))[book]
        with _cpu(times) as look:
            for _ in range(times):
                await positions(connection, books)
        with _cpu(times) as read:
            for _ in range(times):
                await read_after(connection, book, end - 1)
        with _cpu(5) as load:
            for _ in range(5):
                await Snapshot.load(connection, book)
        with _cpu(5 * SECRETS) as sign_in:
            for _ in range(5):
                await sessions_of(connection, hashes)
    return {"look_us": look[0], "read_us": read[0], "load_us": load[0], "sign_in_us": sign_in[0]}


async def _drawing(desk: Office, book: UUID, times: int) -> dict[str, float]:
    snapshot = desk.books.known(book)
    assert snapshot is not None
    async with desk.database.read() as connection:
        records = await read_after(connection, book, snapshot.position - times)
    fragments, window = Fragments(make_environment()), SharedWindow()
    cursor = Cursor("00", {record.room: record.seq for record in records})
    texts = [fragments.change(snapshot, records[:1], cursor)]
    with _cpu(len(records)) as draw:
        texts += [fragments.change(snapshot, [record], cursor) for record in records]
    with _cpu(len(texts)) as pack:
        packed = [window.pack(text.encode()) for text in texts]
    sizes = {"change_bytes": sum(len(text.encode()) for text in texts) / len(texts) + 4}
    return {"draw_us": draw[0], "pack_us": pack[0], "packed_bytes": sum(map(len, packed)) / len(packed), **sizes}


def _who_is_here(snapshot: Snapshot, room: UUID) -> dict[str, float]:
    ids = SystemIds()
    actors = [Actor(ids.new(), f"Person {ids.secret(4).hex()}", f"AGENCY{n % 20}", Role.OFFICER) for n in range(PEOPLE)]
    people = [presence.person(actor, presence.HERE, None) for actor in actors]
    window = SharedWindow()
    with _cpu(5 * PEOPLE) as cost:
        for _ in range(5):
            here = presence.present((), people, snapshot, room)
            text = frame("presence", room=str(room), people=here)
            packed = window.pack(text.encode())
    return {
        "person_us": cost[0],
        "person_bytes": len(text.encode()) / PEOPLE,
        "person_packed_bytes": len(packed) / PEOPLE,
    }


async def _bell(settings: Settings, times: int) -> dict[str, float]:
    """Messages as another process sends them; no Redis is asked."""
    ids, clock = SystemIds(), SystemClock()
    bell = RedisDoorbell("redis://127.0.0.1:1/0", "bench", "here", clock, Condition(clock))
    book, room = ids.new().hex, ids.new().hex
    ring = json.dumps({"from": "there", "ring": {book: 1}}).encode()
    people = [{"id": str(ids.new()), "state": "here", "editing": None} for _ in range(PEOPLE)]
    here = json.dumps({"from": "there", "here": {book: {room: people}}}, separators=(",", ":")).encode()
    understand: Callable[[bytes], None] = bell._understand
    with _cpu(times * 10) as one:
        for _ in range(times * 10):
            understand(ring)
    with _cpu(5 * PEOPLE) as person:
        for _ in range(5):
            understand(here)
    with suppress(Exception):
        await bell._redis.aclose()
    return {"bell_us": one[0], "bell_person_us": person[0], "bell_person_bytes": len(here) / PEOPLE}


@contextmanager
def _cpu(times: int) -> Iterator[list[float]]:
    """Microseconds of this process's CPU for each of so many."""
    found: list[Any] = []
    began = time.process_time()
    yield found
    found.append((time.process_time() - began) / times * 1e6)
