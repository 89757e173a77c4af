"""Whole tables as lines of text and back, a piece at a time: a log of any length needs the same memory."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic_core import from_json, to_json
from sqlalchemy import Column, MetaData, Table, Text, Uuid, delete, insert, select, update
from sqlalchemy import Connection as SyncConnection
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, StatementError
from sqlmodel import SQLModel

import crisisroom.features  # noqa: F401 - registers every table
from crisisroom.backup.manifest import BackupInvalid
from crisisroom.db import Connection, Json, UtcTime

# Who is signed in is no part of a backup: what was revoked since then would come back to life.
LEFT_OUT = ("session",)
INSTANCE = "instance"
PIECE = 1000
# A level that costs little time; the texts repeat themselves so much that more would gain little.
COMPRESSION = 4


@cache
def tables() -> dict[str, Table]:
    """Every table that a backup holds, with JSON as the text that is stored, so that it comes back byte for byte."""
    metadata = MetaData()
    return {
        table.name: Table(table.name, metadata, *(Column(one.name, _kept_as(one.type)) for one in table.columns))
        for table in SQLModel.metadata.sorted_tables
        if table.name not in LEFT_OUT
    }


def _kept_as(kind: Any) -> Any:
    return Text() if isinstance(kind, Json) else kind


def write_table(connection: SyncConnection, table: Table, path: Path) -> int:
    """Write each row as one JSON array a line, in the order the engine has them; how many there were."""
    rows = 0
    result = connection.execute(select(table), execution_options={"yield_per": PIECE})
    with gzip.open(path, "wb", compresslevel=COMPRESSION) as file:
        for piece in result.partitions():
            file.write(b"".join(to_json(list(row)) + b"\n" for row in piece))
            rows += len(piece)
    return rows


def read_table(connection: SyncConnection, table: Table, path: Path) -> int:
    """Insert the rows of a file; how many there were. Raises BackupInvalid for a line that is no row."""
    rows = 0
    try:
        with gzip.open(path, "rb") as file:
            for piece in _pieces(_read_lines(file, table)):
                connection.execute(insert(table), piece)
                rows += len(piece)
    except (ValueError, TypeError, AttributeError, EOFError, gzip.BadGzipFile) as error:
        raise BackupInvalid(f"{path} cannot be read after {rows} rows: {error}") from None
    except StatementError as error:
        if isinstance(error, DBAPIError) and not isinstance(error, IntegrityError | DataError):
            raise  # the database's trouble, not the row's
        raise BackupInvalid(f"{path} has a row after {rows} that is none: {error.orig}") from None
    return rows


def _read_lines(lines: Iterable[bytes], table: Table) -> Iterator[dict[str, Any]]:
    columns = [(column.name, _reader(column.type)) for column in table.columns]
    for line in lines:
        values = zip(columns, from_json(line), strict=True)
        yield {name: None if value is None else read(value) for (name, read), value in values}


def _reader(kind: Any) -> Callable[[Any], Any]:
    if isinstance(kind, Uuid):
        return UUID
    return datetime.fromisoformat if isinstance(kind, UtcTime) else _as_it_is


def _as_it_is(value: Any) -> Any:
    return value


def _pieces(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while piece := list(islice(rows, PIECE)):
        yield piece


async def is_empty(connection: Connection) -> bool:
    """Whether nothing was ever written to a prepared database."""
    for name, table in tables().items():
        if name != INSTANCE and (await connection.execute(select(table).limit(1))).first() is not None:
            return False
    return True


async def clear(connection: Connection) -> None:
    """Delete every row, sign-ins included."""
    for table in SQLModel.metadata.sorted_tables:
        await connection.execute(delete(table))


async def begin_epoch(connection: Connection, epoch: str) -> None:
    """From now on this is another history than the one clients know."""
    await connection.execute(update(tables()[INSTANCE]).values(epoch=epoch))


async def heads(connection: Connection) -> list[Any]:
    """Each room with its newest entry, in a fixed order."""
    table = tables()["room_head"]
    statement = select(table.c.room, table.c.seq, table.c.hash).order_by(table.c.room)
    return list(await connection.execute(statement))


async def room_hashes(connection: Connection, room: UUID) -> list[str]:
    """The hashes of a room's entries, in order."""
    table = tables()["log_entry"]
    statement = select(table.c.hash).where(table.c.room == room).order_by(table.c.seq)
    return list(await connection.scalars(statement))


async def sign_ins(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    """What people sign in with now: sessions and tokens, and passwords."""
    found = {}
    for name in ("session", "credential"):
        rows = await connection.execute(select(SQLModel.metadata.tables[name]))
        found[name] = [dict(row._mapping) for row in rows]
    return found


async def keep_sign_ins(connection: Connection, kept: dict[str, list[dict[str, Any]]]) -> int:
    """Give people of the restored directory what they signed in with before; a newer password wins. How many."""
    people = set(await connection.scalars(select(tables()["person"].c.id)))
    known = {row.person: row.set_at for row in await connection.execute(select(tables()["credential"]))}
    sessions = [row for row in kept["session"] if row["person"] in people]
    newer = [
        row
        for row in kept["credential"]
        if row["person"] in people and (row["person"] not in known or known[row["person"]] < row["set_at"])
    ]
    credential = tables()["credential"]
    if newer:
        await connection.execute(delete(credential).where(credential.c.person.in_([row["person"] for row in newer])))
        await connection.execute(insert(credential), newer)
    if sessions:
        await connection.execute(insert(SQLModel.metadata.tables["session"]), sessions)
    return len(sessions)
