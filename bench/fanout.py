"""A change on its way to a thousand sockets: CPU for each, when the last has it, bytes, memory; and all at once."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.contenders import COMPRESSING, CONTENDERS, FLOOR, NODE_WS, US, Contender, install, running
from bench.machine import load
from bench.report import Figures, Table, at, median, quantile, ratio
from bench.room import Rooms, capture_frames
from bench.scratch import Missing, Scratch

ALONE = "Crisis Room, sending alone"


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    repeats: int
    sockets: int = 1000
    changes: int = 60
    storm: int = 2000

    @property
    def pace(self) -> int:
        """Microseconds between two changes, so that one is over before the next."""
        return max(20_000, self.sockets * 40)


def measure(scratch: Scratch, folder: Path, plan: Plan) -> tuple[Figures, list[Table], list[str]]:
    """All of it. Contenders take turns within each repeat, so that a bad moment of the machine meets all."""
    rooms = Rooms(scratch, folder)
    frames = folder / "frames"
    sizes = capture_frames(rooms, frames)
    figures = Figures()
    able = [one for one in (*CONTENDERS, *COMPRESSING) if _can_run(one, scratch, figures)]
    stage = _Stage(scratch, rooms, frames, plan, figures)
    for repeat in range(plan.repeats):
        for one in able:
            stage.try_it(one, repeat)
    tables = [_fan_table(figures, plan), _deflate_table(figures, plan), _storm_table(figures, plan)]
    note = (
        f"Every contender sends the very frames that our page sockets get: {FRAMES_NOTE.format(**sizes)} "
        "Ours starts with an HTTP command that is made durable, logged and drawn; theirs with a word over a socket."
    )
    return figures, tables, [note]


FRAMES_NOTE = "a log entry's fragment of {fragment:.0f} bytes in a frame of {frame:.0f}."


def _can_run(contender: Contender, scratch: Scratch, figures: Figures) -> bool:
    try:
        install(contender, scratch)
    except Missing as why:
        figures.missing[_key(contender)] = str(why)
        return False
    return True


def _key(contender: Contender) -> str:
    return f"{contender.name} + deflate" if contender.deflate else contender.name


@dataclass
class _Stage:
    scratch: Scratch
    rooms: Rooms
    frames: Path
    plan: Plan
    figures: Figures

    def try_it(self, one: Contender, repeat: int) -> None:
        """One contender's turn; what it cannot do is noted and stands in the table."""
        print(f"  {repeat + 1}/{self.plan.repeats} {_key(one)}", file=sys.stderr)
        for part in (self._fan, self._alone, self._storm):
            try:
                part(one, repeat)
            except Missing as why:
                self.figures.missing[f"{_key(one)}: {part.__name__.strip('_')}"] = str(why)

    def _fan(self, one: Contender, repeat: int) -> None:
        found = self._load(one, self.plan.sockets)
        tail = at(sorted(found["lat_ms"]), 0.99)
        self.figures.add(_key(one), repeat, last_p50=statistics.median(found["lat_ms"]), last_p99=tail, **found)

    def _alone(self, one: Contender, repeat: int) -> None:
        """What our whole path costs with a single viewer, to tell sending from deciding, storing and drawing."""
        if not one.ours or one.deflate:
            return
        single = self._load(one, 1)["cpu_us"]
        whole = self.figures.of(one.name, "cpu_us", repeat)
        self.figures.add(ALONE, repeat, cpu_us=whole - single / self.plan.sockets, change_us=single)

    def _load(self, one: Contender, sockets: int) -> dict[str, Any]:
        plan = self.plan
        with running(one, self.scratch, self.rooms, self.frames) as server:
            return load(
                self.scratch.client, str(server.port), server.path, str(sockets), "fan", f"rounds={plan.changes}",
                "max=8", f"pace={plan.pace}", "conc=64", "spin", f"pids={server.pids}", *server.client,
            )  # fmt: skip

    def _storm(self, one: Contender, repeat: int) -> None:
        if one.deflate:
            return
        with running(one, self.scratch, self.rooms, self.frames) as server:
            found = load(
                self.scratch.client, str(server.port), server.path, str(self.plan.storm), "storm",
                f"conc={self.plan.storm}", f"pids={server.pids}", *server.client,
            )  # fmt: skip
        self.figures.add(_key(one), repeat, storm_s=found["connect_s"], storm_cpu_s=found["connect_cpu_s"])


def _names(contenders: Sequence[Contender]) -> list[str]:
    return [_key(one) for one in contenders]


def _fan_table(figures: Figures, plan: Plan) -> Table:
    rows = []
    for name in [*_names(CONTENDERS)[:2], ALONE, *_names(CONTENDERS)[2:]]:
        rows.append([
            name,
            median(figures, name, "cpu_us", "{:.2f}"),
            ratio(figures, name, FLOOR, "cpu_us"),
            quantile(figures, name, "lat_ms", 0.5),
            quantile(figures, name, "lat_ms", 0.99),
            ratio(figures, name, FLOOR, "lat_ms", 0.5),
            ratio(figures, name, FLOOR, "lat_ms", 0.99),
            median(figures, name, "kb", "{:.1f}"),
        ])  # fmt: skip
    head = ["contender", "CPU a delivery, µs", "× floor", "last has it, p50 ms", "p99 ms", "p50 × floor", "p99 × floor",
            "KB a socket"]  # fmt: skip
    note = (
        "CPU is the server's over all threads, for one socket and one change; memory is what a watching socket adds to "
        f"the server's own. “{ALONE}” is without what the same command costs with a single viewer"
    )
    cost = figures.medians(ALONE, "change_us")
    note += f" ({cost / 1000:.2f} ms of CPU)." if cost else "."
    return Table(f"Lone changes to {plan.sockets:,} sockets", head, rows, note)


def _deflate_table(figures: Figures, plan: Plan) -> Table:
    rows = []
    for one in COMPRESSING:
        name, plain = _key(one), one.name
        rows.append([
            one.name,
            median(figures, plain, "bytes", "{:.0f}"),
            median(figures, name, "bytes", "{:.0f}"),
            ratio(figures, name, plain, "bytes"),
            median(figures, plain, "cpu_us", "{:.2f}"),
            median(figures, name, "cpu_us", "{:.2f}"),
            ratio(figures, name, plain, "cpu_us"),
        ])  # fmt: skip
    head = ["contender", "bytes a change", "compressed", "×", "CPU a delivery, µs", "compressed", "×"]
    return Table(
        f"One change on the wire, {plan.sockets:,} sockets", head, rows, "Bytes are received bytes with frame headers."
    )


def _storm_table(figures: Figures, plan: Plan) -> Table:
    rows = [
        [name, median(figures, name, "storm_s", "{:.2f}"), ratio(figures, name, NODE_WS, "storm_s"),
         median(figures, name, "storm_cpu_s", "{:.2f}")]
        for name in _names(CONTENDERS)
    ]  # fmt: skip
    head = ["contender", "all have their hello, s", f"× {NODE_WS}", "server's CPU, s"]
    note = f"{US} checks a token and the rights of each; the others check nothing."
    return Table(f"{plan.storm:,} sockets connect at once", head, rows, note)
