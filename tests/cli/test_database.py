"""From an empty folder to a database that can be served, and the doctor's view of it."""

from __future__ import annotations

from pathlib import Path

from tests.cli.running import gives, refuses, run


def test_a_database_is_prepared_once_and_says_at_which_revision_it_is(tmp_path: Path) -> None:
    fresh = tmp_path / "data"
    refuses(fresh, 1, "crisisroom db upgrade", "serve", "--port", "0")
    assert gives(fresh, "db", "current") == "empty\n"
    assert "WRONG database: older than the program; run crisisroom db upgrade" in refuses(fresh, 3, "", "check")
    refuses(fresh, 1, "Run: crisisroom db upgrade", "user", "list")
    for _ in range(2):
        done = run(fresh, "db", "upgrade")
        assert (done.returncode, done.stdout) == (0, "")
    revision = gives(fresh, "db", "current").strip()
    assert revision.isalnum()
    assert revision != "empty"
    assert gives(fresh, "user", "list") == ""


def test_the_doctor_finds_nothing_wrong_with_the_demo(folder: Path) -> None:
    lines = gives(folder, "check").splitlines()
    assert all(line.startswith("ok    ") for line in lines)
    assert any("database: prepared" in line for line in lines)


def test_the_doctor_names_what_is_wrong(folder: Path) -> None:
    said = refuses(folder, 3, "", "check", CRISISROOM_DATABSE_URL="x", CRISISROOM_PUBLIC_URL="http://room.example")
    assert "WRONG CRISISROOM_DATABSE_URL is not a setting" in said
    assert "WRONG public address: http://room.example should be https" in said


def test_a_database_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    for arguments in (("db", "current"), ("log", "verify"), ("user", "list"), ("log", "checkpoint")):
        assert refuses(tmp_path / "none", 1, "The database cannot be used", *arguments) == ""
    assert not (tmp_path / "none").exists()
