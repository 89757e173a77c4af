"""A PostgreSQL server of the tests' own, on a free port and in a folder that goes away with it."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, Self, TypeVar
from uuid import uuid4

import asyncpg

from tests.support.system import program

T = TypeVar("T")

ROLE, PASSWORD = "crisisroom", "only for tests"
# A server that forgets everything with its folder need not wait for the disk.
QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}


class Cluster:
    """A server. As root it runs as the user postgres, whom the server insists on."""

    def __init__(self, settings: dict[str, str]) -> None:
        # Not below pytest's own folders: these are closed to other users, and are closed again by every other run.
        self._folder = Path(tempfile.mkdtemp(prefix="crisisroom-postgresql-"))
        self._user = "postgres" if os.geteuid() == 0 else None
        self.port = free_port()
        self._settings = {"max_connections": "60", "shared_buffers": "32MB"} | settings
        if self._user:
            shutil.chown(self._folder, self._user)
        self.data = self._folder / "data"
        self._run("initdb", "-D", self.data, "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8")
        self.start()
        self.sql(f"CREATE ROLE {ROLE} LOGIN PASSWORD '{PASSWORD}'")

    def start(self) -> None:
        """Start, and wait until it takes connections."""
        settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": str(self._folder)} | self._settings
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        log = self._folder / "log"
        self._run("pg_ctl", "-D", self.data, "-l", log, "-o", f"-p {self.port} {options}", "-w", "start")

    def stop(self, mode: str = "immediate") -> None:
        """Stop; `immediate` is like a crash that takes no time."""
        self._run("pg_ctl", "-D", self.data, "-m", mode, "-w", "stop")

    def remove(self) -> None:
        """Stop for good, and leave nothing behind."""
        with suppress(AssertionError):
            self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def kill(self) -> None:
        """End the postmaster as the kernel would when memory is short."""
        pid = self.pid
        os.kill(pid, 9)
        while Path(f"/proc/{pid}").exists() and _state_of(pid) != "Z":
            os.sched_yield()

    @property
    def pid(self) -> int:
        """The postmaster's."""
        return int((self.data / "postmaster.pid").read_text().splitlines()[0])

    def url(self, database: str, user: str = ROLE) -> str:
        """An address as operators write it."""
        return f"postgresql://{user}:{PASSWORD.replace(' ', '%20')}@127.0.0.1:{self.port}/{database}"

    def make_database(self, template: str = "template0") -> str:
        """A new database that belongs to the program's role."""
        name = f"room_{uuid4().hex}"
        self.sql(f"CREATE DATABASE {name} OWNER {ROLE} TEMPLATE {template}")
        return name

    def sql(self, statements: str, database: str = "postgres") -> None:
        """Carry out statements as the superuser."""
        with self.open(database, "postgres") as connection:
            connection.run("execute", statements)

    def open(self, database: str, user: str = ROLE) -> Connection:
        """A connection for tests' own statements. To be closed."""
        return Connection(self.url(database, user))

    def _run(self, name: str, *arguments: object) -> None:
        command = [program("postgresql", name), *map(str, arguments)]
        done = subprocess.run(
            command, user=self._user, cwd="/", env={"PATH": os.environ["PATH"], "LC_ALL": "C"}, check=False, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert done.returncode == 0, f"{command}: {done.stdout}"


class Connection:
    """A connection on an event loop and thread of its own, so that any test can use it."""

    def __init__(self, url: str) -> None:
        self._thread = ThreadPoolExecutor(1)
        self._loop = asyncio.new_event_loop()
        self._connection: Any = self._wait(asyncpg.connect(url))

    def run(self, method: str, *arguments: Any) -> Any:
        """What a method of asyncpg's connection returns."""
        return self._wait(getattr(self._connection, method)(*arguments))

    def close(self) -> None:
        """End it."""
        self._wait(self._connection.close())
        self._thread.submit(self._loop.close).result()
        self._thread.shutdown()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _wait(self, work: Any) -> Any:
        return self._thread.submit(self._loop.run_until_complete, work).result()


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def _state_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def in_a_thread(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine to its end, whether or not this thread has an event loop of its own."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(work())).result()
