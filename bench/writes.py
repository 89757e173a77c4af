"""Commands made durable: our whole path against the same work in an async SQLModel session for each command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.machine import SERVER_CORE
from bench.postgres import new_database, postgresql
from bench.report import Figures, Table, median, ratio
from bench.room import environment
from bench.scratch import SERVERS, Missing, Scratch

WRITERS = 32
PACKAGES = ("sqlmodel==0.0.50", "sqlalchemy[asyncio]==2.1.9", "aiosqlite", "asyncpg==0.32.0", "uvloop==0.23.0")
ENGINES = ("SQLite", "PostgreSQL")
SPREADS = {f"{WRITERS} incidents": WRITERS, "one incident": 1}
SESSIONS = "SQLModel sessions"


def measure(scratch: Scratch, folder: Path, repeats: int, quick: bool) -> tuple[Figures, list[Table], list[str]]:
    """Both engines, both ways, writers spread over incidents and all in one."""
    figures = Figures()
    with ExitStack() as stack:
        stage = _Stage(scratch, folder, 0.5 if quick else 2.0, figures)
        for what, prepare in (
            (SESSIONS, lambda: scratch.pip(PACKAGES)),
            ("PostgreSQL", lambda: stage.use(stack.enter_context(postgresql()))),
        ):
            _try(figures, what, prepare)
        for repeat in range(repeats):
            for engine in ENGINES:
                for spread in SPREADS:
                    stage.both(engine, spread, repeat)
    return figures, [_table(figures)], []


def _try(figures: Figures, what: str, work: Callable[[], Any]) -> None:
    try:
        work()
    except Missing as why:
        figures.missing[what] = str(why)


@dataclass
class _Stage:
    scratch: Scratch
    folder: Path
    seconds: float
    figures: Figures
    server: str = ""
    made: int = field(default=0)

    def use(self, server: str) -> None:
        """This PostgreSQL is there."""
        self.server = server

    def both(self, engine: str, spread: str, repeat: int) -> None:
        """Ours and theirs, one after the other."""
        print(f"  {repeat + 1} {engine}, {spread}", file=sys.stderr)
        numbers = [str(WRITERS), str(self.seconds), str(SPREADS[spread])]
        for who in ("Crisis Room", SESSIONS):
            if who in self.figures.missing or (engine == "PostgreSQL" and not self.server):
                continue

            def work(who: str = who) -> None:
                url = self._database(engine)
                found = self._ours(url, numbers) if who == "Crisis Room" else self._sessions(url, numbers)
                self.figures.add(f"{who}, {engine}, {spread}", repeat, **found)

            _try(self.figures, f"{who}, {engine}, {spread}", work)

    def _database(self, engine: str) -> str:
        self.made += 1
        if engine == "PostgreSQL":
            return new_database(self.server, f"bench{self.made}")
        return f"sqlite:///{self.folder / f'bench{self.made}.db'}"

    def _ours(self, url: str, numbers: list[str]) -> dict[str, Any]:
        settings = environment(CRISISROOM_DATABASE_URL=url, CRISISROOM_DATA_DIR=str(self.folder / "data"))
        return _run([sys.executable, "-m", "bench.writers", *numbers], settings)

    def _sessions(self, url: str, numbers: list[str]) -> dict[str, Any]:
        url = url.replace("sqlite://", "sqlite+aiosqlite://").replace("postgresql://", "postgresql+asyncpg://")
        return _run([str(self.scratch.python), str(SERVERS / "sqlmodel_sessions.py"), url, *numbers], dict(os.environ))


def _run(command: list[str], settings: dict[str, str]) -> dict[str, Any]:
    done = subprocess.run(
        command, env=settings, cwd=Path(__file__).resolve().parents[1], capture_output=True, text=True, check=False,
        timeout=120, preexec_fn=lambda: os.sched_setaffinity(0, {SERVER_CORE}),
    )  # fmt: skip
    if done.returncode:
        raise Missing((done.stderr.strip().splitlines() or ["failed"])[-1][:160])
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def _table(figures: Figures) -> Table:
    rows = []
    for engine in ENGINES:
        for spread in SPREADS:
            ours, theirs = (f"{who}, {engine}, {spread}" for who in ("Crisis Room", SESSIONS))
            rows.append([
                f"{engine}, {spread}",
                median(figures, ours, "per_s", "{:.0f}"),
                median(figures, theirs, "per_s", "{:.0f}"),
                ratio(figures, ours, theirs, "per_s"),
                median(figures, ours, "cpu_us", "{:.0f}"),
                median(figures, theirs, "cpu_us", "{:.0f}"),
                median(figures, ours, "p99_ms", "{:.1f}"),
                median(figures, theirs, "p99_ms", "{:.1f}"),
            ])  # fmt: skip
    head = ["database", "Crisis Room /s", f"{SESSIONS} /s", "×", "CPU of one, µs", "theirs", "p99, ms", "theirs"]
    note = (
        "A task is moved to another lane: read the fields, look for a repeat, authorise, decide, chain, store entry, "
        "task and head, commit durably (SQLite `synchronous=FULL`; PostgreSQL on the other core with its defaults)."
    )
    return Table(f"Commands made durable a second, {WRITERS} writers, one core", head, rows, note)
