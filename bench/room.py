"""Our own server as it ships: a seeded database, `crisisroom serve`, commands over HTTP, sockets of the board page."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from websockets.sync.client import connect

from bench.machine import free_port, serving
from bench.scratch import Scratch

MARK = "benchmark entry"
FRAMES = 64
PROGRAM = Path(sys.executable).with_name("crisisroom")

_WHO = ("Sortie", "Team", "Vessel", "Convoy", "Clinic", "Shelter", "Depot", "Airport", "Harbour", "Bridge")
_WHAT = ("reports all well at", "is delayed by rain near", "has been cleared at", "asks for fuel at", "moves on to")
_WHERE = ("Soufrière", "Castries", "Gros Islet", "Vieux Fort", "Dennery", "Micoud", "Choiseul")


@dataclass
class Room:
    """A running server. `requests` are commands as wsload sends them, each ended by a form feed."""

    url: str
    port: int
    pid: int
    incident: str
    token: str
    people: list[dict[str, str]]
    folder: Path

    @property
    def path(self) -> str:
        """The board page's socket."""
        return f"/i/{self.incident}/live"

    @property
    def client(self) -> tuple[str, ...]:
        """How wsload opens a page's socket and makes a change."""
        return ("firstmsg", f"header=Authorization: Bearer {self.people[1]['token']}", f"post={self._requests()}")

    def texts(self) -> list[str]:
        """The entries that are written, each with a number that becomes its own when it is sent."""
        return [
            f"{MARK} 00000000: {_WHO[n % 10]} {n * 37 % 90} {_WHAT[n % 5]} {_WHERE[n % 7]}, {n * 131 % 2400:04} UTC."
            for n in range(FRAMES)
        ]

    def _requests(self) -> Path:
        file = self.folder / "requests"
        with file.open("w", encoding="utf-8") as out:
            for text in self.texts():
                body = json.dumps({"text": text}, ensure_ascii=False)
                head = (
                    f"POST /api/v1/incidents/{self.incident}/commands/write-entry HTTP/1.1",
                    "Host: localhost",
                    f"Authorization: Bearer {self.token}",
                    f"Idempotency-Key: 00000000{str(uuid4())[8:]}",
                    "Content-Type: application/json",
                    f"Content-Length: {len(body.encode())}",
                )
                out.write("\r\n".join(head) + "\r\n\r\n" + body + "\f")
        return file

    def session(self) -> Session:
        """A program's connection to the API."""
        return Session(self)


class Session:
    """Requests over one kept connection: the least a client can cost."""

    def __init__(self, room: Room) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", room.port, timeout=60)
        self._token = room.token

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[Any, bytes]:
        """Send and read to the end. Raises RuntimeError unless it went well."""
        sent = {"Authorization": f"Bearer {self._token}"} | headers
        if body is not None:
            sent |= {"Content-Type": "application/json", "Idempotency-Key": str(uuid4())}
        self._connection.request(method, path, None if body is None else json.dumps(body), sent)
        answer = self._connection.getresponse()
        data = answer.read()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status} {data[:200]!r}")
        return answer, data

    def command(self, incident: str, name: str, **fields: Any) -> dict[str, Any]:
        """Carry out a command."""
        return dict(json.loads(self.ask("POST", f"/api/v1/incidents/{incident}/commands/{name}", fields)[1]))


def environment(**settings: str) -> dict[str, str]:
    """This process's environment without settings of the product but for these."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CRISISROOM_")}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return kept | settings


class Rooms:
    """Servers, each on a fresh copy of one seeded folder."""

    def __init__(self, scratch: Scratch, folder: Path) -> None:
        self._scratch = scratch
        self._seeded = folder / "seeded"
        self._copies = 0
        self.facts = self._seed()

    def _seed(self) -> dict[str, Any]:
        command = [PROGRAM, "demo", "--json", "--port", "0", "--data-dir", self._seeded]
        with self._scratch.log.open("a") as log:
            process = subprocess.Popen(
                command, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True
            )
        assert process.stdout is not None
        try:
            return dict(json.loads(process.stdout.readline()))
        finally:
            process.terminate()
            process.wait(30)

    @contextmanager
    def open(self) -> Iterator[Room]:
        """A running server on a copy of its own, with the incident read once."""
        self._copies += 1
        folder = Path(shutil.copytree(self._seeded, self._seeded.parent / f"data-{self._copies}"))
        port = free_port()
        settings = environment(CRISISROOM_DATA_DIR=str(folder))
        with serving([str(PROGRAM), "serve", "--port", str(port)], port, self._scratch.log, settings) as pid:
            people = self.facts["people"]
            incident = self.facts["incidents"][0]["key"]
            url = f"http://127.0.0.1:{port}"
            room = Room(url, port, pid, incident, people[0]["token"], people, folder)
            room.session().ask("GET", f"/i/{incident}")
            yield room
        shutil.rmtree(folder, ignore_errors=True)


def capture_frames(rooms: Rooms, file: Path) -> dict[str, float]:
    """Write what our page sockets get for each of the entries, one a line: every contender sends these very frames."""
    with rooms.open() as room:
        headers = {"Authorization": f"Bearer {room.people[1]['token']}"}
        address = room.url.replace("http", "ws", 1) + room.path
        with connect(address, additional_headers=headers, compression=None) as socket:
            session = room.session()
            frames = [
                _one(socket.recv, lambda text=text: session.command(room.incident, "write-entry", text=text))
                for text in room.texts()
            ]
    file.write_text("\n".join(frames) + "\n", encoding="utf-8")
    sizes = [len(one.encode()) for one in frames]
    fragments = [len(json.loads(one).get("html", "").encode()) for one in frames]
    return {"frame": sum(sizes) / len(sizes), "fragment": sum(fragments) / len(fragments)}


def _one(receive: Callable[[], Any], change: Callable[[], Any]) -> str:
    change()
    while True:
        text = str(receive())
        if MARK in text:
            return text
