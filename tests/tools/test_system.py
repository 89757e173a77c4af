"""Only programs that a registered group of tests starts are asked for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import system

SCRIPT = Path(system.__file__)


def test_a_group_counts_once_its_marker_is_registered(tmp_path: Path) -> None:
    pyproject = tmp_path / "pyproject.toml"
    pyproject.write_text('[tool.pytest.ini_options]\nmarkers = ["browser: drives Chromium", "soak: long"]\n')

    assert [group.marker for group in system.used_groups(pyproject)] == ["browser"]


def test_a_program_that_is_nowhere_is_none() -> None:
    assert system.Group("ghost", ("no-such-program",), "ghost").program() is None


def test_the_first_program_found_is_taken() -> None:
    group = system.Group("shell", ("no-such-program", "sh", "env"), "dash")

    assert Path(str(group.program())).name == "sh"


def test_without_programs_and_rights_the_groups_are_left_out_in_one_line_each() -> None:
    # An empty path: no Chromium, and no apt-get to fetch it.
    run = subprocess.run([sys.executable, SCRIPT], env={"PATH": ""}, capture_output=True, text=True, check=True)

    # Debian keeps PostgreSQL off the path, so it may be found even so.
    assert run.stdout.replace(" and not postgresql", "") == " and not browser and not redis"
    said = [line for line in run.stderr.splitlines() if "postgresql" not in line]
    assert said == [
        "left out: browser tests (chromium is not installed; on Debian: apt-get install chromium)",
        "left out: redis tests (redis-server is not installed; on Debian: apt-get install redis-server)",
    ]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may install")
def test_as_root_what_is_missing_is_installed_first(tmp_path: Path) -> None:
    # Stands for Debian's: notes what it was asked, and "installs" the last package it was given.
    apt = tmp_path / "apt-get"
    apt.write_text(f"""#!/bin/sh
echo "$@" >> {tmp_path}/asked
for last; do :; done
case "$*" in *install*) : > {tmp_path}/$last; /bin/chmod +x {tmp_path}/$last;; esac
""")
    apt.chmod(0o755)

    run = subprocess.run(
        [sys.executable, SCRIPT], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=True
    )

    missing = run.stderr.splitlines()[0].removeprefix("Installing ").split()
    assert [name for name in missing if name != "postgresql"] == ["chromium", "redis-server"]
    # Only the last of them was "installed".
    assert run.stdout.replace(" and not postgresql", "") == " and not browser"
    update, install = (tmp_path / "asked").read_text().splitlines()
    assert update.endswith(" update")
    assert install.endswith(" install -y --no-install-recommends " + " ".join(missing))
