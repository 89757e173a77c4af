"""The folder outside the repository where peers are installed, C programs compiled and data kept for a while."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

HERE = Path(__file__).resolve().parent
SERVERS = HERE / "servers"


class Missing(RuntimeError):
    """Something cannot be had on this machine; the report says so in its words."""


class Scratch:
    """`$XDG_CACHE_HOME/crisisroom-bench`. What is installed there stays for the next run."""

    def __init__(self) -> None:
        cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        self.folder = Path(cache) / "crisisroom-bench"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.python = self.folder / "venv" / "bin" / "python"
        self.node_modules = self.folder / "node" / "node_modules"
        self.log = self.folder / "servers.log"

    @contextmanager
    def data(self) -> Iterator[Path]:
        """A folder for one server's data, on this disk (a folder for temporary files may be in memory)."""
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            yield Path(folder)

    @cached_property
    def client(self) -> Path:
        """The load client."""
        return self._compile(HERE / "client" / "wsload.c")

    @cached_property
    def floor(self) -> Path:
        """The server that does nothing but `send`."""
        return self._compile(SERVERS / "floor.c")

    def _compile(self, source: Path) -> Path:
        compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
        if not compiler:
            raise Missing("no C compiler (on Debian: apt-get install gcc libc6-dev)")
        program = self.folder / source.stem
        if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
            _run([compiler, "-O2", "-Wall", "-o", str(program), str(source)])
        return program

    def pip(self, packages: Sequence[str]) -> None:
        """Install into the peers' own virtual environment. Raises Missing."""
        if self._has("pip", packages):
            return
        if not self.python.exists():
            _run([sys.executable, "-m", "venv", str(self.python.parents[1])])
        _run([str(self.python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages])
        self._remember("pip", packages)

    def npm(self, packages: Sequence[str]) -> None:
        """Install for Node. Raises Missing."""
        if self._has("npm", packages):
            return
        if not shutil.which("node") or not shutil.which("npm"):
            raise Missing("no Node (on Debian: apt-get install nodejs npm)")
        self.node_modules.parent.mkdir(exist_ok=True)
        home = str(self.node_modules.parent)
        _run(["npm", "install", "--prefix", home, "--no-audit", "--no-fund", "--silent", *packages])
        self._remember("npm", packages)

    def _has(self, kind: str, packages: Sequence[str]) -> bool:
        return set(packages) <= set(self._installed(kind))

    def _installed(self, kind: str) -> list[str]:
        kept = self.folder / f"{kind}.installed"
        return kept.read_text().split() if kept.exists() else []

    def _remember(self, kind: str, packages: Sequence[str]) -> None:
        everything = sorted({*self._installed(kind), *packages})
        (self.folder / f"{kind}.installed").write_text("\n".join(everything))


def _run(command: list[str]) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=600)
    except subprocess.CalledProcessError as error:
        lines = (error.stderr or error.stdout).strip().splitlines() or ["failed"]
        raise Missing(f"{Path(command[0]).name}: {lines[-1][:160]}") from None
    except subprocess.TimeoutExpired:
        raise Missing(f"{Path(command[0]).name}: took more than ten minutes") from None
