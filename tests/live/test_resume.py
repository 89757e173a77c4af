"""The programs' socket: every entry in order, resumed from any cursor with nothing missing and nothing twice."""

from __future__ import annotations

import asyncio
import base64
import json
import random
from typing import Any
from uuid import uuid4

import pytest
from websockets.exceptions import InvalidStatus

from tests.live.viewers import Frame, api_path, chained, off_loop, watching
from tests.support.server import Api, Server

WRITERS = ("j.alexis", "c.grant", "t.noel")


@pytest.fixture
def key(server: Server) -> str:
    """An incident of CDEMA, RSS and IMPACS."""
    return server.api("j.alexis").open(agencies=["RSS", "IMPACS"])


async def write(server: Server, key: str, text: str, who: str = "c.grant") -> dict[str, Any]:
    """An entry."""
    receipt: dict[str, Any] = await off_loop(server.api(who).do, key, "write-entry", text=text)
    return receipt


async def test_the_first_frame_says_where_the_viewer_stands(server: Server, key: str) -> None:
    async with watching(server, api_path(key)) as viewer:
        hello = await viewer.any()
        assert (hello["type"], hello["missed"]) == ("hello", 0)
        board = await off_loop(server.api("k.baptiste").board, key)
        assert hello["cursor"] == board["cursor"]
        assert hello["now"].endswith("Z")


async def test_an_event_is_the_entry_and_its_cursor(server: Server, key: str) -> None:
    async with watching(server, api_path(key)) as viewer:
        await viewer.next("hello")
        receipt = await write(server, key, "Sortie 4 airborne.")
        heard = await viewer.next("event")
    (entry,) = [one for one in server.api("k.baptiste").entries(key) if one["seq"] == receipt["seq"]]
    cursor = heard.pop("cursor")
    assert heard == {"type": "event", **entry}
    assert cursor == server.api("k.baptiste").board(key)["cursor"]


async def test_every_cursor_resumes_to_the_same_end(server: Server, key: str) -> None:
    """Each entry of an incident with two rooms, as the place where a connection broke."""
    noel = server.api("t.noel")
    room = noel.do(key, "open-room", name="Intelligence", tlp="TLP:AMBER", agencies=["IMPACS", "RSS"])["id"]
    for number in range(8):
        server.api("j.alexis").do(key, "write-entry", text=str(number))
        noel.do(key, "write-entry", text=str(number), room=room)
    noel.do(key, "add-task", title="Watch list", holds_up=[], room=room)
    entries = noel.entries(key)
    cursors = [page["cursor"] for page in pages(noel, key)]
    assert len(cursors) == len(entries) + 1
    for missed, cursor in zip(range(len(entries), -1, -1), cursors, strict=True):
        async with watching(server, api_path(key), "t.noel", after=cursor) as viewer:
            assert (await viewer.any())["missed"] == missed
            heard = [one for one in await viewer.pending() if one["type"] == "event"]
        assert [event_of(one) for one in heard] == entries[len(entries) - missed :]


def pages(api: Api, key: str) -> list[dict[str, Any]]:
    """The log one entry at a time, from before the first one; each with the cursor after it."""
    start = api.get(f"/incidents/{key}/log", limit=1).json()
    epoch = json.loads(base64.urlsafe_b64decode(start["cursor"] + "=="))[0]
    nothing = base64.urlsafe_b64encode(json.dumps([epoch, {}]).encode()).decode().rstrip("=")
    found = [{"entries": [], "cursor": nothing}]
    while True:
        page = api.get(f"/incidents/{key}/log", limit=1, after=found[-1]["cursor"]).json()
        if not page["entries"]:
            return found
        found.append(page)


def event_of(frame: Frame) -> Frame:
    """The entry in a frame."""
    return {name: value for name, value in frame.items() if name not in ("type", "cursor")}


@pytest.mark.parametrize("seed", [1, 2])
async def test_cuts_at_any_moment_under_writers_miss_nothing_and_repeat_nothing(
    server: Server, key: str, seed: int
) -> None:
    chance, seen = random.Random(seed), list[Frame]()
    async with watching(server, api_path(key)) as viewer:
        cursor = (await viewer.next("hello"))["cursor"]
    writers = [asyncio.create_task(write_many(server, key, who, 25)) for who in WRITERS]
    while len(seen) < 75:
        async with watching(server, api_path(key), after=cursor) as viewer:
            assert (await viewer.any())["type"] == "hello"
            cut = chance.choice(["at once", "after some", "in the middle of a frame"])
            for _ in range(0 if cut == "at once" else chance.randint(1, 15)):
                if len(seen) == 75:
                    break
                heard = await viewer.next("event", "resync")
                assert heard["type"] == "event"
                seen.append(heard)
                cursor = heard["cursor"]
            if cut == "in the middle of a frame":
                viewer.connection.transport.abort()
    await asyncio.gather(*writers)
    assert chained(seen)
    entries = await off_loop(server.api("k.baptiste").entries, key)
    assert [event_of(one) for one in seen] == entries[-75:]


async def write_many(server: Server, key: str, who: str, count: int) -> None:
    for number in range(count):
        await write(server, key, f"{who} {number}", who)


async def test_many_viewers_hear_the_same(server: Server, key: str) -> None:
    async with (
        watching(server, api_path(key), "e.daniel") as first,
        watching(server, api_path(key), "p.moore") as second,
    ):
        for viewer in (first, second):
            await viewer.next("hello")
        await asyncio.gather(*(write_many(server, key, who, 10) for who in WRITERS))
        heard = [[await viewer.next("event") for _ in range(30)] for viewer in (first, second)]
    assert heard[0] == heard[1]
    assert chained(heard[0])


async def test_a_long_absence_is_caught_up_with_in_full(server: Server, key: str) -> None:
    """There is no window of time or count: the log itself is read."""
    async with watching(server, api_path(key)) as viewer:
        cursor = (await viewer.next("hello"))["cursor"]
    await asyncio.gather(*(write_many(server, key, who, 200) for who in WRITERS))
    async with watching(server, api_path(key), after=cursor) as viewer:
        hello = await viewer.any()
        heard = [await viewer.next("event", "resync") for _ in range(600)]
        assert hello["missed"] == 600
        last = await write(server, key, "And on.")
        heard.append(await viewer.next("event"))
    assert chained(heard)
    assert heard[-1]["seq"] == last["seq"]
    assert len({one["seq"] for one in heard}) == 601


def odd_cursors(server: Server, key: str) -> dict[str, str]:
    """Texts that are no cursor of this log, or of none that is."""
    epoch, places = json.loads(base64.urlsafe_b64decode(server.api("c.grant").board(key)["cursor"] + "=="))
    (room, seq), *_ = places.items()

    def text(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return {
        "no cursor": "bm90IGEgY3Vyc29y",
        "no base64": "%C3%BF%00!",
        "of another epoch": text(["0" * 32, {room: seq}]),
        "from the future": text([epoch, {room: seq + 1000}]),
        "far from the future": text([epoch, {room: 10**30}]),
        "negative": text([epoch, {room: -1}]),
        "too long": "A" * 5000,
        "nested": text([[[]], {}]),
    }


async def test_a_cursor_that_does_not_fit_is_told_to_read_everything_anew(server: Server, key: str) -> None:
    for what, cursor in (await off_loop(odd_cursors, server, key)).items():
        async with watching(server, api_path(key), after=cursor) as viewer:
            frames = [await viewer.any(), await viewer.next("event", "resync")]
            assert [one["type"] for one in frames] == ["hello", "resync"], what
            text = str(uuid4())
            await write(server, key, text)
            assert (await viewer.next("event"))["data"]["text"] == text


async def test_a_cursor_of_rooms_that_are_not_the_viewers_shows_nothing_of_them(server: Server, key: str) -> None:
    """The cursor of somebody in more rooms resumes just the viewer's own."""
    noel = server.api("t.noel")
    room = noel.do(key, "open-room", name="Intelligence", tlp="TLP:AMBER", agencies=["IMPACS", "RSS"])["id"]
    cursor = noel.board(key)["cursor"]
    noel.do(key, "write-entry", text="Only there.", room=room)
    noel.do(key, "write-entry", text="For all.")
    async with watching(server, api_path(key), "k.baptiste", after=cursor) as viewer:
        assert (await viewer.any())["missed"] == 1
        heard = await viewer.pending()
    assert room not in json.dumps(heard)
    assert [one["data"]["text"] for one in heard if one["type"] == "event"] == ["For all."]


async def test_members_of_a_new_room_hear_of_it_at_once_and_others_notice_nothing(server: Server, key: str) -> None:
    async with watching(server, api_path(key), "e.daniel") as member, watching(server, api_path(key)) as outsider:
        before = await member.next("hello"), await outsider.next("hello")
        noel = server.api("t.noel")
        receipt = await off_loop(
            noel.do, key, "open-room", name="Intelligence", tlp="TLP:AMBER", agencies=["IMPACS", "RSS"]
        )
        opened = await member.next("event", "resync")
        assert (opened["room"], opened["seq"], opened["event"]) == (receipt["id"], 1, "room.opened")
        assert opened["prev_hash"] == "0" * 64
        await off_loop(noel.do, key, "add-task", title="Watch list", room=receipt["id"])
        assert (await member.next("event"))["seq"] == 2
        heard = [one for one in await outsider.pending() if one["type"] != "presence"]
        assert heard == []
        board = await off_loop(server.api("k.baptiste").board, key)
        assert board["cursor"] == before[1]["cursor"]
        await write(server, key, "For all.")
        assert (await outsider.next("event"))["seq"] == (await member.next("event"))["seq"]


async def test_people_named_for_a_room_hear_of_it_too(server: Server, key: str) -> None:
    async with (
        watching(server, api_path(key), "c.grant") as named,
        watching(server, api_path(key), "e.daniel") as other,
    ):
        for viewer in (named, other):
            await viewer.next("hello")
        noel = server.api("t.noel")
        receipt = await off_loop(noel.do, key, "open-room", name="Named", tlp="TLP:RED", people=["c.grant@rss.example"])
        assert (await named.next("event", "resync"))["room"] == receipt["id"]
        assert receipt["id"] not in json.dumps(await other.pending())


async def test_an_agency_that_is_invited_can_listen_from_then_on(server: Server, key: str) -> None:
    with pytest.raises(InvalidStatus):
        await _join(server, key)
    await off_loop(server.api("j.alexis").do, key, "invite-agency", agency="PAHO")
    assert (await _join(server, key))["type"] == "hello"


async def _join(server: Server, key: str) -> Frame:
    async with watching(server, api_path(key), "i.campos") as viewer:
        return await viewer.any()


async def test_what_is_released_reaches_both_rooms(server: Server, key: str) -> None:
    noel = server.api("t.noel")
    main = noel.board(key)["rooms"][0]["id"]
    room = noel.do(key, "open-room", name="Intelligence", tlp="TLP:AMBER", agencies=["IMPACS", "RSS"])["id"]
    task = noel.do(key, "add-task", title="Watch list", room=room)["id"]
    async with watching(server, api_path(key), "e.daniel") as member, watching(server, api_path(key)) as outsider:
        for viewer in (member, outsider):
            await viewer.next("hello")
        receipt = await off_loop(noel.do, key, "release", subject=task, to_room=main)
        heard = [await member.next("event"), await member.next("event")]
        assert [(one["room"], one["event"]) for one in heard] == [(main, "task.added"), (room, "task.released")]
        seen = await outsider.next("event")
        assert (seen["room"], seen["data"]["task"]) == (main, receipt["id"])
        assert room not in json.dumps(await outsider.pending())
