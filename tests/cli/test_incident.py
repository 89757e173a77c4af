"""Opening an incident from an alert at the command line: shown first, and only then opened."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.cli.running import gives, refuses, run

SAMPLES = Path(__file__).resolve().parents[1] / "incidents" / "samples"
HURRICANE = SAMPLES / "exercise-hurricane.xml"


def test_a_preview_needs_no_database(tmp_path: Path) -> None:
    facts = json.loads(gives(tmp_path / "none", "incident", "open", "--from-cap", HURRICANE, "--preview", "--json"))
    assert facts.keys() >= {"title", "crisis_class", "hazard", "states", "sender", "identifier", "exercise", "warnings"}
    assert facts["exercise"] is True
    said = gives(tmp_path / "none", "incident", "open", "--from-cap", HURRICANE, "--preview")
    assert f"identifier: {facts['identifier']}" in said
    assert not (tmp_path / "none").exists()


def test_an_incident_is_opened_after_a_yes_and_once(folder: Path) -> None:
    refuses(folder, 1, "Say --yes", "incident", "open", "--from-cap", HURRICANE)
    opened = json.loads(gives(folder, "incident", "open", "--from-cap", HURRICANE, "--yes", "--json"))
    again = run(folder, "incident", "open", "--from-cap", HURRICANE, "--preview", "--json")
    assert f"opened from this alert already: {opened['key']}, " in again.stderr
    assert json.loads(again.stdout)["title"]
    lines = gives(folder, "incident", "open", "--from-cap", SAMPLES / "exercise-outbreak-1.1.xml", "--yes").split("\n")
    assert lines[-2] != opened["key"]
    assert " " not in lines[-2]
    whole = json.loads(gives(folder, "log", "verify", "--incident", opened["key"], "--json"))
    assert whole["whole"] is True
    assert whole["entries"] >= 2


def test_a_preview_writes_times_for_people_and_says_what_is_amiss(tmp_path: Path) -> None:
    text = HURRICANE.read_text(encoding="utf-8").replace("2026-09-", "2015-09-")
    for place in ("Saint Lucia", "Sainte-Lucie", "Martinique"):
        text = text.replace(place, "Nowhere")
    old = tmp_path / "old.xml"
    old.write_text(re.sub(r"<(polygon|circle|geocode)>.*?</\1>", "", text, flags=re.S), encoding="utf-8")
    done = run(tmp_path / "none", "incident", "open", "--from-cap", old, "--preview")
    assert "t0: 10 Sep 2015 02:30 UTC" in done.stdout.splitlines()
    assert "states: none found" in done.stdout.splitlines()
    assert "This alert expired on 10 Sep 2015 10:00 UTC" in done.stderr


def test_a_file_that_is_not_there_is_said_in_one_sentence(tmp_path: Path) -> None:
    done = run(tmp_path, "incident", "open", "--from-cap", tmp_path / "none.xml", "--preview")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"{tmp_path / 'none.xml'} cannot be read: no such file or directory. Nothing was opened.\n"


def test_what_opens_nothing_says_so(tmp_path: Path) -> None:
    refuses(
        tmp_path,
        1,
        "It opens no incident",
        "incident",
        "open",
        "--from-cap",
        SAMPLES / "exercise-cancel.xml",
        "--preview",
    )
    refuses(tmp_path, 1, "", "incident", "open", "--from-cap", SAMPLES / "refused-billion-laughs.xml", "--preview")
    refuses(tmp_path, 1, "none.xml", "incident", "open", "--from-cap", tmp_path / "none.xml", "--preview")
    assert run(tmp_path, "incident", "open", "--preview").returncode == 2
