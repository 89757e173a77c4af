"""What things cost, each figure with where it is from, so that nobody takes an assumption for a measurement."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("costs.json")
PIECES = (
    "draw_us", "pack_us", "packed_bytes", "read_us", "look_us", "load_us", "sign_in_us", "snapshot_mb", "ring_mb",
    "person_us", "person_packed_bytes", "bell_us", "bell_person_us", "bell_person_bytes",
)  # fmt: skip


@dataclass(frozen=True)
class Cost:
    """A figure, its unit, what it is and where it is from: measured, of the sketch, assumed, or a setting."""

    value: float
    unit: str
    what: str
    source: str


class Costs:
    """Figures by name: `costs.deliver_us` is a number, `costs.all` has the rest."""

    def __init__(self, figures: Mapping[str, Cost]) -> None:
        self.all = dict(figures)

    def __getattr__(self, name: str) -> float:
        try:
            return self.__dict__["all"][name].value  # type: ignore[no-any-return]
        except KeyError:
            raise AttributeError(name) from None

    def but(self, **values: float) -> Costs:
        """The same with other values."""
        changed = {
            name: Cost(value, self.all[name].unit, self.all[name].what, "supposed") for name, value in values.items()
        }
        return Costs(self.all | changed)

    def keep(self, file: Path = FILE) -> None:
        """Write them down."""
        text = json.dumps({name: asdict(cost) for name, cost in self.all.items()}, indent=1, ensure_ascii=False)
        file.write_text(text + "\n", encoding="utf-8")


def read_costs(file: Path = FILE) -> Costs:
    """As they were kept."""
    return Costs({name: Cost(**cost) for name, cost in json.loads(file.read_text(encoding="utf-8")).items()})


def measured(costs: Costs, result: Mapping[str, Any], day: str) -> Costs:
    """With what a run of `python -m bench` has measured in place of what stood there. `result` is what it keeps.

    Parts that were not run leave their figures as they were.
    """
    machine = result.get("machine", {})
    where = f"{machine.get('machine', 'unknown machine')}, {day}"
    if "busy" in machine.get("load before", ""):
        where += " (busy with other work)"
    found = dict(costs.all)
    for name, (part, value) in _found(result).items():
        old = found[name]
        found[name] = Cost(float(f"{value:.4g}"), old.unit, old.what, f"measured: {part}, {where}")
    return Costs(found)


def _found(result: Mapping[str, Any]) -> dict[str, tuple[str, float]]:
    fan = ("fanout", "Crisis Room")
    packed = ("fanout", "Crisis Room + deflate")
    wanted: dict[str, tuple[str, float | None]] = {
        "deliver_us": ("fanout", _median(result, "fanout", "Crisis Room, sending alone", "cpu_us")),
        "socket_kb": ("fanout", _median(result, *packed, "kb")),
        "connect_us": ("fanout", _share(_median(result, *fan, "connect_cpu_s"), _median(result, *fan, "n"))),
        "command_us": ("pages", _median(result, "pages", "Crisis Room", "posts_cpu")),
        "page_us": ("pages", _middle(result, "pages", "Crisis Room", "board_ms")),
        "batched_commits_per_s": (
            "writes", _median(result, "writes", "Crisis Room, PostgreSQL, 32 incidents", "per_s"),
        ),
        **{name: ("pieces", _median(result, "pieces", "Crisis Room", name)) for name in PIECES},
    }  # fmt: skip
    return {name: (part, value) for name, (part, value) in wanted.items() if value is not None}


def _median(result: Mapping[str, Any], part: str, contender: str, what: str) -> float | None:
    repeats = result.get(part, {}).get("measured", {}).get(contender, {})
    values = [figures[what] for figures in repeats.values() if what in figures]
    return statistics.median(values) if values else None


def _middle(result: Mapping[str, Any], part: str, contender: str, what: str) -> float | None:
    """The median of all milliseconds, in microseconds."""
    repeats = result.get(part, {}).get("measured", {}).get(contender, {}).values()
    pooled = [one for figures in repeats for one in figures.get(what, ())]
    return statistics.median(pooled) * 1e3 if pooled else None


def _share(seconds: float | None, of: float | None) -> float | None:
    return seconds / of * 1e6 if seconds is not None and of else None
