"""The figures of a run: how many, how fast, what failed, how the server's memory went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import ceil, log
from typing import Any

from crisisroom.hammer.history import Line

STEP = 1.02
SMALLEST = 1e-5
WARM_UP = 0.2
"""Of the run, left out of the memory's drift: caches fill."""
ENOUGH_SECONDS = 60.0
"""Below this a drift an hour means nothing."""


@dataclass
class Latencies:
    """A histogram whose classes are 2 % wide, so that any number of values needs little memory."""

    classes: Counter[int] = field(default_factory=Counter)

    def add(self, seconds: float) -> None:
        """One value."""
        self.classes[ceil(log(max(seconds, SMALLEST) / SMALLEST) / log(STEP))] += 1

    def percentile(self, percent: float) -> float | None:
        """In milliseconds, at most 2 % too high."""
        wanted = self.classes.total() * percent / 100
        for place in sorted(self.classes):
            wanted -= self.classes[place]
            if wanted <= 0:
                return round(SMALLEST * STEP**place * 1000, 2)
        return None

    def summary(self) -> dict[str, Any]:
        """How many, and p50, p95, p99."""
        shown: dict[str, Any] = {f"p{percent}": self.percentile(percent) for percent in (50, 95, 99)}
        return {"n": self.classes.total()} | shown


class Figures:
    """Counted line by line."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()
        self.answers, self.frames = Latencies(), Latencies()
        self.memory: list[tuple[float, int]] = []
        self.began = self.ended = 0.0
        self._first_try: dict[str, tuple[float, str] | None] = {}
        self._sent: dict[tuple[str, int], tuple[float, str]] = {}

    def count(self, line: Line) -> None:
        """Everything but how long frames took."""
        what = line["is"]
        self.counts[what] += 1
        if what == "invoke":
            self._note_try(line)
        elif what == "ok":
            self._note_answer(line)
        elif what == "fail":
            self.errors[line["type"] or str(line["status"])] += 1
        elif what == "info":
            known = line.get("saved") is not None
            self.errors[f"503 saved: {line['saved']}" if known else f"no answer ({line['why']})"] += 1
        elif what == "memory":
            self.memory.append((line["t"], line["rss"]))

    def _note_try(self, line: Line) -> None:
        """A key that is sent twice says nothing of how long an answer takes."""
        key = line["key"]
        self._first_try[key] = None if key in self._first_try else (line["t"], line["client"])
        self.began, self.ended = self.began or line["t"], line["t"]

    def _note_answer(self, line: Line) -> None:
        self.counts[line["result"]] += 1
        if before := self._first_try.get(line["key"]):
            self.answers.add(line["t"] - before[0])
            if line["result"] == "applied":
                self._sent[line["room"], line["seq"]] = before

    def time_frame(self, line: Line) -> None:
        """From sending a command until another client has its entry."""
        before = self._sent.get((line["room"], line["seq"]))
        if before and before[1] != line["client"]:
            self.frames.add(line["t"] - before[0])

    def summary(self) -> dict[str, Any]:
        """All of them."""
        seconds, counts = max(self.ended - self.began, 0.001), self.counts
        named = ("applied", "repeated", "unchanged", "frame", "joined", "resync", "kill")
        return {
            "load_seconds": round(seconds, 1),
            "keys": len(self._first_try),
            "tries": counts["invoke"],
            "tries_per_second": round(counts["invoke"] / seconds, 1),
            **{name: counts[name] for name in named},
            "not_applied": dict(self.errors.most_common()),
            "answer_ms": self.answers.summary(),
            "frame_ms": self.frames.summary(),
            "memory": _drift(self.memory),
        }


def figures(history: Iterable[Line]) -> dict[str, Any]:
    """All figures. The history must be readable twice: a frame can come before its command's answer."""
    found = Figures()
    for line in history:
        found.count(line)
    for line in history:
        if line["is"] == "frame" and line["live"]:
            found.time_frame(line)
    return found.summary()


def _drift(memory: list[tuple[float, int]]) -> dict[str, Any] | None:
    """By a straight line through what was measured after the warm-up."""
    warm = memory[0][0] + WARM_UP * (memory[-1][0] - memory[0][0]) if memory else 0.0
    points = [(at, rss) for at, rss in memory if at >= warm]
    if len(points) < 2:
        return None
    ends = {"first_mib": round(memory[0][1] / 2**20, 1), "last_mib": round(memory[-1][1] / 2**20, 1)}
    if points[-1][0] - points[0][0] < ENOUGH_SECONDS:
        return ends
    middle_at, middle = (sum(values) / len(points) for values in zip(*points, strict=True))
    spread = sum((at - middle_at) ** 2 for at, _ in points)
    slope = sum((at - middle_at) * (rss - middle) for at, rss in points) / spread if spread else 0.0
    return ends | {"drift_percent_per_hour": round(slope * 3600 / middle * 100, 1)}
