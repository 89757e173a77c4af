"""Frames: what goes over the wire. Each is made once for all viewers who are in the same rooms."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from jinja2 import Environment

from crisisroom.core.times import rfc3339
from crisisroom.log.cursor import Cursor
from crisisroom.log.export import public_entry
from crisisroom.log.record import Record
from crisisroom.log.snapshot import Snapshot
from crisisroom.render.log_lines import draw_entry
from crisisroom.render.regions import draw

WHOLE_BOARD = "board"


def frame(type: str, **fields: Any) -> str:
    """A frame as JSON text."""
    return json.dumps({"type": type, **fields}, ensure_ascii=False, separators=(",", ":"))


def hello(cursor: Cursor, now: datetime, missed: int) -> str:
    """The first frame: where the viewer stands, the server's time, how many entries they missed."""
    return frame("hello", cursor=str(cursor), now=rfc3339(now), missed=missed)


def event_frame(record: Record, cursor: Cursor) -> str:
    """One entry, for programs."""
    return frame("event", **public_entry(record), cursor=str(cursor))


class Fragments:
    """Draws what changed, each region once however many rooms and viewers there are."""

    def __init__(self, env: Environment) -> None:
        self._env = env

    def change(self, snapshot: Snapshot, records: Sequence[Record], cursor: Cursor) -> str:
        """One frame that brings a page from before these records to after them, or asks it to fetch itself anew."""
        regions = dict.fromkeys(region for record in records for region in record.data.regions())
        if WHOLE_BOARD in regions:
            return frame("resync", cursor=str(cursor))
        drawn = [draw(self._env, snapshot, region) for region in regions]
        drawn += [draw_entry(self._env, snapshot, record) for record in records]
        last = records[-1]
        return frame(
            "change",
            room=str(last.room),
            seq=last.seq,
            cursor=str(cursor),
            html="".join(drawn),
            keys=[str(record.key) for record in records if record.key],
            by=list(dict.fromkeys(str(record.by.person) for record in records)),
        )
