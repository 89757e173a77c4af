"""`crisisroom backup` and `restore`, as an operator uses them, and what clients make of it."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from crisisroom.cli import app
from crisisroom.core.errors import Refused
from tests.live.viewers import api_path, off_loop, page_path, watching
from tests.support.databases import Databases
from tests.support.server import Server, cli, copy_of, environment


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it said."""

    code: int
    out: str
    complaints: str

    @property
    def facts(self) -> Any:
        """What a command that went well says as JSON."""
        assert self.code == 0, self.out + self.complaints
        return json.loads(self.out)


def run(folder: Path, *arguments: str, **settings: str) -> Said:
    """The command line over a data folder, in this process."""
    folder.mkdir(exist_ok=True)
    settings = {"CRISISROOM_DATA_DIR": str(folder), "CRISISROOM_DATABASE_URL": ""} | settings
    result = CliRunner().invoke(app, arguments, env=settings)
    refused = result.exception.detail if isinstance(result.exception, Refused) else ""
    return Said(result.exit_code, result.stdout, result.stderr + refused)


@pytest.fixture
def room(seeded: Path, tmp_path: Path) -> Path:
    """The demo's data without a server, and a checkpoint that it kept."""
    folder = copy_of(seeded, tmp_path)
    shutil.rmtree(folder / "checkpoints", ignore_errors=True)
    (folder / "checkpoints").mkdir()
    assert run(folder, "log", "checkpoint", "-o", str(tmp_path / "noted.txt")).code == 0
    return folder


def test_a_backup_is_restored_elsewhere_by_its_folder_alone(room: Path, tmp_path: Path) -> None:
    made = run(room, "backup", str(tmp_path / "backup"), "--json").facts
    restored = run(tmp_path / "other", "restore", str(tmp_path / "backup"), "--json")
    facts = restored.facts
    assert (facts["log"], facts["entries"]) == (made["log"], made["entries"])
    assert facts["epoch"] != made["epoch"]
    assert facts["checkpoints_compared"] > 0
    assert facts["manifest_sha256"] == made["manifest_sha256"]
    assert made["manifest_sha256"] in restored.complaints
    assert f"{made['entries']} entries: whole" in run(tmp_path / "other", "log", "verify").complaints
    assert f"{made['entries']} entries" in run(room, "check").out


def test_the_signing_key_is_in_a_backup_only_when_asked_for(room: Path, tmp_path: Path) -> None:
    assert run(room, "backup", str(tmp_path / "without")).code == 0
    assert run(room, "backup", str(tmp_path / "with"), "--with-key").code == 0
    assert not (tmp_path / "without" / "checkpoint.key").exists()
    assert (tmp_path / "with" / "checkpoint.key").stat().st_mode & 0o077 == 0
    assert "a new one is made" in run(tmp_path / "a", "restore", str(tmp_path / "without")).complaints
    (aside,) = (tmp_path / "a" / "checkpoints").iterdir()
    assert aside.name.startswith("signed-by-")
    assert "came back" in run(tmp_path / "b", "restore", str(tmp_path / "with")).complaints
    assert (tmp_path / "b" / "checkpoint.key").read_bytes() == (room / "checkpoint.key").read_bytes()
    assert [path.suffix for path in (tmp_path / "b" / "checkpoints").iterdir()] == [".txt"]


def test_checkpoints_that_a_restore_undid_are_kept_aside(room: Path, tmp_path: Path) -> None:
    backup, later = str(tmp_path / "backup"), tmp_path / "later.txt"
    assert run(room, "backup", backup).code == 0
    person = ("--email", "n@cdema.example", "--name", "N", "--agency", "CDEMA", "--role", "officer")
    assert run(room, "user", "add", *person).code == 0
    assert run(room, "log", "checkpoint", "-o", str(later)).code == 0
    ahead = run(room, "restore", backup, "--replace", "--yes", "--checkpoint", str(later))
    assert (ahead.code, "shorter than the checkpoint" in ahead.out) == (3, True)
    assert "n@cdema.example" in run(room, "user", "list").out
    restored = run(room, "restore", backup, "--replace", "--yes")
    assert restored.code == 0, restored.complaints
    assert "1 checkpoints were signed after this backup" in restored.complaints
    assert "The log had" in restored.complaints
    assert not [path for path in (room / "checkpoints").glob("*.txt") if path.read_text() == later.read_text()]
    assert "n@cdema.example" not in run(room, "user", "list").out


def test_a_full_database_is_replaced_only_on_purpose(room: Path, tmp_path: Path) -> None:
    backup = str(tmp_path / "backup")
    assert run(room, "backup", backup).code == 0
    again = run(room, "backup", backup)
    assert (again.code, "never overwritten" in again.complaints) == (1, True)
    refused = run(room, "restore", backup)
    assert (refused.code, "--replace" in refused.complaints) == (1, True)
    unasked = run(room, "restore", backup, "--replace")
    assert (unasked.code, "--yes" in unasked.complaints) == (1, True)
    assert run(room, "restore", backup, "--keep-sign-ins").code == 2
    assert run(room, "restore", str(tmp_path)).code == 3


def test_a_restore_that_is_killed_leaves_nothing(databases: Databases, room: Path, tmp_path: Path) -> None:
    assert run(room, "backup", str(tmp_path / "backup")).code == 0
    target = tmp_path / "other"
    target.mkdir()
    url = databases.empty(target)
    settings = {"CRISISROOM_DATA_DIR": str(target), "CRISISROOM_DATABASE_URL": url}
    killing = (
        "import os; from crisisroom.backup import restoring; from crisisroom.cli import main;"
        f"restoring._verify = lambda *a: os.kill(os.getpid(), {signal.SIGKILL}); main()"
    )
    command = [sys.executable, "-c", killing, "restore", str(tmp_path / "backup")]
    killed = subprocess.run(command, env=environment(settings), capture_output=True, timeout=60, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert run(target, "db", "current", CRISISROOM_DATABASE_URL=url).out.strip() == "empty"
    restored = run(target, "restore", str(tmp_path / "backup"), "--json", CRISISROOM_DATABASE_URL=url)
    assert restored.facts["entries_before"] == 0


async def test_clients_notice_that_the_log_is_of_another_epoch(own_server: Server, tmp_path: Path) -> None:
    backup = str(tmp_path / "backup")
    key, grant = own_server.incident, own_server.api("c.grant")
    kept, lost = str(uuid4()), str(uuid4())
    survives = grant.send(key, "add-task", {"title": "Before"}, kept).json()
    assert (await off_loop(cli, own_server, "backup", backup)).returncode == 0
    gone = grant.send(key, "add-task", {"title": "After"}, lost).json()
    cursor = grant.board(key)["cursor"]
    held = await off_loop(cli, own_server, "restore", backup, "--replace", "--yes")
    assert (held.returncode, "Another server uses" in held.stderr) == (1, True)
    own_server.stop()
    replaced = await off_loop(cli, own_server, "restore", backup, "--replace", "--keep-sign-ins", "--yes")
    assert replaced.returncode == 0, replaced.stderr
    own_server.start()
    for path in (api_path(key), page_path(key)):
        headers = {"Authorization": f"Bearer {own_server.person('c.grant').token}", "Origin": own_server.url}
        async with watching(own_server, path, after=cursor, headers=headers) as viewer:
            assert [(await viewer.any())["type"], (await viewer.next("resync"))["type"]] == ["hello", "resync"]
    old = grant.get(f"/incidents/{key}/log", after=cursor)
    assert (old.status_code, "before a restore" in old.json()["detail"]) == (422, True)
    again = grant.send(key, "add-task", {"title": "Before"}, kept).json()
    back = grant.send(key, "add-task", {"title": "After"}, lost).json()
    assert (again["result"], again["id"]) == ("repeated", survives["id"])
    assert (back["result"], back["id"]) == ("applied", gone["id"])
    assert grant.send(key, "add-task", {"title": "After"}, lost).json()["result"] == "repeated"
