"""The programs' socket: in order, resumed from any cursor with nothing missing and nothing twice."""

from __future__ import annotations

import asyncio
import json
import random
from contextlib import suppress
from itertools import pairwise
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.support.server import Server, cli

INCIDENT = "elena-26"


def address(server: Server, after: str = "", page: bool = False) -> str:
    prefix = "" if page else "/api/v1/incidents"
    path = f"/i/{INCIDENT}/live" if page else f"{prefix}/{INCIDENT}/live"
    return server.url.replace("http", "ws", 1) + path + (f"?after={after}" if after else "")


def token(server: Server, who: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {server.person(who).token}"}


def socket(server: Server, who: str = "k.baptiste", after: str = "", page: bool = False, **more: Any) -> Any:
    return connect(address(server, after, page), additional_headers=token(server, who) | more)


async def frame(client: ClientConnection, *kinds: str) -> dict[str, Any]:
    """The next frame of one of these kinds."""
    async with asyncio.timeout(20):
        while True:
            read: dict[str, Any] = json.loads(await client.recv())
            if read["type"] in kinds:
                return read


async def close_code(client: ClientConnection, within: float = 20) -> int | None:
    """How the other side ends the connection."""
    async with asyncio.timeout(within):
        with suppress(ConnectionClosed):
            while True:
                await client.recv()
    return client.close_code


async def write(server: Server, who: str, text: str) -> dict[str, Any]:
    headers = token(server, who) | {"Idempotency-Key": str(uuid4())}
    async with httpx2.AsyncClient() as client:
        answer = await client.post(
            f"{server.url}/api/v1/incidents/{INCIDENT}/commands/write-entry",
            json={"text": text}, headers=headers, timeout=30,
        )  # fmt: skip
    assert answer.status_code == 200, answer.text
    receipt: dict[str, Any] = answer.json()
    return receipt


async def test_a_viewer_hears_of_a_change_at_once_with_its_place_in_the_chain(server: Server) -> None:
    async with socket(server) as client:
        hello = await frame(client, "hello")
        receipt = await write(server, "e.daniel", "Sortie 4 airborne.")
        heard = await frame(client, "event")
    assert hello["missed"] == 0
    assert (heard["room"], heard["seq"]) == (receipt["room"], receipt["seq"])
    assert heard["event"] == "entry.written"
    assert heard["data"]["text"] == "Sortie 4 airborne."
    assert heard["by"]["name"] == "Esther Daniel"


async def test_a_resume_from_any_cursor_misses_nothing_and_repeats_nothing(own_server: Server) -> None:
    server = own_server
    chance = random.Random(4)
    cursor = (await frame_of_hello(server))["cursor"]
    seen: list[dict[str, Any]] = []
    writers = [asyncio.create_task(write_many(server, who, 25)) for who in ("e.daniel", "c.grant", "t.noel")]
    while not all(task.done() for task in writers) or len(seen) < 75:
        async with socket(server, after=cursor) as client:
            for _ in range(chance.randint(1, 12)):
                try:
                    heard = await asyncio.wait_for(frame(client, "event"), 2)
                except TimeoutError:
                    break
                seen.append(heard)
                cursor = heard["cursor"]
    await asyncio.gather(*writers)
    seqs = [one["seq"] for one in seen]
    assert seqs == list(range(seqs[0], seqs[0] + 75))
    for before, after in pairwise(seen):
        assert after["prev_hash"] == before["hash"]


async def frame_of_hello(server: Server) -> dict[str, Any]:
    async with socket(server) as client:
        return await frame(client, "hello")


async def write_many(server: Server, who: str, count: int) -> None:
    for number in range(count):
        await write(server, who, f"{who} {number}")


async def test_a_cursor_that_is_none_is_told_to_read_everything_anew(server: Server) -> None:
    async with socket(server, after="bm90IGEgY3Vyc29y") as client:
        assert (await frame(client, "hello", "resync"))["type"] == "hello"
        assert (await frame(client, "event", "resync"))["type"] == "resync"


async def test_a_restart_says_so_and_the_cursor_goes_on_exactly_where_it_was(own_server: Server) -> None:
    server = own_server
    async with socket(server) as client:
        cursor = (await frame(client, "hello"))["cursor"]
        await asyncio.to_thread(server.stop)
        assert await close_code(client) == 1012
    await asyncio.to_thread(server.start)
    receipt = await write(server, "e.daniel", "After the restart.")
    async with socket(server, after=cursor) as client:
        assert (await frame(client, "event"))["seq"] == receipt["seq"]


@pytest.mark.parametrize(
    ("message", "code"), [("no json", 1003), ("[]", 1003), ('{"type":"x","pad":"' + "a" * 5000 + '"}', 1009)]
)
async def test_a_message_that_is_none_ends_the_connection_with_its_code(
    server: Server, message: str, code: int
) -> None:
    async with socket(server) as client:
        await frame(client, "hello")
        await client.send(message)
        assert await close_code(client) == code


async def test_a_flood_of_messages_ends_the_connection(server: Server) -> None:
    async with socket(server) as client:
        await frame(client, "hello")
        with suppress(ConnectionClosed):
            for _ in range(500):
                await client.send('{"type":"idle","idle":false}')
        assert await close_code(client) == 4429


@pytest.mark.parametrize("who", ["nobody", "outsider"])
async def test_who_may_not_look_is_refused_before_the_upgrade(server: Server, who: str) -> None:
    headers = {} if who == "nobody" else token(server, "t.noel")
    incident = "elena-26" if who == "nobody" else "nowhere-26"
    target = server.url.replace("http", "ws", 1) + f"/api/v1/incidents/{incident}/live"
    with pytest.raises(InvalidStatus) as refused:
        async with connect(target, additional_headers=headers):
            pass
    assert refused.value.response.status_code == (401 if who == "nobody" else 404)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1.evil.example"])
async def test_another_sites_page_cannot_open_the_socket(server: Server, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with socket(server, Origin=origin):
            pass
    assert refused.value.response.status_code == 403


async def test_a_person_disabled_at_the_command_line_loses_the_open_socket(own_server: Server) -> None:
    server = own_server
    async with socket(server, who="a.lewis") as client:
        await frame(client, "hello")
        email = server.person("a.lewis").email
        await asyncio.to_thread(cli, server, "user", "disable", "--email", email)
        assert await close_code(client, within=5) == 4401
    assert server.api("a.lewis").get("/incidents").status_code == 401


async def test_a_page_gets_the_fragments_that_a_fresh_page_has(server: Server) -> None:
    async with socket(server, page=True) as client:
        await frame(client, "hello")
        receipt = await asyncio.to_thread(
            lambda: server.api("j.alexis").do(INCIDENT, "add-task", title="Inspect the jetty", agency="RSS")
        )
        change = await frame(client, "change")
    page = (await asyncio.to_thread(lambda: server.api("j.alexis").client.get(f"/i/{INCIDENT}"))).text
    card = change["html"].split("<li ")[1]
    assert f'data-task="{receipt["id"]}"' in card
    assert card in page


async def test_members_of_a_new_room_hear_of_it_and_others_notice_nothing(server: Server) -> None:
    async with socket(server, who="e.daniel") as member, socket(server, who="r.hinds") as other:
        await frame(member, "hello")
        await frame(other, "hello")
        receipt = await asyncio.to_thread(
            lambda: (
                server.api("c.grant")
                .send(INCIDENT, "open-room", {"name": "Security", "tlp": "AMBER", "agencies": ["RSS", "CDEMA"]})
                .json()
            )
        )
        opened = await frame(member, "event")
        assert (opened["room"], opened["seq"], opened["event"]) == (receipt["id"], 1, "room.opened")
        await asyncio.to_thread(
            lambda: server.api("c.grant").do(INCIDENT, "write-entry", text="Only here.", room=receipt["id"])
        )
        await write(server, "c.grant", "For everybody.")
        heard = await frame(other, "event")
    assert heard["data"]["text"] == "For everybody."
    assert receipt["id"] not in json.dumps(heard)


async def test_the_same_stream_comes_as_server_sent_events(server: Server) -> None:
    headers = token(server, "k.baptiste") | {"Accept": "text/event-stream"}
    target = f"{server.url}/api/v1/incidents/{INCIDENT}/live"
    async with httpx2.AsyncClient() as client, client.stream("GET", target, headers=headers, timeout=20) as stream:
        lines = stream.aiter_lines()
        hello = await next_data(lines)
        receipt = await write(server, "e.daniel", "Over the stream.")
        heard = hello
        while heard["type"] != "event":
            heard = await next_data(lines)
    assert hello["type"] == "hello"
    assert heard["seq"] == receipt["seq"]


async def next_data(lines: Any) -> dict[str, Any]:
    async for line in lines:
        if line.startswith("data: "):
            read: dict[str, Any] = json.loads(line.removeprefix("data: "))
            return read
    raise AssertionError("the stream ended")
