"""Medians over repeats, ratios within a repeat, and the tables of docs/performance.md."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"


@dataclass
class Figures:
    """What was measured: for each contender and repeat, figures by name. A list is pooled over all repeats."""

    measured: dict[str, dict[int, dict[str, Any]]] = field(default_factory=lambda: defaultdict(dict))
    missing: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, repeat: int, **figures: Any) -> None:
        """Keep a repeat's figures."""
        self.measured[name].setdefault(repeat, {}).update(figures)

    def of(self, name: str, what: str, repeat: int) -> Any:
        """One figure. Raises KeyError."""
        return self.measured[name][repeat][what]

    def all(self, name: str, what: str) -> dict[int, Any]:
        """A figure of each repeat that has it."""
        return {repeat: found[what] for repeat, found in self.measured.get(name, {}).items() if what in found}

    def medians(self, name: str, what: str) -> float | None:
        """The median over repeats."""
        found = list(self.all(name, what).values())
        return statistics.median(found) if found else None


@dataclass(frozen=True)
class Table:
    """One table of the report."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""

    def markdown(self) -> str:
        """As Markdown."""
        lines = [f"### {self.title}", "", "| " + " | ".join(self.head) + " |"]
        lines.append("| --- |" + " ---: |" * (len(self.head) - 1))
        lines += ["| " + " | ".join(row) + " |" for row in self.rows]
        return "\n".join([*lines, *(["", self.note] if self.note else []), ""])


def median(figures: Figures, name: str, what: str, form: str) -> str:
    """The median with the range of the repeats."""
    found = list(figures.all(name, what).values())
    if not found:
        return "–"
    middle = form.format(statistics.median(found))
    return middle if len(found) == 1 else f"{middle} [{form.format(min(found))}–{form.format(max(found))}]"


def quantile(figures: Figures, name: str, what: str, share: float) -> str:
    """A quantile over all that was seen in all repeats."""
    pooled = sorted(value for values in figures.all(name, what).values() for value in values)
    return f"{at(pooled, share):.1f}" if pooled else "–"


def at(ordered: Sequence[float], share: float) -> float:
    """The value below which this share lies."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def ratio(figures: Figures, name: str, base: str, what: str, share: float | None = None) -> str:
    """How many times the base's figure: taken inside each repeat, then the median and the range."""
    mine, theirs = figures.all(name, what), figures.all(base, what)
    found = [_one(mine[repeat], share) / _one(theirs[repeat], share) for repeat in mine if repeat in theirs]
    if not found:
        return "–"
    middle = f"{statistics.median(found):.2f}"
    return middle if len(found) == 1 else f"{middle} [{min(found):.2f}–{max(found):.2f}]"


def _one(value: Any, share: float | None) -> float:
    return float(value) if share is None else at(sorted(value), share)


def ahead(figures: Figures, us: str, whats: dict[str, str], names: Sequence[str]) -> list[str]:
    """Who is better than we are in what, where less is better: a line for each that has somebody ahead."""
    found = []
    for what, words in whats.items():
        ours = figures.medians(us, what)
        others = {name: figures.medians(name, what) for name in names if name != us}
        shares = {name: theirs / ours for name, theirs in others.items() if ours and theirs and theirs < ours}
        if shares:
            listed = ", ".join(f"{name} {share:.2f}" for name, share in sorted(shares.items(), key=lambda one: one[1]))
            found.append(f"{words}, × ours: {listed}")
    return found


def put_into(file: Path, text: str) -> None:
    """Replace what stands between the two marker lines of a document."""
    before, found, rest = file.read_text(encoding="utf-8").partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not found or not ended:
        raise ValueError(f"{file} has no lines {BEGIN} and {END}")
    file.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")
