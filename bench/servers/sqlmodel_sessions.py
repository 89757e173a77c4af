"""The same work as one command of ours, written as SQLModel's documentation leads one to: an async session for each.

Look for a repeat, authorise, decide, hash the entry to its predecessor, insert it, change task and head, commit.
On SQLite the writers take turns (it has one), as `BEGIN IMMEDIATE` on one connection; on PostgreSQL rows are locked.

usage: sqlmodel_sessions.py URL WRITERS SECONDS INCIDENTS. Prints one JSON object.
"""

import asyncio
import hashlib
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import uvloop
from pydantic import BaseModel
from sqlalchemy import Column, DateTime, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import StaticPool
from sqlmodel import Field, SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession

LANES = ("doing", "todo")
WARM_UP = 0.3


class Person(SQLModel, table=True):
    id: UUID = Field(primary_key=True)
    name: str
    agency: str
    role: str


class Member(SQLModel, table=True):
    room: UUID = Field(primary_key=True)
    agency: str = Field(primary_key=True)


class Room(SQLModel, table=True):
    id: UUID = Field(primary_key=True)
    seq: int = 0
    hash: str = "0" * 64


class Task(SQLModel, table=True):
    id: UUID = Field(primary_key=True)
    room: UUID = Field(index=True)
    number: int
    title: str
    lane: str = "todo"
    seq: int = 0


class Entry(SQLModel, table=True):
    room: UUID = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    by: UUID = Field(index=True)
    key: UUID = Field(unique=True)
    at: datetime = Field(sa_column=Column(DateTime(timezone=True)))
    event: str
    text: str
    prev_hash: str
    hash: str


class MoveTask(BaseModel, extra="forbid"):
    task: UUID
    lane: str


class Store:
    """The database, and whose turn it is where there is one writer only."""

    def __init__(self, url: str) -> None:
        self.embedded = url.startswith("sqlite")
        self.turn = asyncio.Lock()
        self.engine = _sqlite(url) if self.embedded else create_async_engine(url, pool_size=32, max_overflow=0)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        if not self.embedded:
            async with AsyncSession(self.engine, expire_on_commit=False) as session:
                yield session
            return
        async with self.turn, AsyncSession(self.engine, expire_on_commit=False) as session:
            yield session


def _sqlite(url: str) -> AsyncEngine:
    engine = create_async_engine(url, poolclass=StaticPool)

    @event.listens_for(engine.sync_engine, "connect")
    def connected(connection: Any, record: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")

    @event.listens_for(engine.sync_engine, "begin")
    def begins(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


async def move_task(store: Store, fields: dict[str, str], by: UUID, key: UUID) -> int:
    """One command, whole."""
    command = MoveTask.model_validate(fields)
    async with store.session() as session:
        person = await session.get(Person, by)
        task = await session.get(Task, command.task)
        assert person is not None
        assert task is not None
        room = await session.get(Room, task.room, with_for_update=not store.embedded)
        member = await session.get(Member, (task.room, person.agency))
        repeated = (await session.exec(select(Entry).where(Entry.key == key))).first()
        assert room is not None
        if repeated is not None or member is None or person.role not in ("officer", "coordinator"):
            raise PermissionError
        if not store.embedded:
            await session.refresh(task)  # it may have changed before the room was locked
        if task.lane == command.lane:
            return room.seq
        now = datetime.now(UTC)
        data = {"task": str(task.id), "number": task.number, "from_lane": task.lane, "lane": command.lane}
        text = json.dumps(
            {"room": str(room.id), "seq": room.seq + 1, "at": now.isoformat(), "by": str(by), "data": data},
            sort_keys=True, separators=(",", ":"),
        )  # fmt: skip
        digest = hashlib.sha256(room.hash.encode() + text.encode()).hexdigest()
        session.add(Entry(room=room.id, seq=room.seq + 1, by=by, key=key, at=now, event="task.moved", text=text,
                          prev_hash=room.hash, hash=digest))  # fmt: skip
        task.lane, task.seq = command.lane, room.seq + 1
        room.seq, room.hash = room.seq + 1, digest
        await session.commit()
        return room.seq


async def main(url: str, writers: int, seconds: float, incidents: int) -> None:
    store = Store(url)
    person, tasks = await _seed(store, writers, incidents)
    taken: list[float] = []

    async def writes(task: UUID, until: float) -> None:
        turn = 0
        while (began := time.perf_counter()) < until or turn % 2:
            await move_task(store, {"task": str(task), "lane": LANES[turn % 2]}, person, uuid4())
            taken.append(time.perf_counter() - began)
            turn += 1

    for length in (WARM_UP, seconds):
        taken.clear()
        began, cpu = time.perf_counter(), time.process_time()
        await asyncio.gather(*(writes(task, began + length) for task in tasks))
        wall, cpu = time.perf_counter() - began, time.process_time() - cpu
    await store.engine.dispose()
    taken.sort()
    middle, tail = (taken[int(len(taken) * share)] * 1000 for share in (0.5, 0.99))
    figures = {"per_s": len(taken) / wall, "p50_ms": middle, "p99_ms": tail, "cpu_us": cpu / len(taken) * 1e6}
    print(json.dumps(figures))


async def _seed(store: Store, writers: int, incidents: int) -> tuple[UUID, list[UUID]]:
    async with store.engine.begin() as connection:
        await connection.run_sync(SQLModel.metadata.create_all)
    person, rooms, tasks = uuid4(), [uuid4() for _ in range(incidents)], [uuid4() for _ in range(writers)]
    async with store.session() as session:
        session.add(Person(id=person, name="Bench One", agency="CDEMA", role="coordinator"))
        session.add_all([Room(id=room) for room in rooms])
        session.add_all([Member(room=room, agency=agency) for room in rooms for agency in ("CDEMA", "RSS")])
        session.add_all([
            Task(id=task, room=rooms[n % incidents], number=n + 1, title=f"Inspect jetty {n}")
            for n, task in enumerate(tasks)
        ])  # fmt: skip
        await session.commit()
    return person, tasks


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])))
