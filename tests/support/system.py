"""What the tests need from the machine, beside Python.

Run as a program before the tests: installs what is missing where it may (Debian, as root), says in one line each which
groups of tests are left out, and prints the end of pytest's `-m` expression, such as ` and not browser`.
Standard library only.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
_APT = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=120", "-o", "Acquire::Retries=3"]


@dataclass(frozen=True)
class Group:
    """Tests of one marker, the program they start and the Debian package that has it."""

    marker: str
    programs: tuple[str, ...]
    package: str

    def program(self) -> str | None:
        """Where the program is."""
        return next((found for name in self.programs for found in _places(name)), None)


GROUPS = (
    Group("browser", ("chromium", "chromium-browser", "google-chrome"), "chromium"),
    Group("postgresql", ("postgres",), "postgresql"),
    Group("redis", ("redis-server",), "redis-server"),
)


def chromium() -> str:
    """Chromium's path, for the tests marked `browser`, which do not run without it."""
    return program("browser")


def program(marker: str, name: str = "") -> str:
    """The path of a group's program, or of another one from the same package."""
    group = next(group for group in GROUPS if group.marker == marker)
    found = _places(name)[-1:] if name else [path for path in [group.program()] if path]
    if not found:
        raise FileNotFoundError(f"{name or group.programs[0]} is missing: install {group.package}")
    return found[0]


def main() -> None:
    """Install what is missing, then print what has to be left out."""
    missing = [group for group in used_groups(_ROOT / "pyproject.toml") if not group.program()]
    if missing and _may_install():
        _install([group.package for group in missing])
    for group in missing:
        if not group.program():
            hint = f"{group.programs[0]} is not installed; on Debian: apt-get install {group.package}"
            print(f"left out: {group.marker} tests ({hint})", file=sys.stderr)  # noqa: T201
            print(f" and not {group.marker}", end="")  # noqa: T201


def used_groups(pyproject: Path) -> list[Group]:
    """The groups whose marker is registered: nothing is installed for tests that do not exist."""
    markers = tomllib.loads(pyproject.read_text())["tool"]["pytest"]["ini_options"]["markers"]
    names = {marker.partition(":")[0] for marker in markers}
    return [group for group in GROUPS if group.marker in names]


def _places(name: str) -> list[str]:
    """Debian keeps PostgreSQL's own programs off the path."""
    found = shutil.which(name)
    return [found] if found else [str(path) for path in sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))]


def _may_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _install(packages: list[str]) -> None:
    print(f"Installing {' '.join(packages)}", file=sys.stderr)  # noqa: T201
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        subprocess.run([*_APT, *command], env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False)


if __name__ == "__main__":
    main()
