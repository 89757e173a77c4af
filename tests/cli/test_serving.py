"""`serve` and `demo`: what they print, what they keep, and what they refuse."""

from __future__ import annotations

import asyncio
import socket
import sys
from pathlib import Path
from types import SimpleNamespace

import httpx2
import pytest

from crisisroom.cli.serving import Unfailing
from tests.cli.running import refuses
from tests.support.server import Server

CORE = {"CDEMA", "IMPACS", "CARPHA", "RSS"}


def test_the_demo_says_who_can_sign_in_and_started_again_says_the_same(own_server: Server) -> None:
    facts = own_server.facts
    assert facts.keys() == {"url", "incidents", "people"}
    assert all(one.keys() == {"key", "title"} for one in facts["incidents"])
    fields = {"email", "name", "agency", "role", "password", "token"}
    assert all(person.keys() == fields and all(person.values()) for person in facts["people"])
    seats = {(person["agency"], person["role"]) for person in facts["people"]}
    assert seats >= {(agency, role) for agency in CORE for role in ("coordinator", "officer")}
    assert "leader" in {role for _, role in seats}

    own_server.api("j.alexis").do(own_server.incident, "add-task", title="Kept over a restart")
    refuses(own_server.folder, 1, "Another server uses", "serve", "--port", "0")
    own_server.stop()
    own_server.start()
    assert own_server.facts == facts
    board = own_server.api("j.alexis").board(own_server.incident)
    assert "Kept over a restart" in [task["title"] for task in board["tasks"]]
    assert httpx2.get(f"{own_server.url}/readyz").status_code == 200


def test_what_cannot_be_served_is_said(folder: Path) -> None:
    refuses(folder, 2, "needs Redis", "serve", "--workers", "2")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert refuses(folder, 1, f"Cannot listen on 127.0.0.1:{port}", "serve", "--port", port) == ""
        assert refuses(folder, 1, "Cannot listen", "demo", "--json", "--port", port) == ""


async def test_what_is_logged_in_one_turn_is_written_in_one_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    monkeypatch.setattr(sys, "stderr", SimpleNamespace(write=written.append, flush=lambda: None))
    log = Unfailing()
    for line in ("one\n", "two\n"):
        log.write(line)
    assert written == []
    await asyncio.sleep(0)
    assert written == ["one\ntwo\n"]
    await asyncio.to_thread(log.write, "from a thread\n")
    assert written[1:] == ["from a thread\n"]


def test_a_log_that_cannot_be_written_costs_nobody_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(text: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sys, "stderr", SimpleNamespace(write=full))
    assert Unfailing().write("a line\n") == 7
