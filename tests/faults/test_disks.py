"""Disks that are full, and disks that cannot confirm what was written."""

from __future__ import annotations

import asyncio
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from crisisroom.hammer.run import Run
from tests.faults.hammering import hammer
from tests.support.server import Server, until

HEALS_SECONDS = 30.0
ROOM = 2_000_000
CYCLES = 2

strace = pytest.mark.skipif(
    not shutil.which("strace"), reason="strace is not installed; on Debian: apt-get install strace"
)


@pytest.fixture
def small_disk(seeded: Path, tmp_path: Path) -> Iterator[Path]:
    """The data folder on a disk with little room."""
    disk = tmp_path / "small" / "data"
    disk.mkdir(parents=True)
    size = sum(file.stat().st_size for file in seeded.rglob("*") if file.is_file()) + 3 * ROOM
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", disk], capture_output=True)
    if mounted.returncode:
        pytest.skip("needs to mount a tmpfs, which only root may")
    try:
        yield Path(shutil.copytree(seeded, disk, dirs_exist_ok=True))
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


@pytest.mark.timeout(240)
async def test_a_full_disk_takes_nothing_shows_everything_and_heals(small_disk: Path, tmp_path: Path) -> None:
    healed: list[float] = []
    with Server(small_disk) as server:

        async def fill_and_free(run: Run) -> None:
            for _ in range(CYCLES):
                await run.clock.sleep(1.0)
                filler = await asyncio.to_thread(fill, small_disk)
                await asyncio.to_thread(until, lambda: refused(server) == {"saved": False}, 20, "changes are refused")
                assert (await asyncio.to_thread(server.api("j.alexis").get, f"/incidents/{server.incident}")).is_success
                filler.unlink()
                healed.append(
                    await asyncio.to_thread(until, lambda: refused(server) is None, HEALS_SECONDS, "it heals")
                )

        outcome = await hammer(server, tmp_path, fill_and_free, clients=8, rate=40)
        assert server.process is not None
        assert server.process.poll() is None
        outcome.kept()
        assert outcome.figures["not_applied"].get("503 saved: False", 0) > 0
        assert "503 saved: unknown" not in outcome.figures["not_applied"]


def fill(folder: Path) -> Path:
    """Leave no room at all."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(4096)):
            pass
    return filler


def refused(server: Server) -> dict[str, Any] | None:
    """How a change is refused; None if it is taken."""
    answer = server.api("j.alexis").send(server.incident, "write-entry", {"text": "x" * 9000})
    if answer.status_code == 200:
        return None
    assert answer.status_code in (503, 507), answer.text
    return {"saved": answer.json()["saved"]}


@strace
@pytest.mark.timeout(120)
def test_after_a_failed_sync_nothing_more_is_written(own_server: Server) -> None:
    """The second sync would report success for pages that the first has lost: it must not be tried."""
    api = own_server.api("j.alexis")
    api.do(own_server.incident, "write-entry", text="Before.")
    entries = len(api.entries(own_server.incident))
    assert own_server.process is not None
    trace = own_server.folder.parent / "trace"
    faulty = subprocess.Popen(
        ["strace", "-f", "-o", trace, "-e", "trace=fsync,fdatasync,pwrite64", "-e",
         "inject=fsync,fdatasync:error=EIO:when=1", "-p", str(own_server.process.pid)],
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert faulty.stderr is not None
        if "attached" not in (line := faulty.stderr.readline()):
            pytest.skip(f"strace may not attach: {line.strip()}")
        answer = api.send(own_server.incident, "write-entry", {"text": "Lost."})
        assert (answer.status_code, answer.json()["saved"]) == (503, "unknown")
        after = trace.read_text()
        for _ in range(3):
            answer = api.send(own_server.incident, "write-entry", {"text": "And again."})
            assert (answer.status_code, answer.json()["saved"]) == (503, False)
        until(lambda: synced_after_a_failure(trace.read_text()) == 0, 5, "no further sync")
        assert trace.read_text().count("pwrite64") == after.count("pwrite64")
    finally:
        faulty.send_signal(signal.SIGINT)
        faulty.wait(10)
        faulty.stderr.close()
    assert api.get("/incidents").status_code == 200
    own_server.kill()
    own_server.start()
    again = own_server.api("j.alexis")
    assert len(again.entries(own_server.incident)) in (entries, entries + 1)
    again.do(own_server.incident, "write-entry", text="After a look at the machine.")


def synced_after_a_failure(trace: str) -> int:
    """How often it was tried again."""
    lines = [line for line in trace.splitlines() if "sync(" in line]
    failed = [place for place, line in enumerate(lines) if "EIO" in line]
    assert failed, trace
    return len(lines) - failed[0] - 1
