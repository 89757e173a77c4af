"""What one core answers over HTTP: commands a second, a full board, the bytes of a first load, changes on their way."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench.fanout import Plan
from bench.machine import children, load
from bench.report import Figures, Table, median, quantile
from bench.room import MARK, Room, Rooms
from bench.scratch import Missing, Scratch

TASKS = 500
POSTERS = 32
WATCHERS = (2, 200)
OURS = "Crisis Room"
_ENCODINGS = "gzip, deflate, br, zstd"


def measure(scratch: Scratch, folder: Path, repeats: int, quick: bool) -> tuple[Figures, list[Table], list[str]]:
    """One server for each repeat."""
    figures = Figures()
    rooms = Rooms(scratch, folder)
    for repeat in range(repeats):
        print(f"  {repeat + 1}", file=sys.stderr)
        with rooms.open() as room:
            for part in (_first_load, _board, _posts, _changes):
                try:
                    part(scratch, room, figures, repeat, quick)
                except Missing as why:
                    figures.missing[part.__name__.strip("_")] = str(why)
    return figures, [_table(figures)], []


def _first_load(scratch: Scratch, room: Room, figures: Figures, repeat: int, quick: bool) -> None:
    """The page and every style, script, sprite and Latin font it loads."""
    session = room.session()
    headers = {"Accept-Encoding": _ENCODINGS, "Accept": "text/html"}
    page = session.ask("GET", f"/i/{room.incident}", **headers)[1]
    plain = session.ask("GET", f"/i/{room.incident}", Accept="text/html")[1].decode()
    wanted = _files(plain)
    for sheet in [one for one in wanted if one.endswith(".css")]:
        text = session.ask("GET", sheet)[1].decode()
        wanted |= {_beside(sheet, one) for one in re.findall(r"url\([\"']?([^)\"'#]+)", text) if "latin." in one}
    sizes = {one: len(session.ask("GET", one, **{"Accept-Encoding": _ENCODINGS})[1]) for one in sorted(wanted)}
    figures.add(OURS, repeat, page_kb=len(page) / 1000, first_kb=(len(page) + sum(sizes.values())) / 1000, files=sizes)


def _files(page: str) -> set[str]:
    found = re.findall(r"<(?:script|link|use|img)\b[^>]*?(?:src|href)=\"(/static/[^\"#?]+)", page)
    return {one for one in found if one.rsplit(".", 1)[-1] in ("css", "js", "svg", "woff2")}


def _beside(sheet: str, name: str) -> str:
    return name if name.startswith("/") else f"{sheet.rsplit('/', 1)[0]}/{name}"


def _board(scratch: Scratch, room: Room, figures: Figures, repeat: int, quick: bool) -> None:
    session = room.session()
    opened = session.ask(
        "POST", "/api/v1/incidents",
        {"title": "Benchmark", "crisis_class": "other", "lead_agency": "CDEMA", "exercise": True},
    )  # fmt: skip
    key = opened[0].headers.get("Location", "").rsplit("/", 1)[-1] or _key(opened[1])
    for number in range(TASKS):
        session.command(key, "add-task", title=f"Task {number}", agency="CDEMA", due=f"T+{number % 90}:00")
    times = 20 if quick else 60
    as_browser = {"Accept": "text/html", "Accept-Encoding": _ENCODINGS}
    figures.add(
        OURS, repeat,
        board_ms=_timed(lambda: session.ask("GET", f"/i/{key}", **as_browser), times),
        board_plain_ms=_timed(lambda: session.ask("GET", f"/i/{key}", Accept="text/html"), times),
        json_ms=_timed(lambda: session.ask("GET", f"/api/v1/incidents/{key}"), times),
        health_ms=_timed(lambda: session.ask("GET", "/healthz"), times),
        board_kb=len(session.ask("GET", f"/i/{key}", **as_browser)[1]) / 1000,
    )  # fmt: skip


def _key(body: bytes) -> str:
    found = re.search(rb'"key":"([^"]+)"', body)
    assert found is not None
    return found[1].decode()


def _timed(request: Callable[[], object], times: int) -> list[float]:
    """Milliseconds of a warm request."""
    for _ in range(3):
        request()
    found = []
    for _ in range(times):
        began = time.perf_counter()
        request()
        found.append((time.perf_counter() - began) * 1000)
    return found


def _posts(scratch: Scratch, room: Room, figures: Figures, repeat: int, quick: bool) -> None:
    found = load(
        scratch.client, str(room.port), room.path, "1", "post", f"posters={POSTERS}", f"mark={MARK}",
        f"max={1 if quick else 4}", f"pids={_pids(room)}", *room.client,
    )  # fmt: skip
    figures.add(
        OURS,
        repeat,
        posts_per_s=found["per_s"],
        posts_cpu=found["cpu_us"],
        posts_p50=found["p50_ms"],
        posts_p99=found["p99_ms"],
    )


def _changes(scratch: Scratch, room: Room, figures: Figures, repeat: int, quick: bool) -> None:
    for watchers in WATCHERS:
        pace = Plan(1, sockets=watchers).pace
        found = load(
            scratch.client, str(room.port), room.path, str(watchers), "fan", f"rounds={20 if quick else 100}", "max=8",
            f"pace={pace}", "spin", f"pids={_pids(room)}", *room.client,
        )  # fmt: skip
        figures.add(OURS, repeat, **{f"change_{watchers}": found["lat_ms"]})


def _pids(room: Room) -> str:
    return ",".join(map(str, children(room.pid)))


def _table(figures: Figures) -> Table:
    def both(what: str) -> str:
        return f"{quantile(figures, OURS, what, 0.5)} ms, p99 {quantile(figures, OURS, what, 0.99)} ms"

    rows = [
        [f"commands over HTTP to commit to a viewer's frame, {POSTERS} connections, one core",
         median(figures, OURS, "posts_per_s", "{:.0f}") + " /s"],
        ["server's CPU of such a command", median(figures, OURS, "posts_cpu", "{:.0f}") + " µs"],
        ["such a command's answer, p50 and p99",
         median(figures, OURS, "posts_p50", "{:.1f}") + " ms, " + median(figures, OURS, "posts_p99", "{:.1f}") + " ms"],
        *[[f"command sent to frame at the last of {watchers} viewers", both(f"change_{watchers}")]
          for watchers in WATCHERS],
        [f"board page with {TASKS} tasks, warm, compressed", both("board_ms")],
        [f"board page with {TASKS} tasks, warm, not compressed", both("board_plain_ms")],
        [f"board page with {TASKS} tasks, bytes sent", median(figures, OURS, "board_kb", "{:.1f}") + " kB"],
        [f"board as JSON with {TASKS} tasks", both("json_ms")],
        ["floor: `/healthz`", both("health_ms")],
        ["first load of the demo's first board", median(figures, OURS, "first_kb", "{:.1f}") + " kB"],
        ["of which the page", median(figures, OURS, "page_kb", "{:.1f}") + " kB"],
    ]  # fmt: skip
    return Table("Pages and commands over HTTP", ["what", "figure"], rows)
