"""The real server in a process of its own, on a free port, with the demo's data and a few more people.

Seeding is slow (every password is hashed as in production), so it is done once for all tests that run at the same time;
each server works on a copy of that folder.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import httpx2
import pytest

from crisisroom.access.grants import OPERATOR
from crisisroom.cli.office import office
from crisisroom.commanding.command import read_command
from crisisroom.people.directory import DIRECTORY
from crisisroom.people.signing_in import create_token
from crisisroom.settings import Settings

PROGRAM = Path(sys.executable).with_name("crisisroom")
START_SECONDS = 40.0
STOP_SECONDS = 20.0

MORE_PEOPLE = (
    ("i.campos@paho.example", "Ines Campos", "PAHO", "coordinator"),
    ("p.thomas@impacs.example", "Peter Thomas", "IMPACS", "administrator"),
)
"""Somebody whose agency is in none of the demo's incidents, and somebody who runs the installation. Tokens only."""


@dataclass(frozen=True)
class Person:
    """Somebody who can sign in, or whose program can."""

    email: str
    name: str
    agency: str
    role: str
    password: str
    token: str


@dataclass
class Server:
    """One server on one data folder. Can be started, stopped, killed and started again at the same address."""

    folder: Path
    more: Mapping[str, str] = field(default_factory=dict)
    port: int = 0
    url: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    process: subprocess.Popen[str] | None = None
    _clients: list[httpx2.Client] = field(default_factory=list)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for client in self._clients:
            client.close()
        self._clients.clear()
        self.stop()

    # The process

    def start(self) -> None:
        """Start, and return when it answers."""
        command = [PROGRAM, "demo", "--json", "--port", str(self.port), "--data-dir", self.folder]
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                command, env=environment(self.more), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
                text=True,
            )  # fmt: skip
        self.facts = json.loads(first_line(self.process, self.log))
        self.url = self.facts["url"]
        self.port = int(self.url.rsplit(":", 1)[1])
        self.wait_until_it_answers()

    def wait_until_it_answers(self) -> None:
        """Until `/healthz` says that it is up."""

        def answers() -> bool:
            with suppress(httpx2.TransportError):
                return httpx2.get(f"{self.url}/healthz").status_code == 200
            return False

        until(answers, START_SECONDS, "the server answers")

    def kill(self) -> None:
        """`kill -9`: no chance to finish anything."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to stop, and wait."""
        self._end(signal.SIGTERM)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal and do not wait."""
        assert self.process is not None
        self.process.send_signal(number)

    def _end(self, number: signal.Signals) -> None:
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            self.process.wait(STOP_SECONDS)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            if self.process.stdout:
                self.process.stdout.close()
            self.process = None

    # Who and what there is

    @property
    def log(self) -> Path:
        """Where its stderr goes: beside the folder, which a full disk must not reach."""
        return self.folder.parent / f"{self.folder.name}.stderr"

    @property
    def database(self) -> Path:
        """The embedded database's file."""
        return self.folder / "crisisroom.db"

    @property
    def incident(self) -> str:
        """The key of the first incident."""
        return str(self.facts["incidents"][0]["key"])

    def person(self, who: str) -> Person:
        """Somebody by the first part of their address, such as `j.alexis`."""
        everybody = [*self.facts["people"], *json.loads((self.folder / "more-people.json").read_text())]
        return next(Person(**one) for one in everybody if one["email"].startswith(f"{who}@"))

    # Clients

    def api(self, who: str | None) -> Api:
        """A program with somebody's token (nobody's with None)."""
        headers = {"Authorization": f"Bearer {self.person(who).token}"} if who else {}
        client = httpx2.Client(base_url=self.url, headers=headers, timeout=30)
        self._clients.append(client)
        return Api(client)

    def browser(self, who: str | None = None) -> httpx2.Client:
        """A browser without scripts: keeps cookies, sends an Origin with every form. Signed in as somebody."""
        client = httpx2.Client(base_url=self.url, headers={"Accept": "text/html"}, timeout=30)
        self._clients.append(client)
        if who:
            person = self.person(who)
            fields = {"email": person.email, "password": person.password}
            answer = client.post("/signin", data=fields, headers={"Origin": self.url})
            assert answer.status_code == 303, answer.text
        return client

    def live(self, path: str) -> str:
        """The address of a socket."""
        return f"ws{self.url.removeprefix('http')}{path}"


@dataclass
class Api:
    """The JSON API as one person's program sees it."""

    client: httpx2.Client

    def get(self, path: str, **query: Any) -> httpx2.Response:
        """GET below `/api/v1`."""
        return self.client.get(f"/api/v1{path}", params=query)

    def board(self, key: str, **query: Any) -> dict[str, Any]:
        """An incident's board."""
        answer = self.get(f"/incidents/{key}", **query)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def entries(self, key: str, after: str = "", limit: int = 500) -> list[dict[str, Any]]:
        """Every entry after a cursor, page by page."""
        found: list[dict[str, Any]] = []
        while True:
            answer = self.get(f"/incidents/{key}/log", limit=limit, **({"after": after} if after else {}))
            assert answer.status_code == 200, answer.text
            if not answer.json()["entries"]:
                return found
            found += answer.json()["entries"]
            after = answer.json()["cursor"]

    def send(self, incident: str, command: str, body: Any = None, key: str | None = None) -> httpx2.Response:
        """A command, with a key of its own unless one is given."""
        return self.client.post(
            f"/api/v1/incidents/{incident}/commands/{command}",
            json={} if body is None else body,
            headers={"Idempotency-Key": key or str(uuid4())},
        )

    def do(self, incident: str, command: str, **fields: Any) -> dict[str, Any]:
        """A command that must succeed; its receipt."""
        answer = self.send(incident, command, fields)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def open(self, title: str = "Hurricane Elena", **fields: Any) -> str:
        """Open an incident and return its key."""
        body = {"title": title, "crisis_class": "disaster", "states": ["LC"], "lead_agency": "CDEMA"} | fields
        answer = self.client.post("/api/v1/incidents", json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["key"])


# Making one


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's data folder as it is after seeding. Only to be copied."""
    base = tmp_path_factory.getbasetemp()
    together = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    folder = together / "seeded"
    with (together / "seeding.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "more-people.json").exists():
            _seed(folder)
    return folder


@pytest.fixture(scope="session")
def server(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that many tests share: each opens an incident of its own, and none stops the server."""
    with Server(copy_of(seeded, tmp_path_factory.mktemp("server"))) as server:
        yield server


@pytest.fixture
def own_server(seeded: Path, tmp_path: Path) -> Iterator[Server]:
    """A server for one test, which may stop it or damage its data."""
    with Server(copy_of(seeded, tmp_path)) as server:
        yield server


def copy_of(seeded: Path, where: Path) -> Path:
    """A fresh copy of the seeded folder."""
    return Path(shutil.copytree(seeded, where / "data"))


def _seed(folder: Path) -> None:
    server = Server(folder)
    try:
        server.start()
    finally:
        server.stop()
    added = asyncio.run(_add_people(Settings(data_dir=folder)))
    (folder / "more-people.json").write_text(json.dumps(added), encoding="utf-8")


async def _add_people(settings: Settings) -> list[dict[str, str]]:
    added = []
    async with office(settings) as desk:
        for email, name, agency, role in MORE_PEOPLE:
            person = {"email": email, "name": name, "agency": agency, "role": role}
            receipt = await desk.writer.execute(read_command("add-person", person), OPERATOR, book=DIRECTORY)
            assert receipt.id is not None
            token, statements = create_token(desk.ids, receipt.id, desk.clock.now())
            await desk.writer.keep(*statements)
            added.append(person | {"password": "", "token": token})
    return added


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment without settings of the product, but for those given.

    Compiled modules are kept beside the virtual environment even where the environment says to keep none: without them
    each start compiles hundreds of files anew.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CRISISROOM_")}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    own = {"NO_COLOR": "1", "COLUMNS": "120", "PYTHONPYCACHEPREFIX": str(Path(sys.prefix) / "pycache")}
    return kept | own | dict(more or {})


def first_line(process: subprocess.Popen[str], log: Path) -> str:
    """The first line a process prints. Raises AssertionError, with what it complained of, when there is none."""
    assert process.stdout is not None
    with selectors.DefaultSelector() as selector:  # `select` itself knows no file above the thousandth
        selector.register(process.stdout, selectors.EVENT_READ)
        line = process.stdout.readline() if selector.select(START_SECONDS) else ""
    if not line:
        process.kill()
        process.wait()
        process.stdout.close()
        raise AssertionError(f"the server did not start: {log.read_text()[-2000:]}")
    return line


def cli(server: Server, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command line over the server's data folder."""
    return subprocess.run(
        [PROGRAM, *arguments], env=environment({"CRISISROOM_DATA_DIR": str(server.folder)}), capture_output=True,
        text=True, timeout=120, check=False,
    )  # fmt: skip


# Waiting


def until(holds: Any, seconds: float, what: str, every: float = 0.02) -> float:
    """Poll until something of another process holds; how long it took. Raises AssertionError at the deadline."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, f"not within {seconds} s: {what}"
        time.sleep(every)
    return time.monotonic() - began


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Fail when the block takes longer."""
    began = time.monotonic()
    yield
    taken = time.monotonic() - began
    assert taken < seconds, f"took {taken:.1f} s, not {seconds}"
