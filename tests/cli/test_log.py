"""The provable log at the command line: verified, exported, signed, and never passed unseen."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import gives, refuses, run


@pytest.fixture
def key(folder: Path) -> str:
    """The demo's first incident."""
    return str(json.loads((folder / "demo.json").read_text(encoding="utf-8"))["incidents"][0]["key"])


def facts(folder: Path, *arguments: str | Path) -> tuple[int, dict[str, Any]]:
    """What `log verify --json` found, and its exit code."""
    done = run(folder, "log", "verify", "--json", *arguments)
    return done.returncode, json.loads(done.stdout)


def change(folder: Path, statement: str, *values: Any) -> None:
    """What no program of ours does."""
    file = sqlite3.connect(folder / "crisisroom.db")
    with file:
        file.execute(statement, values)
    file.close()


def test_a_whole_log_is_verified_exported_and_signed(folder: Path, key: str, tmp_path: Path) -> None:
    checkpoint, export = tmp_path / "checkpoint.txt", tmp_path / "log.jsonl"
    assert gives(folder, "log", "checkpoint", "-o", checkpoint) == ""
    newest = max((folder / "checkpoints").iterdir())
    assert newest.read_text(encoding="utf-8") == checkpoint.read_text(encoding="utf-8")
    assert gives(folder, "log", "export", "--incident", key, "-o", export) == ""
    lines = [json.loads(line) for line in export.read_text(encoding="utf-8").splitlines()]
    assert all(line["sentence"] and line["envelope"] for line in lines)

    code, found = facts(folder, "--checkpoint", checkpoint)
    rooms = found["checkpoints"]["applied"]
    assert (code, found["whole"], found["problems"]) == (0, True, [])
    assert rooms >= 4
    assert found["checkpoints"]["not_applicable"] == []

    code, found = facts(folder, "--incident", key, "--checkpoint", checkpoint)
    assert (code, found["entries"], found["checkpoints"]["applied"]) == (0, len(lines), 1)
    assert len(found["checkpoints"]["not_applicable"]) == rooms - 1

    done = run(folder, "log", "verify", "--export", export, "--checkpoint", checkpoint)
    assert (done.returncode, done.stdout) == (0, "")
    assert f"1 of {rooms} checkpoints were compared." in done.stderr
    assert "An export does not say of which log it is." in done.stderr
    assert f"{len(lines)} entries: whole." in done.stderr


def test_a_changed_entry_is_named_and_not_signed(folder: Path, key: str) -> None:
    change(folder, "UPDATE log_entry SET data = data || ' ' WHERE rowid = (SELECT max(rowid) FROM log_entry)")
    kept = sorted((folder / "checkpoints").iterdir())
    code, found = facts(folder)
    assert (code, found["whole"]) == (3, False)
    (problem, *_) = found["problems"]
    assert problem.keys() == {"room", "seq", "what", "expected", "found"}
    said = refuses(folder, 3, "Nothing was signed", "log", "checkpoint")
    assert said.startswith(f"room {problem['room']} entry {problem['seq']}: ")
    assert sorted((folder / "checkpoints").iterdir()) == kept


def test_a_room_that_vanished_is_broken_for_the_checkpoint_alone(folder: Path, key: str, tmp_path: Path) -> None:
    checkpoint = tmp_path / "checkpoint.txt"
    gives(folder, "log", "checkpoint", "-o", checkpoint)
    file = sqlite3.connect(folder / "crisisroom.db")
    (book,) = file.execute("SELECT book FROM log_entry WHERE envelope LIKE '%CARPHA%' ORDER BY book LIMIT 1").fetchone()
    tables = [name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    with file:
        for table in tables:
            if any(column[1] == "book" for column in file.execute(f"PRAGMA table_info({table})")):
                file.execute(f"DELETE FROM {table} WHERE book = ?", (book,))
    file.close()
    assert facts(folder)[0] == 0
    code, found = facts(folder, "--checkpoint", checkpoint)
    assert (code, found["whole"]) == (3, False)
    assert "shorter than the checkpoint" in found["problems"][0]["what"]
    assert "shorter than the checkpoint" in refuses(folder, 3, "Nothing was signed", "log", "checkpoint")


def test_a_checkpoint_that_is_about_nothing_of_it_does_not_pass(folder: Path, key: str, tmp_path: Path) -> None:
    checkpoint, export = tmp_path / "checkpoint.txt", tmp_path / "log.jsonl"
    gives(folder, "log", "checkpoint", "-o", checkpoint)
    gives(folder, "log", "export", "--incident", key, "-o", export)
    room = json.loads(export.read_text(encoding="utf-8").splitlines()[0])["room"]
    notes = checkpoint.read_text(encoding="utf-8").split("\n\ncrisisroom/")
    others = [note if note.startswith("crisisroom/") else f"crisisroom/{note}" for note in notes if room not in note]
    checkpoint.write_text("\n\n".join(others), encoding="utf-8")
    for scope in (("--export", export), ("--incident", key)):
        refuses(folder, 3, "nothing was compared with it", "log", "verify", *scope, "--checkpoint", checkpoint)
        code, found = facts(folder, *scope, "--checkpoint", checkpoint)
        assert (code, found["whole"], found["checkpoints"]["applied"]) == (3, False, 0)

    change(folder, "UPDATE instance SET log = ?", "0" * 31 + "7")
    said = refuses(folder, 3, "is of another log", "log", "verify", "--checkpoint", checkpoint)
    assert said == ""


def test_what_is_no_log_is_refused(folder: Path, key: str, tmp_path: Path) -> None:
    empty, output = tmp_path / "empty.jsonl", tmp_path / "x.jsonl"
    empty.write_text("", encoding="utf-8")
    refuses(folder, 3, "There is no entry in this file", "log", "verify", "--export", empty)
    assert facts(folder, "--export", empty) == (3, {"whole": False, "error": "There is no entry in this file."})
    refuses(folder, 3, "There is no checkpoint", "log", "verify", "--checkpoint", empty, "--public-key", _a_key(folder))
    refuses(folder, 1, "There is no incident nowhere", "log", "verify", "--incident", "nowhere")
    refuses(folder, 1, "There is no incident nowhere", "log", "export", "--incident", "nowhere", "-o", output)
    refuses(folder, 1, "There is no room x", "log", "export", "--incident", key, "--room", "x", "-o", output)
    refuses(folder, 2, "either --incident or --export", "log", "verify", "--incident", key, "--export", empty)
    assert not output.exists()


def _a_key(folder: Path) -> str:
    return (folder / "checkpoint.pub").read_text(encoding="utf-8")
