"""`python -m bench`: measure on this machine and write the table into docs/performance.md.

The server has one core for itself, whoever loads it another. Peers are installed into a folder of the user's cache.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import fanout, pages, pieces, screen, writes
from bench.contenders import CONTENDERS, FLOOR, US, versions
from bench.machine import describe, prepare_machine
from bench.report import Figures, Table, ahead, put_into
from bench.scratch import Missing, Scratch

REPEATS = 5
PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
Part = Callable[[Scratch, Path, int, bool], tuple[Figures, list[Table], list[str]]]


def main() -> None:
    options = _options()
    machine = describe()
    prepare_machine()
    scratch = Scratch()
    began = time.monotonic()
    results: dict[str, Figures] = {}
    tables: list[Table] = []
    notes: list[str] = []
    for name in options.only:
        print(f"{name} …", file=sys.stderr)
        with scratch.data() as folder:
            try:
                results[name], more, said = PARTS[name](scratch, folder, options.repeats, options.quick)
            except Missing as why:
                notes.append(f"{name}: not measured: {why}")
                continue
        tables += more
        notes += said
    minutes = (time.monotonic() - began) / 60
    text = _text(options, machine, minutes, scratch, results, tables, notes)
    print(text)
    _keep(scratch, machine, results)
    if options.write:
        put_into(PAGE, text)


def _options() -> Any:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(PARTS), help=", ".join(PARTS))
    parser.add_argument("--quick", action="store_true", help="one short repeat of everything: does it work?")
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--no-write", dest="write", action="store_false", help="leave docs/performance.md as it is")
    options = parser.parse_args()
    if unknown := set(options.only) - set(PARTS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there is {', '.join(PARTS)}")
    options.repeats = 1 if options.quick else options.repeats
    full = options.only == list(PARTS) and options.repeats >= REPEATS
    options.write = options.write and full
    return options


def _fanout(scratch: Scratch, folder: Path, repeats: int, quick: bool) -> tuple[Figures, list[Table], list[str]]:
    few = fanout.Plan(repeats, sockets=200, changes=20, storm=300)
    return fanout.measure(scratch, folder, few if quick else fanout.Plan(repeats))


PARTS: dict[str, Part] = {
    "fanout": _fanout,
    "writes": writes.measure,
    "pages": pages.measure,
    "pieces": pieces.measure,
    "screen": screen.measure,
}


def _text(
    options: Any, machine: dict[str, str], minutes: float, scratch: Scratch, results: dict[str, Figures],
    tables: list[Table], notes: list[str],
) -> str:  # fmt: skip
    """The whole report."""
    effort = "--quick" if options.quick else f"--repeats {options.repeats}"
    command = "make bench" if options.write else f"python -m bench --only {','.join(options.only)} {effort}"
    facts = [
        f"- {datetime.now(UTC):%d %B %Y}, `{command}`, {minutes:.0f} minutes",
        *(f"- {what}: {value}" for what, value in machine.items()),
        f"- {versions(scratch)}",
        *(f"- {note}" for note in notes),
    ]
    absent = [f"- {name}: {why}" for figures in results.values() for name, why in figures.missing.items()]
    parts = ["\n".join(facts), *(table.markdown() for table in tables)]
    if "fanout" in results:
        parts.append("### Who is still ahead\n\n" + "\n".join(_who_is_ahead(results["fanout"])) + "\n")
    if absent:
        parts.append("### Not measured\n\n" + "\n".join(absent) + "\n")
    return "\n\n".join(part.rstrip("\n") for part in parts)


def _who_is_ahead(figures: Figures) -> list[str]:
    less_is_better = {
        "cpu_us": "CPU a delivery",
        "last_p50": "last has it, p50",
        "last_p99": "last has it, p99",
        "kb": "memory a socket",
        "storm_s": "everybody at once",
    }
    found = ahead(figures, US, less_is_better, [one.name for one in CONTENDERS if one.name != FLOOR])
    return [f"- {one}" for one in found] or ["- nobody in this table"]


def _keep(scratch: Scratch, machine: dict[str, str], results: dict[str, Figures]) -> None:
    """Every single figure, for whoever wants to look closer."""
    file = scratch.folder / f"results-{datetime.now(UTC):%Y%m%d-%H%M%S}.json"
    content = {"machine": machine} | {
        name: {"measured": figures.measured, "missing": figures.missing} for name, figures in results.items()
    }
    file.write_text(json.dumps(content, indent=1), encoding="utf-8")
    print(f"all figures: {file}", file=sys.stderr)


if __name__ == "__main__":
    main()
