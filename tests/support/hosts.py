"""The product grown up: several server processes, as on several hosts, on one PostgreSQL and one Redis."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from crisisroom.cli.demo import seed
from crisisroom.cli.office import prepare
from crisisroom.settings import Settings
from tests.support.postgres import Cluster, free_port, in_a_thread
from tests.support.redis import RedisServer
from tests.support.server import PROGRAM, Server, environment


@dataclass
class Host(Server):
    """One `crisisroom serve`, with a data folder of its own."""

    workers: int = 1

    def start(self) -> None:
        """Start, and return when it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = self.port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        command = [PROGRAM, "serve", "--port", str(self.port), "--workers", str(self.workers)]
        own = {"CRISISROOM_DATA_DIR": str(self.folder)}
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                command, env=environment({**self.more, **own}), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=log, text=True,
            )  # fmt: skip
        self.wait_until_it_answers()


@dataclass
class Hosts:
    """Servers that share a database and a Redis. Each may be killed and comes back at the same address."""

    cluster: Cluster
    redis: RedisServer
    each: list[Host] = field(default_factory=list)

    def __iter__(self) -> Iterator[Host]:
        return iter(self.each)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for host in self.each:
            host.__exit__(None, None, None)
        self.redis.kill()
        self.cluster.remove()


@contextmanager
def some_hosts(folder: Path, count: int = 2, database_port: int = 0) -> Iterator[Hosts]:
    """Servers on a database with the demo in it. `database_port`, if given, is where they find it: a proxy's."""
    with ExitStack() as stack:
        cluster = Cluster({})
        name = cluster.make_database()
        url = cluster.url(name)
        facts = in_a_thread(lambda: _fill(Settings(database_url=url, data_dir=folder / "seed")))
        if database_port:
            url = url.replace(f":{cluster.port}/", f":{database_port}/")
        hosts = stack.enter_context(Hosts(cluster, RedisServer()))
        more = {"CRISISROOM_DATABASE_URL": url, "CRISISROOM_REDIS_URL": hosts.redis.url}
        for number in range(count):
            host = Host(folder / f"host-{number}", more, facts=facts)
            host.folder.mkdir(parents=True)
            (host.folder / "more-people.json").write_text("[]", encoding="utf-8")
            hosts.each.append(host)
            host.start()
        yield hosts


async def _fill(settings: Settings) -> dict[str, Any]:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    await prepare(settings)
    facts: dict[str, Any] = await seed(settings)
    return facts
