"""Several processes on one database: what happens at one is seen at the others; with, without and in spite of Redis."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from websockets.exceptions import ConnectionClosed

from tests.live.viewers import Frame, api_path, chained, off_loop, page_path, watching
from tests.support.hosts import Host, Hosts, some_hosts
from tests.support.server import until

pytestmark = [pytest.mark.postgresql, pytest.mark.redis, pytest.mark.timeout(120)]

POLLED = 3.0


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    """Two hosts for all tests here; each leaves Redis as it was."""
    with some_hosts(tmp_path_factory.mktemp("hosts")) as hosts:
        yield hosts


@pytest.fixture
def hosts(shared: Hosts) -> Hosts:
    """Both hosts hear Redis before a test begins."""
    for host in shared:
        until(lambda host=host: state_of(host) == "ok", 20, "Redis is heard")
    return shared


def state_of(host: object) -> str:
    return str(host.api(None).client.get("/readyz").json()["state"])  # type: ignore[attr-defined]


async def test_what_is_written_at_one_host_is_heard_at_the_other_at_once(hosts: Hosts) -> None:
    one, other = hosts
    key = one.api("j.alexis").open(agencies=["RSS"])
    async with watching(other, api_path(key)) as viewer:
        await viewer.next("hello")
        loop = asyncio.get_running_loop()
        waits = []
        for number in range(20):
            began = loop.time()
            receipt = await off_loop(one.api("c.grant").do, key, "write-entry", text=str(number))
            assert (await viewer.next("event"))["seq"] == receipt["seq"]
            waits.append(loop.time() - began)
    assert sorted(waits)[10] < 0.5


async def test_a_cursor_of_one_host_goes_on_at_the_other(hosts: Hosts) -> None:
    one, other = hosts
    key = one.api("j.alexis").open(agencies=["RSS"])
    async with watching(one, api_path(key)) as viewer:
        cursor = (await viewer.next("hello"))["cursor"]
    for number in range(5):
        (one, other)[number % 2].api("c.grant").do(key, "write-entry", text=str(number))
    async with watching(other, api_path(key), after=cursor) as viewer:
        assert (await viewer.next("hello"))["missed"] == 5
        assert [(await viewer.next("event"))["data"]["text"] for _ in range(5)] == list("01234")


async def test_people_at_both_hosts_see_one_another(hosts: Hosts) -> None:
    one, other = hosts
    key = one.api("j.alexis").open(agencies=["RSS"])
    async with watching(one, page_path(key), "j.alexis") as joan, watching(other, page_path(key), "c.grant") as colin:
        for viewer in (joan, colin):
            await viewer.next("hello")
            names: list[str] = []
            while len(names) < 2:
                names = sorted(person["name"] for person in (await viewer.next("presence"))["people"])
            assert names == ["Colin Grant", "Joan Alexis"]
    async with watching(one, page_path(key), "j.alexis") as joan:
        names = ["", ""]
        while names != ["Joan Alexis"]:
            names = [person["name"] for person in (await joan.next("presence"))["people"]]


async def test_commands_at_both_hosts_at_once_make_one_dense_chain(hosts: Hosts) -> None:
    one, other = hosts
    key = one.api("j.alexis").open(agencies=["RSS"])
    same = str(uuid4())
    calls = [
        off_loop(host.api("c.grant").send, key, "write-entry", {"text": f"{number}"})
        for number in range(20)
        for host in (one, other)
    ]
    calls += [off_loop(host.api("c.grant").send, key, "add-task", {"title": "Once"}, same) for host in (one, other)]
    answers = await asyncio.gather(*calls)
    assert {answer.status_code for answer in answers} == {200}
    entries = one.api("j.alexis").entries(key)
    assert [entry["seq"] for entry in entries] == list(range(1, len(entries) + 1))
    assert len([entry for entry in entries if entry["event"] == "task.added"]) == 1
    assert other.api("j.alexis").board(key) == one.api("j.alexis").board(key)


async def test_without_redis_everything_arrives_all_the_same_and_no_command_fails(hosts: Hosts) -> None:
    one, other = hosts
    key = one.api("j.alexis").open(agencies=["RSS"])
    hosts.redis.kill()
    try:
        async with watching(other, api_path(key)) as viewer:
            await viewer.next("hello")
            for number in range(5):
                receipt = await off_loop(one.api("c.grant").do, key, "write-entry", text=str(number))
                async with asyncio.timeout(POLLED):
                    assert (await viewer.next("event"))["seq"] == receipt["seq"]
            await off_loop(until, lambda: state_of(other) == "degraded", 10, "it says that Redis is away")
    finally:
        hosts.redis.start()
    for host in hosts:
        await off_loop(until, lambda host=host: state_of(host) == "ok", 20, "Redis is heard again")


async def test_a_redis_that_has_gone_deaf_is_noticed_and_left(hosts: Hosts) -> None:
    one, other = hosts
    key = one.api("j.alexis").open(agencies=["RSS"])
    hosts.redis.pause()
    try:
        await off_loop(until, lambda: state_of(other) == "degraded", 15, "it says that Redis is away")
        async with watching(other, api_path(key)) as viewer:
            await viewer.next("hello")
            receipt = await off_loop(one.api("c.grant").do, key, "write-entry", text="Anyway.")
            async with asyncio.timeout(POLLED):
                assert (await viewer.next("event"))["seq"] == receipt["seq"]
    finally:
        hosts.redis.go_on()


async def test_forged_hints_make_no_frame_and_cost_no_command(hosts: Hosts) -> None:
    one, other = hosts
    key = one.api("j.alexis").open(agencies=["RSS"])
    book, *_ = [room["id"] for room in one.api("j.alexis").board(key)["rooms"]]
    bell = await off_loop(_bell_of, hosts)
    nobody = {"id": str(uuid4()), "state": "here", "editing": None}
    async with watching(other, api_path(key)) as viewer:
        await viewer.next("hello")
        forged = [
            {"from": "x", "ring": {uuid4().hex: 10**9}},
            {"from": "x", "ring": {book.replace("-", ""): 10**9}},
            {"from": "x", "here": {book.replace("-", ""): {book: [nobody]}}},
            {"from": 7, "ring": [1]}, [], "x" * 400_000, {"ring": {}}, {"from": "x", "here": {"": {}}},
        ]  # fmt: skip
        for number in range(400):
            await off_loop(hosts.redis.say, "PUBLISH", bell, json.dumps(forged[number % len(forged)]))
        await off_loop(hosts.redis.say, "PUBLISH", bell, "\x00garbage{{{")
        receipt = await off_loop(one.api("c.grant").do, key, "write-entry", text="The only one.")
        heard = await viewer.next("event", "resync")
        assert (heard["type"], heard["seq"]) == ("event", receipt["seq"])
        assert [one["type"] for one in await viewer.pending() if one["type"] not in ("presence", "pong")] == []


def _bell_of(hosts: Hosts) -> str:
    log = in_database(hosts, "SELECT log FROM instance")
    return f"crisisroom:{log.hex}:bell"


def in_database(hosts: Hosts, query: str) -> object:
    name = hosts.each[0].more["CRISISROOM_DATABASE_URL"].rpartition("/")[2]
    with hosts.cluster.open(name) as connection:
        return connection.run("fetchval", query)


async def test_workers_are_replaced_one_by_one_and_nobody_misses_anything(hosts: Hosts, tmp_path: Path) -> None:
    one = hosts.each[0]
    key = one.api("j.alexis").open(agencies=["RSS"])
    with Host(tmp_path / "several", one.more, facts=one.facts, workers=2) as several:
        (several.folder / "more-people.json").write_text("[]", encoding="utf-8")
        seen: list[Frame] = []
        writing = asyncio.create_task(write_on(several, key, 60))
        async with watching(one, api_path(key)) as viewer:
            cursor = (await viewer.next("hello"))["cursor"]
        several.signal(signal.SIGHUP)
        while not writing.done() or len(seen) < 60:
            async with watching(several, api_path(key), after=cursor) as viewer:
                with suppress(ConnectionClosed):
                    while len(seen) < 60:
                        seen.append(await viewer.next("event"))
                        cursor = seen[-1]["cursor"]
        await writing
    assert chained(seen)
    assert [frame["data"]["text"] for frame in seen] == [str(number) for number in range(60)]


async def write_on(host: Host, key: str, count: int) -> None:
    """Entries one after another; one whose connection ended with its worker is sent again with its key."""
    for number in range(count):
        same = str(uuid4())
        for _ in range(100):
            with suppress(httpx2.TransportError):
                answer = await off_loop(host.api("c.grant").send, key, "write-entry", {"text": str(number)}, same)
                assert answer.status_code == 200, answer.text
                break
