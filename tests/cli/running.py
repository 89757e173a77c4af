"""The program in a process of its own, over a data folder."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.support.server import environment

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Done:
    """What a command did: its exit code, what it gave and what it complained of."""

    returncode: int
    stdout: str
    stderr: str


def run(folder: Path, *arguments: str | Path, **more: str) -> Done:
    """Carry out a command. Nobody answers its questions."""
    ready = _ready()
    assert ready.stdin is not None
    assert ready.stdout is not None
    with tempfile.TemporaryDirectory() as place:
        out, err = Path(place, "out"), Path(place, "err")
        ready.stdin.write(
            json.dumps({
                "arguments": list(map(str, arguments)), "out": str(out), "err": str(err),
                "environment": environment({"CRISISROOM_DATA_DIR": str(folder)} | more),
            }) + "\n"
        )  # fmt: skip
        ready.stdin.flush()
        code = int(ready.stdout.readline())
        return Done(code, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8"))


@cache
def _ready() -> subprocess.Popen[str]:
    """Ends by itself when this process does: its input ends then."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.cli.ready"], cwd=ROOT, env=environment(), stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def gives(folder: Path, *arguments: str | Path) -> str:
    """The data of a command that must succeed."""
    done = run(folder, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def refuses(folder: Path, code: int, words: str, *arguments: str | Path, **more: str) -> str:
    """What a command gives that must exit with a code and say why on stderr, in a sentence and not a traceback."""
    done = run(folder, *arguments, **more)
    assert done.returncode == code, (done.stdout, done.stderr)
    assert words in " ".join(done.stderr.split()), done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout
