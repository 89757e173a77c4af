"""Processes on cores of their own: the server on one, whoever loads it on another."""

from __future__ import annotations

import json
import os
import platform
import resource
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from bench.scratch import Missing

CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE = CORES[0]
CLIENT_CORE = CORES[1 % len(CORES)]
START_SECONDS = 40.0


def prepare_machine() -> None:
    """This process shares the client's core; everybody may open thousands of sockets."""
    os.sched_setaffinity(0, {CLIENT_CORE})
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def describe() -> dict[str, str]:
    """The machine, for the report."""
    model = next(
        (line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
         if line.startswith("model name")),
        platform.machine(),
    )  # fmt: skip
    load = Path("/proc/loadavg").read_text().split()[0]
    return {
        "machine": f"{len(CORES)} cores ({model}), {platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load before": load + (" (busy with other work: compare nothing)" if float(load) > len(CORES) / 2 else ""),
    }


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def serving(
    command: Sequence[str], port: int, log: Path, environment: Mapping[str, str], folder: Path | None = None
) -> Iterator[int]:
    """A server on its core, from when it takes connections until the block ends. Gives its process id."""
    with log.open("a") as out:
        process = subprocess.Popen(
            command, env=dict(environment), cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
            preexec_fn=lambda: os.sched_setaffinity(0, {SERVER_CORE}), start_new_session=True,
        )  # fmt: skip
    try:
        _wait(process, port, log)
        yield process.pid
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.5):
            return
        time.sleep(0.05)
    last = (log.read_text(errors="replace").strip().splitlines() or ["no output"])[-1]
    raise Missing(f"the server did not start: {last[:160]}")


def children(pid: int) -> list[int]:
    """A process and all below it."""
    found = [pid]
    with suppress(FileNotFoundError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += children(int(child))
    return found


def load(client: Path, *arguments: str, seconds: float = 180) -> dict[str, Any]:
    """Run the load client. Raises Missing with what it said when it gave up."""
    try:
        done = subprocess.run([client, *arguments], capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        raise Missing(f"not done within {seconds:.0f} s") from None
    if done.returncode:
        raise Missing((done.stderr.strip().splitlines() or ["failed"])[-1][:160])
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures
