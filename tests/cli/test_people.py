"""People and tokens from the command line: secrets alone on stdout, everything else beside it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.running import gives, refuses, run

RAMOS = ("--email", "l.ramos@cdema.example", "--name", "Lena Ramos", "--agency", "CDEMA", "--role", "officer")


def listed(folder: Path) -> dict[str, dict[str, object]]:
    rows = map(json.loads, gives(folder, "user", "list", "--json").splitlines())
    return {str(row["email"]): row for row in rows}


def test_somebody_is_added_gets_a_token_and_is_disabled(folder: Path) -> None:
    done = run(folder, "user", "add", *RAMOS)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.strip()) >= 12
    assert " " not in done.stdout.strip()
    assert "Lena Ramos (CDEMA) can sign in" in done.stderr
    row = {"email": RAMOS[1], "name": "Lena Ramos", "agency": "CDEMA", "role": "officer", "disabled": False}
    assert listed(folder)[RAMOS[1]] == row
    refuses(folder, 1, "l.ramos@cdema.example", "user", "add", *RAMOS)

    done = run(folder, "token", "create", "--user", RAMOS[1])
    assert done.returncode == 0
    assert len(done.stdout.split()) == 1
    assert "not shown again" in done.stderr

    done = run(folder, "user", "disable", "--email", RAMOS[1])
    assert (done.returncode, done.stdout) == (0, "")
    assert listed(folder)[RAMOS[1]]["disabled"] is True
    assert "l.ramos@cdema.example  Lena Ramos  CDEMA  officer  disabled" in gives(folder, "user", "list")


def test_what_cannot_be_is_refused_in_a_sentence(folder: Path) -> None:
    refuses(folder, 1, "nobody@cdema.example", "token", "create", "--user", "nobody@cdema.example")
    refuses(folder, 1, "nobody@cdema.example", "user", "disable", "--email", "nobody@cdema.example")
    refuses(folder, 1, "NASA", "user", "add", *RAMOS[:4], "--agency", "NASA", "--role", "officer")
    refuses(folder, 1, "at least", "user", "add", *RAMOS, "--password", "short")
