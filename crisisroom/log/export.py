"""Exports: one JSON line an entry, with the exact hashed text, so that anybody can verify it elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from crisisroom.core.times import rfc3339
from crisisroom.log.record import Record
from crisisroom.log.verify import Problem, check_chains

MAX_LINE = 4_000_000


class ExportInvalid(Exception):
    """The file is no export of a log."""


@dataclass(frozen=True)
class _Line:
    """A line's fields under the names of the table's columns."""

    room: UUID
    seq: int
    book: str
    prev_hash: str
    hash: str
    envelope: str
    data: str
    salt: str
    actor: str | None
    key: str | None


def public_entry(record: Record) -> dict[str, Any]:
    """An entry as other programs see it."""
    by = record.by
    return {
        "room": str(record.room),
        "seq": record.seq,
        "prev_hash": record.prev_hash,
        "hash": record.hash,
        "event": record.event,
        "at": rfc3339(record.at),
        "by": {"agency": by.agency, "name": by.name, "position": by.position},
        "data": json.loads(record.data_text),
    }


def export_line(record: Record, **more: Any) -> str:
    """An entry as one line of an export: in clear, and the exact text that was hashed beside it."""
    line = public_entry(record) | more | {"envelope": record.envelope, "data_text": record.data_text} | {
        "salt": record.salt
    }  # fmt: skip
    return json.dumps(line, ensure_ascii=False, separators=(",", ":"))


def read_hashes(lines: Iterable[str]) -> dict[UUID, list[str]]:
    """The entries' hashes by room, in order, for comparing with a checkpoint."""
    hashes: dict[UUID, list[str]] = {}
    for line in sorted(_read_lines(lines), key=lambda line: line.seq):
        hashes.setdefault(line.room, []).append(line.hash)
    return hashes


def verify_export(lines: Iterable[str]) -> tuple[int, list[Problem]]:
    """How many entries an export holds, and everything wrong with them. Raises ExportInvalid for another file."""
    entries = sorted(_read_lines(lines), key=lambda line: (str(line.room), line.seq))
    if not entries:
        raise ExportInvalid("There is no entry in this file.")
    return len(entries), check_chains(entries)


def _read_lines(lines: Iterable[str]) -> Iterator[_Line]:
    for number, text in enumerate(lines, 1):
        if not text.strip():
            continue
        if len(text) > MAX_LINE:
            raise ExportInvalid(f"Line {number} is too long for an entry.")
        try:
            yield _read_line(json.loads(text))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ExportInvalid(f"Line {number} is no entry of an export: {error}") from None


def _read_line(line: dict[str, Any]) -> _Line:
    envelope = json.loads(line["envelope"])
    clear = {name: line[name] for name in ("room", "seq", "prev_hash", "event", "at", "by", "data")}
    by = {name: envelope["by"][name] for name in ("agency", "name", "position")}
    meant = {
        "room": envelope["room"], "seq": envelope["seq"], "prev_hash": envelope["prev"], "event": envelope["event"],
        "at": envelope["at"], "by": by, "data": json.loads(line["data_text"]),
    }  # fmt: skip
    # The part in clear is what people read: if it differs from the hashed text, the entry must not verify.
    text = line["envelope"] if _written(clear) == _written(meant) else line["envelope"] + " "
    return _Line(
        UUID(line["room"]), int(line["seq"]), envelope["book"], line["prev_hash"], line["hash"], text,
        line["data_text"], line["salt"], envelope["by"]["person"], envelope["key"],
    )  # fmt: skip


def _written(value: Any) -> str:
    """In one form, in which `1`, `1.0` and `true` differ, as they do not in Python."""
    return json.dumps(value, sort_keys=True)
