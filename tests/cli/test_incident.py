"""Opening an incident from an alert at the command line: shown first, and only then opened."""

from __future__ import annotations

import json
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
    lines = gives(folder, "incident", "open", "--from-cap", SAMPLES / "exercise-outbreak-1.1.xml", "--yes").split("\n")
    assert lines[-2] != opened["key"]
    assert " " not in lines[-2]
    whole = json.loads(gives(folder, "log", "verify", "--incident", opened["key"], "--json"))
    assert whole["whole"] is True
    assert whole["entries"] >= 2


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
