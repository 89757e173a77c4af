"""The systemd unit: understood, hardened, and what it forbids the program does not do."""

from __future__ import annotations

import ctypes
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.files import program, text
from tests.support.server import PROGRAM, environment

UNIT = text("crisisroom.service")
PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, PR_GET_MDWE = 65, 1, 66


def test_systemd_understands_it(tmp_path: Path) -> None:
    analyze = program("systemd-analyze", "systemd")
    unit = tmp_path / "crisisroom.service"
    unit.write_text(UNIT.replace("/opt/crisisroom/bin/crisisroom", str(PROGRAM)))
    done = subprocess.run([analyze, "verify", unit], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_systemd_finds_little_exposed(tmp_path: Path) -> None:
    analyze = program("systemd-analyze", "systemd")
    unit = tmp_path / "crisisroom.service"
    unit.write_text(UNIT)
    command = [analyze, "security", "--offline=true", "--no-pager", unit]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"Overall exposure level for crisisroom.service: ([\d.]+)", done.stdout)
    if found is None:
        pytest.skip("this systemd-analyze cannot look at a file; 250 can")
    assert float(found[1]) <= 1.5


def test_it_gives_the_server_the_time_it_takes_to_stop() -> None:
    from crisisroom.cli.serving import STOP_SECONDS

    stop = re.search(r"^TimeoutStopSec=(\d+)$", UNIT, re.M)
    assert stop is not None
    assert int(stop[1]) >= STOP_SECONDS + 5


def test_the_program_needs_no_memory_that_is_writable_and_executable(tmp_path: Path) -> None:
    """`MemoryDenyWriteExecute`, by the kernel's own switch: database, templates, event loop, passwords."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_GET_MDWE, 0, 0, 0, 0) < 0:
        pytest.skip("this kernel has no such switch; 6.3 has")

    def refuse() -> None:
        assert libc.prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) == 0

    settings = environment({"CRISISROOM_DATA_DIR": str(tmp_path)})
    serving = "import asyncio, uvloop, crisisroom.cli.serving; uvloop.run(asyncio.sleep(0))"
    passwords = "import argon2; argon2.PasswordHasher().hash('x')"
    for command in (
        [PROGRAM, "db", "upgrade"],
        [PROGRAM, "check"],
        [sys.executable, "-c", f"{serving}; {passwords}"],
    ):
        done = subprocess.run(command, env=settings, capture_output=True, text=True, check=False, preexec_fn=refuse)
        assert done.returncode == 0, done.stdout + done.stderr
