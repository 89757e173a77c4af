"""The load client against the floor: it counts what is sent, and gives up where it should."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from bench.machine import free_port, load, serving
from bench.scratch import Missing, Scratch

FRAME = '{"type":"change","html":"' + "x" * 600 + '"}'
SOCKETS, CHANGES = 5, 20


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scratch:
    if not shutil.which("cc"):
        pytest.skip("cc is not installed; on Debian: apt-get install gcc libc6-dev")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return Scratch()


def test_every_socket_gets_every_change(scratch: Scratch) -> None:
    frames, port = scratch.folder / "frames", free_port()
    frames.write_text(FRAME + "\n")
    command = [str(scratch.floor), str(port), str(frames)]
    with serving(command, port, scratch.log, os.environ) as pid:
        options = (f"rounds={CHANGES}", "firstmsg", f"pids={pid}")
        found = load(scratch.client, str(port), "/", str(SOCKETS), "fan", *options)
    assert found["rounds"] == CHANGES - CHANGES // 10
    assert found["deliveries"] == found["rounds"] * SOCKETS
    assert found["bytes"] == len(FRAME) + 4
    assert len(found["lat_ms"]) == found["rounds"]
    assert found["cpu_us"] > 0


def test_a_server_that_is_not_there_is_said(scratch: Scratch) -> None:
    with pytest.raises(Missing, match="connect"):
        load(scratch.client, str(free_port()), "/", "1", "storm")


def test_a_server_that_does_not_start_is_said_in_its_own_words(scratch: Scratch) -> None:
    command = ["sh", "-c", "echo no such module >&2; exit 1"]
    with pytest.raises(Missing, match="no such module"), serving(command, free_port(), scratch.log, os.environ):
        pass
