"""`python -m bench.scale`: what more processes, hosts and primaries would carry, computed from what one costs.

Nothing is measured here: the costs are in `costs.json`, each with where it is from. `--from RESULT.json` takes those
that a run of `python -m bench` has measured, `--write` keeps them and writes the tables of docs/scale.md.
"""

from __future__ import annotations

import argparse
import json
import math
import re
from pathlib import Path

from bench.costs import Costs, measured, read_costs
from bench.placing import Plan, memory_mb, network_gbit, place, shares
from bench.report import Table, put_into
from bench.scenarios import (
    MOST_HOSTS,
    MOVABLE,
    TARGET,
    Alone,
    Fleet,
    Seen,
    alone,
    as_it_is,
    changed,
    crowd,
    fleet,
    host,
    watch_plan,
    worst,
)

PAGE = Path(__file__).resolve().parents[1] / "docs" / "scale.md"
HOSTS = 20
KEPT_BOOKS = 256
BUSY = ["loop busy", "p50, ms", "p99, ms"]


def main() -> None:
    options = _options()
    costs = read_costs()
    if options.result:
        days = re.findall(r"\d{8}", options.result.name)
        day = f"{days[0][:4]}-{days[0][4:6]}-{days[0][6:]}" if days else options.result.name
        costs = measured(costs, json.loads(options.result.read_text(encoding="utf-8")), day)
    text = "\n\n".join([*(table.markdown().rstrip("\n") for table in tables(costs)), costs_text(costs)])
    print(text)
    if options.write:
        costs.keep()
        put_into(PAGE, text)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=__doc__)
    parser.add_argument("--from", dest="result", type=Path, help="what a run of `python -m bench` kept")
    parser.add_argument("--write", action="store_true", help="keep the costs and write docs/scale.md")
    return parser.parse_args()


def tables(costs: Costs) -> list[Table]:
    """All of them."""
    return [
        one_process(costs), one_host(costs), one_primary(costs), a_million(costs), a_crowd(costs), all_at_once(costs),
    ]  # fmt: skip


def one_process(costs: Costs) -> Table:
    """Scenario (a)."""
    found = [alone(costs, size) for size in (20, 200, 2000, 0)] + [alone(costs, 0, listed=True)]
    head = ["viewers of an incident", "watchers", *BUSY, "memory, GB", "Mbit/s", "limit"]
    note = (
        f"Two cores, embedded database, a change a second to each incident; the most with p99 within "
        f"{TARGET * 1e3:.0f} ms. Only the last row sends the list of who is here as the program does today."
    )
    return Table("One process", head, [_alone(one) for one in found], note)


def _alone(one: Alone) -> list[str]:
    who = f"{one.crowd}" if one.crowd else "all, listed as here" if one.listed else "all"
    return [who, f"{one.watchers:,}", *_seen(one.seen), f"{one.memory_gb:.1f}", f"{one.gbit * 1e3:.0f}", one.limit]


def one_host(costs: Costs, crowd_size: int = 200) -> Table:
    """Scenario (b)."""
    rows = []
    for processes in (2, 4, 8, 16):
        anybody, _ = host(costs, processes, by_incident=False)
        watchers, seen = host(costs, processes, by_incident=True)
        plan = Plan([crowd_size] * (watchers // crowd_size), 1, processes, by_incident=True, list_people=False)
        placed = place(costs, plan)
        memory = sum(memory_mb(costs, books) for books in placed) / 1e3
        gbit = sum(network_gbit(costs, plan, books) for books in placed)
        rows.append([
            f"{processes}", f"{anybody:,}", f"{watchers:,}", *_seen(seen), f"{memory:.1f}", f"{gbit * 1e3:.0f}",
            f"{processes * costs.database_connections:.0f}",
        ])  # fmt: skip
    head = ["processes", "watchers, by any", "watchers, by incident", *BUSY, "memory, GB", "Mbit/s", "connections"]
    note = (
        f"A core each, PostgreSQL and Redis elsewhere, {crowd_size} viewers of an incident, a change a second to each. "
        "*By any*: every process reads and draws every change, so more processes help little: the loop's CPU is the "
        f"limit. *By incident*: figures on the right. PostgreSQL's default is {costs.database_most:.0f} connections."
    )
    return Table("One host", head, rows, note)


def one_primary(costs: Costs) -> Table:
    """Scenario (c)."""
    rows = []
    for watchers, incidents in ((10_000, 20), (50_000, 50), (200_000, 200), (1_000_000, 1000)):
        now = as_it_is(watchers, incidents, HOSTS)
        for words, plan in (("as it is", now), ("changed", changed(now))):
            placed = place(costs, plan)
            used = shares(costs, plan, placed)
            over = max(share for name, share in used.items() if name not in MOVABLE) > 1
            seen = ["–"] * 3 if over else _seen(watch_plan(costs, plan, placed))
            rows.append([f"{watchers:,} in {incidents:,}, {words}", *seen, *_sizes(costs, plan), _worst(used)])
    head = ["watchers in incidents", *BUSY, "memory, GB", "Gbit/s", "nearest limits, × what there is"]
    note = (
        f"{HOSTS} hosts of 16 processes, incidents of unequal size (Zipf), a change a second to each. *Changed*: as "
        "“What must change” says. Above 1 it does not work. Not shown, as settings move them: PostgreSQL's connections "
        f"({HOSTS * 16 * costs.database_connections:,.0f}) and the ports between proxy and host."
    )
    return Table(f"One primary, {HOSTS} hosts", head, rows, note)


def a_million(costs: Costs) -> Table:
    """Scenario (d), and what becomes of it if the costs are other than we think."""
    micros = {name: cost.value * 3 for name, cost in costs.all.items() if name.endswith("_us")}
    supposed = {
        "costs as below": costs,
        "a delivery costs 4 times that": costs.but(deliver_us=costs.deliver_us * 4),
        "a connection costs 20 times that": costs.but(connect_us=costs.connect_us * 20),
        "all CPU costs 3 times that": costs.but(**micros),
        "a socket takes 80 kB": costs.but(socket_kb=80),
    }
    found = [fleet(those) for those in supposed.values()]
    rows = [_fleet(words, one) for words, one in zip(supposed, found, strict=True)]
    head = [
        "if",
        "hosts",
        *BUSY,
        "storm: busy",
        "p99, ms",
        "rush: back, s",
        "p99, s",
        "memory, GB",
        "Gbit/s",
        "nearest limit",
    ]
    note = (
        "1,000 incidents of unequal size, a change a second to each, 1,000,000 watchers, 4 primaries, changed; "
        "hosts of 16 cores. Enough hosts that the loss of one leaves everything within its limits: its watchers come "
        "back within 30 s (*storm*) and take up at most 60 % of anything. *Rush*: they come within one second, as "
        "after a first failure; when all are back, and how late changes are meanwhile. Memory and network of a host. "
        + (f"With costs as below, {math.ceil(found[0].used[MOVABLE[0]])} ports or proxy addresses for each host."
           if found[0] else "")
    )  # fmt: skip
    return Table("A million watchers", head, rows, note)


def _fleet(words: str, found: Fleet | None) -> list[str]:
    if found is None:
        return [words, f"over {MOST_HOSTS}", *["–"] * 10]
    storm = [f"{found.storm.busy:.0%}", f"{found.storm.p99 * 1e3:.0f}", f"{1 + found.rush.joins_p99:.1f}",
             f"{found.rush.p99:.1f}"]  # fmt: skip
    nearest = worst(found.used, 1, MOVABLE)[0]
    return [
        words, f"{found.hosts}", *_seen(found.calm), *storm, f"{found.memory_gb:.0f}", f"{found.gbit:.2f}",
        f"{nearest[0]} {nearest[1]:.0%}",
    ]  # fmt: skip


def a_crowd(costs: Costs, watchers: int = 100_000) -> Table:
    """Scenario (e)."""
    far = costs.but(round_trip_ms=costs.region_trip_ms)
    rows = []
    for words, hosts, rate, those in (
        ("1 host", 1, 1.0, costs), ("1 host, 5 changes a second", 1, 5.0, costs), ("2 hosts", 2, 1.0, costs),
        ("4 hosts", 4, 1.0, costs), ("8 hosts, 5 changes a second", 8, 5.0, costs),
        ("4 hosts in another region than the primary", 4, 1.0, far),
    ):  # fmt: skip
        plan = changed(Plan([watchers], hosts, changes_per_s=rate))
        limit = "round trips of a read" if those is far else "the flush of one process"
        rows.append([words, *_seen(crowd(those, hosts, watchers, rate)), *_sizes(costs, plan, 3), limit])
    listed = Plan([watchers], 4)
    placed = place(costs, listed)
    rows.append(["4 hosts, all listed as here", *["–"] * 3, *_sizes(costs, listed, 1),
                 _worst(shares(costs, listed, placed))])  # fmt: skip
    head = ["watchers spread over", *BUSY, "memory, GB", "Gbit/s", "what sets the time, or breaks"]
    return Table(f"{watchers:,} watchers of one incident", head, rows, "Memory and network of the fullest host.")


def all_at_once(costs: Costs) -> Table:
    """By hand: what a mass of page loads and the situation page cost."""
    million = 1_000_000 * costs.page_us / 1e6
    incidents = 1000
    loads = (incidents - KEPT_BOOKS) * costs.load_us / 1e6
    kept = incidents * (costs.snapshot_mb + costs.ring_mb) / 1e3
    processes = math.sqrt(2 / costs.redis_deliver_us * 1e6)
    allowed = costs.database_most // costs.database_connections
    rows = [
        ["a million pages fetched anew (a restore, or more than 500 entries missed)", f"{million:,.0f} core seconds"],
        [f"a process with one viewer of the situation page, {incidents:,} incidents that change each second",
         f"{loads:,.0f} cores: {KEPT_BOOKS} boards are kept, the others are read again"],
        [f"a process that watches {incidents:,} incidents keeps", f"{kept:.1f} GB"],
        ["what PostgreSQL's connections allow unless told otherwise", f"{allowed:.0f} processes"],
        ["processes whose heartbeats alone fill Redis, as each hears all", f"{processes:,.0f}"],
        ["commands of many processes on one primary",
         f"{costs.single_commits_per_s:,.0f} a second, into one incident {costs.one_book_commits_per_s:,.0f}"],
        ["commands of one process",
         f"{1e6 / costs.command_us:,.0f} a second by its CPU, {costs.batched_commits_per_s:,.0f} by its commits"],
    ]  # fmt: skip
    return Table("By hand", ["what", "figure"], rows)


def costs_text(costs: Costs) -> str:
    """Each figure and where it is from."""
    by_source: dict[str, list[str]] = {}
    for cost in costs.all.values():
        source = re.split(r", | \(", cost.source)[0].partition(": ")
        by_source.setdefault(source[0] if source[0] == "setting" else "".join(source), []).append(
            f"{cost.what} {cost.value:,g} {cost.unit}"
        )
    lines = [f"- *{source}*: {'; '.join(found)}." for source, found in by_source.items()]
    return "\n".join(["### Costs", "", *lines, "", "Machines and days: `bench/costs.json`."])


def _seen(seen: Seen) -> list[str]:
    return [f"{seen.busy:.0%}", f"{seen.p50 * 1e3:.0f}", f"{seen.p99 * 1e3:.0f}"]


def _sizes(costs: Costs, plan: Plan, digits: int = 2) -> list[str]:
    placed = place(costs, plan)
    memory = max(memory_mb(costs, books) for books in placed) * plan.processes / 1e3
    gbit = max(network_gbit(costs, plan, books) for books in placed) * plan.processes
    return [f"{memory:.0f}", f"{gbit:,.{digits}f}"]


def _worst(used: dict[str, float]) -> str:
    return ", ".join(f"{name} {share:.2g}" if share < 10 else f"{name} {share:,.0f}"
                     for name, share in worst(used, 3, MOVABLE))  # fmt: skip


if __name__ == "__main__":
    main()
