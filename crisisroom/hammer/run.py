"""A run: open incidents, let clients work on them while faults happen, wait for quiet, write down what there is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from crisisroom.core.chance import chance
from crisisroom.core.clock import Clock, SystemClock
from crisisroom.core.ids import Ids, SystemIds
from crisisroom.core.times import rfc3339
from crisisroom.hammer.client import Client, Target
from crisisroom.hammer.history import History
from crisisroom.hammer.http import Http, Lost
from crisisroom.hammer.mix import AGENCIES
from crisisroom.hammer.model import Model, items_of
from crisisroom.hammer.reading import CannotRun, heads_of, read_log, write_down

QUIET_SECONDS = 60.0
JOIN_SECONDS = 60.0
PLAYBOOK = "hurricane"

Fault = Callable[[], Awaitable[None]]
"""Something that goes on for as long as the load does."""


@dataclass
class Plan:
    """How hard, how long, with what faults."""

    url: str
    tokens: Sequence[str]
    clients: int = 16
    rate: float = 50.0
    seconds: float = 30.0
    incidents: int = 2
    cut_every: float = 0.0
    seed: int = 0
    socket_url: str = ""
    faults: Sequence[Fault] = ()
    until_faults_end: bool = False
    """Go on until the faults are over, whatever `seconds` says."""


@dataclass
class Run:
    """One run and what it writes down."""

    plan: Plan
    history: History
    clock: Clock = field(default_factory=SystemClock)
    ids: Ids = field(default_factory=SystemIds)
    targets: list[Target] = field(default_factory=list)
    clients: list[Client] = field(default_factory=list)

    async def go(self) -> None:
        """All of it. Raises CannotRun."""
        boards = [Http(self.plan.url, token) for token in self.plan.tokens]
        try:
            for number in range(self.plan.incidents):
                self.targets.append(await self._open(boards[0], number))
            await self._make_clients(boards)
            async with self._listening():
                await self._load()
                await self._quiet(boards[0])
            for target in self.targets:
                await write_down(self.history, self.clock, target, boards)
        finally:
            for one in boards:
                one.close()

    # Before

    async def _open(self, http: Http, number: int) -> Target:
        title = f"Hammer {number + 1}, seed {self.plan.seed}"
        opened = {"title": title, "crisis_class": "disaster", "lead_agency": "CDEMA", "exercise": True}
        made = await self._ask(http, "/api/v1/incidents", opened | {"agencies": list(AGENCIES)}, 201)
        key = str(made["key"])
        commands = f"/api/v1/incidents/{key}/commands"
        await self._ask(http, f"{commands}/open-room", {"name": "Air", "tlp": "TLP:AMBER", "agencies": list(AGENCIES)})
        anchors = {"activation": rfc3339(self.clock.now())}
        await self._ask(http, f"{commands}/activate-playbook", {"playbook": PLAYBOOK, "anchors": anchors})
        board = (await http.get(f"/api/v1/incidents/{key}")).body
        heads, cursor = await read_log(self.history, self.clock, http, key, "", set_up=True)
        return Target(key, [room["id"] for room in board["rooms"]], cursor, heads, Model(items_of(board)))

    async def _ask(self, http: Http, path: str, fields: dict[str, Any], status: int = 200) -> dict[str, Any]:
        try:
            answer = await http.post(path, fields, str(self.ids.new()))
        except Lost as error:
            raise CannotRun(f"{self.plan.url} does not answer ({error}).") from None
        if answer.status != status:
            detail = (answer.body or {}).get("detail", "")
            raise CannotRun(
                f"{path} was answered with {answer.status}. {detail} The first token must be a coordinator's."
            )
        return dict(answer.body)

    async def _make_clients(self, boards: list[Http]) -> None:
        rooms = {}
        for place, http in enumerate(boards):
            for target in self.targets:
                answer = await http.get(f"/api/v1/incidents/{target.key}")
                if answer.status != 200:
                    raise CannotRun(
                        f"Token {place + 1} cannot read the incidents: its agency must be one of {AGENCIES}."
                    )
                rooms[place, target.key] = [room["id"] for room in answer.body["rooms"]]
        socket_url = self.plan.socket_url or f"ws{self.plan.url.removeprefix('http')}"
        for number in range(max(self.plan.clients, len(self.targets))):
            place, target = number % len(boards), self.targets[number % len(self.targets)]
            token = self.plan.tokens[place]
            client = Client(
                f"client-{number + 1}", target, Http(self.plan.url, token), socket_url, token, rooms[place, target.key],
                self.history, self.clock, self.ids, chance(f"{self.plan.seed}/{number}"),
            )  # fmt: skip
            client.leads = number < len(self.targets)
            self.clients.append(client)

    # During

    @asynccontextmanager
    async def _listening(self) -> AsyncIterator[None]:
        watching = [asyncio.create_task(client.watch()) for client in self.clients]
        try:
            try:
                async with asyncio.timeout(JOIN_SECONDS):
                    await asyncio.gather(*(client.joined.wait() for client in self.clients))
            except TimeoutError:
                raise CannotRun("Not every client could open its socket.") from None
            yield
        finally:
            await _end(watching)
            for client in self.clients:
                client.http.close()

    async def _load(self) -> None:
        working = [asyncio.create_task(self._work(client)) for client in self.clients]
        cutting = [asyncio.create_task(self._cut(client)) for client in self.clients if self.plan.cut_every]
        faults = [asyncio.ensure_future(fault()) for fault in self.plan.faults]
        try:
            if self.plan.until_faults_end and faults:
                await asyncio.gather(*faults)
            else:
                await self.clock.sleep(self.plan.seconds)
        finally:
            await _end(cutting, faults)
            await self._finish(working)

    async def _work(self, client: Client) -> None:
        """This client's share of the rate, at irregular moments, one command after the other."""
        pause = len(self.clients) / self.plan.rate
        loop = asyncio.get_running_loop()
        due = loop.time() + client.chance.uniform(0, pause)
        while True:
            await self.clock.sleep(max(due - loop.time(), 0))
            due = max(due + client.chance.expovariate(1 / pause), loop.time() - pause)
            await asyncio.shield(client.do())  # begun is finished: nobody stops between a command and its retry

    async def _cut(self, client: Client) -> None:
        while True:
            await self.clock.sleep(client.chance.expovariate(1 / self.plan.cut_every))
            client.cut()

    async def _finish(self, working: list[asyncio.Task[None]]) -> None:
        """Send nothing new; what is under way goes on until its fate is known, or nobody can tell."""
        await _end(working)
        await self._until(lambda: not any(client.busy for client in self.clients))
        for client in self.clients:
            client.given_up.set()
        await self._until(lambda: not any(client.busy for client in self.clients))

    # After

    async def _quiet(self, http: Http) -> None:
        """Until every client has heard everything."""
        for target in self.targets:
            heads = await heads_of(self.clock, http, target.key)
            mine = [client for client in self.clients if client.target is target]
            await self._until(partial(_all_have, mine, heads))

    async def _until(self, holds: Callable[[], bool]) -> None:
        """Wait for it, and go on in any case: the checker will say what is missing."""
        loop = asyncio.get_running_loop()
        end = loop.time() + QUIET_SECONDS
        while not holds() and loop.time() < end:
            await self.clock.sleep(0.05)


def _all_have(clients: Sequence[Client], heads: dict[str, int]) -> bool:
    return all(client.has(heads) for client in clients)


async def _end(*groups: Sequence[asyncio.Future[None]]) -> None:
    tasks = [task for group in groups for task in group]
    for task in tasks:
        task.cancel()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(result, Exception) and not isinstance(result, asyncio.CancelledError):
            raise result
