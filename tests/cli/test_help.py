"""What anybody tries first: help, the version, and what happens when something is forgotten."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from crisisroom import __version__
from crisisroom.cli import app
from tests.cli.running import gives, refuses, run
from tests.support.server import PROGRAM, environment

PROMISED = {
    "serve", "demo", "incident open", "db upgrade", "db current", "check", "user add", "user list", "user disable",
    "token create", "playbook lint", "log verify", "log export", "log checkpoint", "openapi", "version",
}  # fmt: skip


def commands(group: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every command with its full name."""
    for name, command in group.commands.items():
        full = f"{path} {name}".strip()
        if hasattr(command, "commands"):
            yield from commands(command, full)
        else:
            yield full, command


COMMANDS = dict(commands(typer.main.get_command(app)))


def test_every_promised_command_is_there() -> None:
    assert PROMISED <= COMMANDS.keys()


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_the_help_of_a_command_says_what_it_does_with_an_example(name: str) -> None:
    doc = COMMANDS[name].help
    assert doc.split("\n")[0].endswith((".", ":"))
    assert f"Example: crisisroom {name}" in doc or f"&& crisisroom {name}" in doc
    undescribed = [one.name for one in COMMANDS[name].params if not getattr(one, "help", None)]
    assert undescribed in ([], ["help"])


def test_the_program_itself_answers(tmp_path: Path) -> None:
    done = subprocess.run([PROGRAM, "version"], env=environment(), capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == (f"{__version__}\n", "")


def test_help_comes_on_stdout_and_touches_nothing(tmp_path: Path) -> None:
    assert "log" in gives(tmp_path / "none", "--help")
    assert "--checkpoint" in gives(tmp_path / "none", "log", "verify", "-h")
    assert not (tmp_path / "none").exists()


def test_what_is_forgotten_or_unknown_is_a_usage_error(tmp_path: Path) -> None:
    for arguments in (("log", "export"), ("nonsense",), ("user", "add", "--email", "a@b.example")):
        assert refuses(tmp_path, 2, "rror", *arguments) == ""


def test_version_and_openapi_are_data(tmp_path: Path) -> None:
    assert gives(tmp_path, "version") == f"{__version__}\n"
    document = json.loads(gives(tmp_path, "openapi"))
    assert document["openapi"].startswith("3.1")
    assert document["info"]["version"] == __version__
    assert "/incidents/{key}/commands/move-task" in document["paths"]


def test_playbooks_are_checked_line_by_line(tmp_path: Path) -> None:
    shipped = Path(__file__).resolve().parents[2] / "playbooks"
    done = run(tmp_path, "playbook", "lint", shipped)
    assert (done.returncode, done.stdout) == (0, "")
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("slug: wrong\ntitle: [\n", encoding="utf-8")
    done = run(tmp_path, "playbook", "lint", wrong)
    assert done.returncode == 3
    assert done.stdout.startswith(f"{wrong}:")
    assert done.stdout.split(":")[1].isdigit()
