"""`kill -9` of the server under writing clients: each acknowledged change is in the log once, the board its replay."""

from __future__ import annotations

import json
import random
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from tests.support.server import Server, cli

INCIDENT = "elena-26"
WRITERS = 16


@dataclass
class History:
    """What the clients asked for and were told."""

    invoked: dict[str, str] = field(default_factory=dict)
    acknowledged: dict[str, dict[str, Any]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    stop: threading.Event = field(default_factory=threading.Event)


def write_on(server: Server, who: str, history: History) -> None:
    """One client: writes an entry with a key, and sends it again with the same key until it gets an answer."""
    headers = {"Authorization": f"Bearer {server.person(who).token}"}
    with httpx2.Client(base_url=server.url, timeout=5) as client:
        while not history.stop.is_set():
            key, text = str(uuid4()), f"{who} {uuid4()}"
            with history.lock:
                history.invoked[key] = text
            until_answered(client, headers | {"Idempotency-Key": key}, key, text, history)


def until_answered(client: httpx2.Client, headers: dict[str, str], key: str, text: str, history: History) -> None:
    address = f"/api/v1/incidents/{INCIDENT}/commands/write-entry"
    while True:
        try:
            answer = client.post(address, json={"text": text}, headers=headers)
        except httpx2.HTTPError:
            if history.stop.is_set():
                return
            time.sleep(0.02)
            continue
        if answer.status_code == 503:
            continue
        with history.lock:
            if answer.status_code == 200:
                history.acknowledged[key] = answer.json()
            else:
                history.refused.append(answer.text)
        return


def kill_again_and_again(server: Server, kills: int) -> History:
    history, chance = History(), random.Random(7)
    people = [p["email"].split("@")[0] for p in server.facts["people"] if p["role"] != "leader"]
    members = [name for name in people if server.api(name).get(f"/incidents/{INCIDENT}").status_code == 200]
    writers = [
        threading.Thread(target=write_on, args=(server, members[number % len(members)], history))
        for number in range(WRITERS)
    ]
    for writer in writers:
        writer.start()
    for _ in range(kills):
        time.sleep(chance.uniform(0.2, 1.0))  # the moment of a power cut is chance; nothing waits for this
        server.kill()
        server.start()
    time.sleep(0.3)
    history.stop.set()
    for writer in writers:
        writer.join(60)
    return history


def check(server: Server, history: History) -> None:
    entries = whole_log(server)
    assert history.refused == []
    assert len(history.acknowledged) > WRITERS
    seqs = [entry["seq"] for entry in entries]
    assert seqs == list(range(1, len(seqs) + 1))
    by_place = {(entry["room"], entry["seq"]): entry for entry in entries}
    texts = [entry["data"]["text"] for entry in entries if entry["event"] == "entry.written"]
    for key, receipt in history.acknowledged.items():
        assert by_place[receipt["room"], receipt["seq"]]["data"]["text"] == history.invoked[key]
    counted = {text: texts.count(text) for text in history.invoked.values()}
    assert set(counted.values()) <= {0, 1}
    assert all(counted[history.invoked[key]] == 1 for key in history.acknowledged)
    live = server.api("j.alexis").board(INCIDENT)
    replayed = server.api("j.alexis").board(INCIDENT, at=live["cursor"])
    assert replayed == live
    verified = cli(server, "log", "verify", "--json")
    assert verified.returncode == 0, verified.stdout
    assert json.loads(verified.stdout)["whole"] is True


def whole_log(server: Server) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = server.api("j.alexis").get(f"/incidents/{INCIDENT}/log", limit=500, after=cursor).json()
        if not page["entries"]:
            return entries
        entries += page["entries"]
        cursor = page["cursor"]


@pytest.mark.timeout(240)
def test_nothing_acknowledged_is_lost_in_five_kills(own_server: Server) -> None:
    check(own_server, kill_again_and_again(own_server, 5))


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_nothing_acknowledged_is_lost_in_fifty_kills(own_server: Server) -> None:
    history = kill_again_and_again(own_server, 50)
    check(own_server, history)
    print(f"50 kills, {len(history.acknowledged)} acknowledged, {len(history.invoked)} invoked")  # noqa: T201
