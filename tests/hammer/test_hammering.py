"""`crisisroom hammer` as people run it: against a running server, from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crisisroom.hammer.figures import Latencies, figures
from tests.hammer.test_checker import good
from tests.support.server import Server, cli


def test_it_judges_a_running_server(server: Server, tmp_path: Path) -> None:
    tokens = [f"--token={server.person(who).token}" for who in ("j.alexis", "c.grant")]
    kept = tmp_path / "history.jsonl"
    load = ("--clients=6", "--rate=30", "--seconds=3", "--cut-every=1", "--seed=7", f"--history={kept}")
    done = cli(server, "hammer", f"--url={server.url}", *tokens, *load, "--local", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    said = json.loads(done.stdout)
    assert said["kept"] is True
    assert all(one["checked"] for one in said["promises"].values())
    assert said["figures"]["seed"] == 7
    assert said["figures"]["frame_ms"]["n"] > 0
    assert kept.read_text().count("\n") > said["figures"]["tries"] * 2


def test_it_says_why_it_cannot_run(server: Server) -> None:
    officer = cli(server, "hammer", f"--url={server.url}", "--token=nobody's", "--seconds=1")
    assert officer.returncode == 1
    assert "401" in officer.stderr
    nobody = cli(server, "hammer", "--url=http://127.0.0.1:1", "--token=any", "--seconds=1")
    assert nobody.returncode == 1
    assert "does not answer" in nobody.stderr


def test_figures_count_what_happened() -> None:
    found = figures(good())
    assert (found["keys"], found["tries"], found["applied"], found["repeated"]) == (10, 13, 4, 1)
    assert found["not_applied"]["conflict"] == 1
    assert found["answer_ms"]["p50"] == pytest.approx(50, rel=0.03)


def test_percentiles_are_two_percent_exact() -> None:
    latencies = Latencies()
    for milliseconds in range(1, 1001):
        latencies.add(milliseconds / 1000)
    assert latencies.percentile(50) == pytest.approx(500, rel=0.03)
    assert latencies.percentile(99) == pytest.approx(990, rel=0.03)
    assert Latencies().percentile(50) is None
