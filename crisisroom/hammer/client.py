"""One client: a socket that comes back by its cursor after every cut, and commands until each one's fate is known."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote
from uuid import UUID

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from crisisroom.core.chance import Chance
from crisisroom.core.clock import Clock
from crisisroom.core.ids import Ids
from crisisroom.hammer.history import History, Line
from crisisroom.hammer.http import Answer, Http, Lost
from crisisroom.hammer.mix import another_body, next_command
from crisisroom.hammer.model import Model

RETRY_SECONDS = (0.02, 1.0)
COPIES = 0.05
OTHER_BODIES = 0.02
AGAIN = 0.05


@dataclass
class Target:
    """An incident that is hammered on, with the board as its first client hears it."""

    key: str
    rooms: list[str]
    cursor: str
    heads: dict[str, int]
    model: Model


@dataclass
class Client:
    """One of many."""

    name: str
    target: Target
    http: Http
    socket_url: str
    token: str
    rooms: list[str]
    history: History
    clock: Clock
    ids: Ids
    chance: Chance
    leads: bool = False
    """The client whose frames the target's model is made of."""
    given_up: asyncio.Event = field(default_factory=asyncio.Event)
    joined: asyncio.Event = field(default_factory=asyncio.Event)
    connection: ClientConnection | None = None
    busy: int = 0
    sent: int = 0
    resumes: int = 0
    _cursor: str = ""
    _epoch: int = 0
    _places: dict[str, int] = field(default_factory=dict)

    # Listening

    async def watch(self) -> None:
        """Listen until cancelled."""
        self._cursor = self._cursor or self.target.cursor
        self._places = self._places or {room: self.target.heads[room] for room in self.rooms}
        self.history.add("client", client=self.name, incident=self.target.key, rooms=self.rooms)
        while True:
            try:
                await self._listen()
            except (OSError, EOFError, WebSocketException, Lost) as error:
                code = self.connection.close_code if self.connection else None
                self.history.add("lost", client=self.name, why=type(error).__name__, code=code)
            self.connection = None
            await self.clock.sleep(self.chance.uniform(*RETRY_SECONDS) / 5)

    async def _listen(self) -> None:
        address = f"{self.socket_url}/api/v1/incidents/{self.target.key}/live?after={quote(self._cursor)}"
        async with connect(
            address, additional_headers={"Authorization": f"Bearer {self.token}"}, compression=None, proxy=None,
            max_size=None, close_timeout=1,
        ) as self.connection:  # fmt: skip
            missed = 0
            async for text in self.connection:
                line = json.loads(text)
                match line["type"]:
                    case "hello":
                        missed = line["missed"]
                        self.history.add("joined", client=self.name, missed=missed)
                        self.resumes += self.joined.is_set()
                        self.joined.set()
                    case "event":
                        self._hear(line, live=missed <= 0)
                        missed -= 1
                        self._cursor = line["cursor"]
                    case "resync":
                        return await self._read_anew()

    async def _read_anew(self) -> None:
        """The server cannot resume exactly: read the log from the own place, then listen from there."""
        self.history.add("resync", client=self.name)
        while True:
            answer = await self.http.get(f"/api/v1/incidents/{self.target.key}/log?after={quote(self._cursor)}")
            if answer.status in (400, 422):  # a cursor from before a restore: all counts anew
                self._epoch, self._cursor, self._places = self._epoch + 1, "", {}
                continue
            if answer.status != 200:
                raise Lost(str(answer.status))
            for entry in answer.body["entries"]:
                self._hear(entry, live=False)
            self._cursor = answer.body["cursor"]
            if not answer.body["entries"]:
                return

    def _hear(self, entry: Line, live: bool) -> None:
        room, seq = entry["room"], entry["seq"]
        self.history.add(
            "frame", client=self.name, incident=self.target.key, room=room, seq=seq, prev=entry["prev_hash"],
            hash=entry["hash"], epoch=self._epoch, live=live,
        )  # fmt: skip
        if self.leads and seq == self._places.get(room, 0) + 1:
            self.target.model.apply(entry["event"], room, seq, entry["data"])
        self._places[room] = max(seq, self._places.get(room, 0))

    def has(self, heads: dict[str, int]) -> bool:
        """Whether everything up to these heads was heard."""
        return all(self._places.get(room, 0) >= heads.get(room, 0) for room in self.rooms)

    def cut(self) -> None:
        """Break the connection as a lost network does."""
        if self.connection is not None:
            self.connection.transport.abort()

    # Sending

    async def do(self) -> None:
        """One command of the mix, sometimes in several copies, sometimes once more, sometimes with another body."""
        key = self.ids.new()
        name, fields = next_command(self.chance, self.target.model, self.rooms, key)
        copies = self.chance.randint(2, 4) if self.chance.random() < COPIES else 1
        self.busy += 1
        self.sent += copies
        try:
            done = await asyncio.gather(*(self._until_known(name, fields, key) for _ in range(copies)))
            if any(done) and self.chance.random() < AGAIN:
                await self._until_known(name, fields, key)
            if any(done) and self.chance.random() < OTHER_BODIES:
                await self._until_known(name, another_body(name, fields), key, body=1)
        finally:
            self.busy -= 1

    async def _until_known(self, name: str, fields: dict[str, Any], key: UUID, body: int = 0) -> bool:
        """Send it, with the same key, until the answer says what became of it; whether that is in the log now."""
        wait = RETRY_SECONDS[0]
        while not self.given_up.is_set():
            applied = await self._send(name, fields, key, body)
            if applied is not None:
                return applied
            await self.clock.sleep(wait * self.chance.uniform(0.5, 1.5))
            wait = min(wait * 2, RETRY_SECONDS[1])
        return False

    async def _send(self, name: str, fields: dict[str, Any], key: UUID, body: int) -> bool | None:
        same: Line = {"client": self.name, "incident": self.target.key, "key": str(key), "command": name}
        same |= {"body": 1} if body else {}
        self.history.add("invoke", **same)
        try:
            answer = await self.http.post(f"/api/v1/incidents/{self.target.key}/commands/{name}", fields, str(key))
        except Lost as lost:
            self.history.add("info", **same, why=str(lost), saved=None)
            return None
        except asyncio.CancelledError:
            self.history.add("info", **same, why="given up", saved=None)
            raise
        return self._note(answer, same)

    def _note(self, answer: Answer, same: dict[str, Any]) -> bool | None:
        said = answer.body if isinstance(answer.body, dict) else {}
        if answer.status == 200:
            receipt = {name: said.get(name) for name in ("result", "room", "seq", "id")}
            self.history.add("ok", **same, **receipt)
            return receipt["result"] in ("applied", "repeated")
        if answer.status >= 500 or answer.status == 429:
            saved = False if answer.status == 429 else said.get("saved")
            self.history.add("info", **same, why=str(answer.status), saved=saved)
            return None
        self.history.add("fail", **same, status=answer.status, type=str(said.get("type", "")).rsplit("/", 1)[-1])
        return False
