"""Figures for Prometheus: of all workers that live, whichever is asked, and while the database is away."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from crisisroom.cli.serving import SHARED_FIGURES, Worker
from crisisroom.core.condition import Condition
from crisisroom.db import Database
from crisisroom.web.doors import Visit
from crisisroom.web.health import metrics
from crisisroom.web.metrics import Figures
from tests.support.clock import FakeClock

WORKER = """
import os, sys
from crisisroom.core.clock import SystemClock
from crisisroom.core.condition import Condition, State
from crisisroom.web.metrics import Figures, LogFigures
figures, condition = Figures(), Condition(SystemClock())
if sys.argv[2:]:
    condition.report("disk", State(sys.argv[2]), "Full.")
figures.stand(int(sys.argv[1]), condition)
print(os.getpid())
print(figures.text(LogFigures(7, 1.5)).decode())
"""


def worker(folder: Path, *stands: str) -> tuple[int, set[str]]:
    """A process of its own that notes how it stands, is asked for the figures, and ends without a word."""
    done = subprocess.run(
        [sys.executable, "-c", WORKER, *stands], env={SHARED_FIGURES: str(folder)}, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    pid, *lines = done.stdout.splitlines()
    return int(pid), set(lines)


def test_whichever_worker_is_asked_counts_all_that_live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, _ = worker(tmp_path, "3", "read-only")
    _, lines = worker(tmp_path, "2")
    assert {
        "crisisroom_live_connections 5.0", "crisisroom_condition 2.0", "crisisroom_log_entries 7.0",
        "crisisroom_log_head_age_seconds 1.5",
    } <= lines  # fmt: skip
    monkeypatch.setenv(SHARED_FIGURES, str(tmp_path))
    gone = Worker.__new__(Worker)
    gone.process = cast("Any", SimpleNamespace(pid=first, join=lambda: None))
    gone.join()
    _, lines = worker(tmp_path, "1")
    assert {"crisisroom_live_connections 3.0", "crisisroom_condition 0.0"} <= lines


async def test_figures_are_given_while_the_database_is_away() -> None:
    away = Database("postgresql+asyncpg://nobody@127.0.0.1:1/nothing")
    site = SimpleNamespace(
        database=away, figures=Figures(), hub=SimpleNamespace(connections=4), condition=Condition(FakeClock())
    )  # fmt: skip
    answer = await metrics(Visit(cast("Any", site), cast("Any", None)))
    await away.close()
    text = bytes(answer.body).decode()
    assert "\ncrisisroom_live_connections 4.0\n" in text
    assert "crisisroom_log_entries" not in text
