"""A PostgreSQL of its own for a measurement, on the core of the load, reached over loopback."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.machine import CLIENT_CORE, free_port
from bench.scratch import Missing

OWNER = "bench"
_WAIT_SECONDS = 30.0


@contextmanager
def postgresql() -> Iterator[str]:
    """A server with default settings, so every commit is synced; gives its address. Raises Missing."""
    owner = _owner()
    # Not in the user's cache: PostgreSQL runs as somebody else, whom that folder need not let in.
    with tempfile.TemporaryDirectory(dir="/var/tmp", ignore_cleanup_errors=True) as folder:
        if "user" in owner:
            os.chown(folder, owner["user"], owner["group"])
        data, port = str(Path(folder) / "data"), free_port()
        _run([_program("initdb"), "-D", data, "-U", OWNER, "-A", "trust", "-E", "UTF8", "--locale=C"], owner)
        process = subprocess.Popen(
            [_program("postgres"), "-D", data, "-h", "127.0.0.1", "-p", str(port), "-k", folder],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=lambda: os.sched_setaffinity(0, {CLIENT_CORE}),
            **owner,
        )
        try:
            _wait(process, port)
            yield f"postgresql://{OWNER}@127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(_WAIT_SECONDS)


def new_database(server: str, name: str) -> str:
    """Make an empty database and give its address."""
    _run([_program("psql"), "-q", "-d", f"{server}/postgres", "-c", f"CREATE DATABASE {name}"], {})
    return f"{server}/{name}"


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + _WAIT_SECONDS
    command = [_program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port), "-U", OWNER]
    while time.monotonic() < deadline and process.poll() is None:
        if subprocess.run(command, check=False).returncode == 0:
            return
        time.sleep(0.1)
    raise Missing("PostgreSQL did not start")


def _program(name: str) -> str:
    """Debian keeps the server's programs off the path."""
    found = shutil.which(name) or next(map(str, sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))), None)
    if found is None:
        raise Missing("no PostgreSQL (on Debian: apt-get install postgresql)")
    return found


def _owner() -> dict[str, Any]:
    """PostgreSQL refuses to run as root: then somebody else it is."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
    raise Missing("PostgreSQL does not run as root, and there is no other user")


def _run(command: list[str], owner: dict[str, Any]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", **owner)
    if done.returncode:
        raise Missing(f"{Path(command[0]).name}: {(done.stderr.strip().splitlines() or ['failed'])[-1][:160]}")
