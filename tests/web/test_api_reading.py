"""The board, the log and the library as programs read them: now, page by page, and as they were."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from tests.support.server import Api, Server, until


@pytest.fixture
def api(server: Server) -> Api:
    """A coordinator of the lead agency."""
    return server.api("j.alexis")


def test_everybody_in_the_same_rooms_reads_the_same_bytes(server: Server) -> None:
    key = server.incident
    answers = {
        server.api(who).get(f"/incidents/{key}").content
        for who in ("j.alexis", "k.baptiste", "p.moore", "t.noel", "e.daniel", "r.hinds")
    }
    assert len(answers) == 1


def test_nothing_on_a_board_depends_on_the_present_time(server: Server) -> None:
    """Tasks of the demo become late and hours go by; the board's bytes stay, as no command was sent."""
    api, key = server.api("p.moore"), server.incident
    first, asked = api.get(f"/incidents/{key}"), server.api(None).client.get("/healthz")
    until(
        lambda: server.api(None).client.get("/healthz").headers["date"] != asked.headers["date"], 5, "a second goes by"
    )
    assert api.get(f"/incidents/{key}").content == first.content
    assert "now" not in first.json()


def test_the_demo_has_what_the_contract_promises(server: Server) -> None:
    board = server.api("j.alexis").board(server.incident)
    assert board.keys() >= {"incident", "rooms", "tasks", "runs", "people", "cursor"}
    (room,) = board["rooms"]
    assert room.keys() >= {"id", "name", "tlp", "agencies", "people"}
    names = {"id", "number", "room", "tlp", "title", "lane", "reason", "agency", "assignee", "position", "priority"}
    assert all(task.keys() >= names | {"due"} for task in board["tasks"])
    assert {task["lane"] for task in board["tasks"]} == {"todo", "doing", "blocked", "done"}
    (run,) = board["runs"]
    assert run.keys() >= {"id", "playbook", "version", "room", "phases"}
    assert all(phase.keys() >= {"id", "name", "items"} for phase in run["phases"])
    everybody = {(one["agency"], one["role"]) for one in server.facts["people"]}
    core = {(agency, role) for agency in ("IMPACS", "CDEMA", "CARPHA", "RSS") for role in ("coordinator", "officer")}
    assert everybody >= core
    assert any(role == "leader" for _, role in everybody)


def test_the_list_holds_the_callers_incidents_only(server: Server) -> None:
    def keys(who: str) -> set[str]:
        return {one["key"] for one in server.api(who).get("/incidents").json()["incidents"]}

    mine = server.api("j.alexis").open()
    assert mine in keys("k.baptiste")
    assert mine not in keys("c.grant")
    assert mine not in keys("i.campos")


# The log


@pytest.mark.parametrize("limit", [1, 7, 500])
def test_the_log_is_read_page_by_page(server: Server, limit: int) -> None:
    api, key = server.api("j.alexis"), server.incident
    entries = api.entries(key, limit=limit)
    assert entries == api.entries(key)
    assert [entry["seq"] for entry in entries] == list(range(1, len(entries) + 1))
    names = {"room", "seq", "prev_hash", "hash", "event", "at", "by", "data"}
    assert all(set(entry) == names and set(entry["by"]) == {"agency", "name", "position"} for entry in entries)
    assert [entry["prev_hash"] for entry in entries[1:]] == [entry["hash"] for entry in entries[:-1]]
    assert sorted(entry["at"] for entry in entries) == [entry["at"] for entry in entries]
    assert datetime.fromisoformat(entries[0]["at"]).utcoffset() == timedelta(0)


def test_a_page_of_the_log_holds_at_most_what_was_asked_for(api: Api, server: Server) -> None:
    first = api.get(f"/incidents/{server.incident}/log", limit=3).json()
    assert [entry["seq"] for entry in first["entries"]] == [1, 2, 3]
    following = api.get(f"/incidents/{server.incident}/log", limit=3, after=first["cursor"]).json()
    assert [entry["seq"] for entry in following["entries"]] == [4, 5, 6]
    end = api.board(server.incident)["cursor"]
    nothing = api.get(f"/incidents/{server.incident}/log", after=end).json()
    assert nothing == {"entries": [], "cursor": end}


def test_a_boards_cursor_goes_on_in_the_log(api: Api) -> None:
    key = api.open()
    cursor = api.board(key)["cursor"]
    api.do(key, "write-entry", text="After.")
    (entry,) = api.entries(key, after=cursor)
    assert entry["data"]["text"] == "After."


# As it was


def test_a_board_as_it_was_is_what_was_read_then(api: Api) -> None:
    """After each command the live board is kept; later each is asked for by cursor and by its entry's time."""
    key = api.open(agencies=["RSS"])
    kept = [live(api, key)]
    for command, fields in (
        ("add-task", {"title": "Fuel", "priority": "high", "due": "T+6:00"}),
        ("activate-playbook", {"playbook": "hurricane", "anchors": {"onset": "2026-09-10T02:30:00Z"}}),
        ("assign-task", {"task": "1", "agency": "RSS"}),
        ("move-task", {"task": "1", "lane": "blocked", "reason": "no fuel"}),
        ("comment-task", {"task": "1", "text": "Soon."}),
        ("record-decision", {"decision": "Airlift.", "reason": "Road cut."}),
        ("fill-position", {"position": "Operations lead", "person": "k.baptiste@cdema.example"}),
        ("set-level", {"scheme": "CDEMA", "value": "III"}),
        ("open-room", {"name": "Lift", "tlp": "TLP:AMBER", "agencies": ["CDEMA"]}),
        ("invite-agency", {"agency": "IMPACS"}),
        ("move-task", {"task": "1", "lane": "done"}),
        ("close-incident", {"summary": "Over."}),
    ):
        api.do(key, command, **fields)
        kept.append(live(api, key))
    for board, last in kept:
        assert api.board(key, at=board["cursor"]) == board
        if last["at"] != following(kept, last):
            assert as_then(api.board(key, at=last["at"])) == as_then(board)


def live(api: Api, key: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The board now, and the newest entry."""
    return api.board(key), api.entries(key)[-1]


def following(kept: list[tuple[dict[str, Any], dict[str, Any]]], last: dict[str, Any]) -> str:
    """The time of the entry kept after this one; within the same millisecond an instant means both."""
    times = [one["at"] for _, one in kept]
    place = times.index(last["at"])
    return times[place + 1] if place + 1 < len(times) else ""


def as_then(board: dict[str, Any]) -> dict[str, Any]:
    """Without the cursor: by time it may stand at any of that moment's entries."""
    return {name: value for name, value in board.items() if name != "cursor"}


def test_an_instant_means_all_events_up_to_it_and_offsets_count_from_t0(api: Api, server: Server) -> None:
    key = server.incident
    now = api.board(key)
    t0 = datetime.fromisoformat(now["incident"]["t0"])
    for offset, minutes in (("6h", 360), ("T+6:00", 360), ("T+0:45", 45)):
        moment = timedelta(minutes=minutes)
        instant = (t0 + moment).isoformat()
        by_instant, by_offset = api.board(key, at=instant), api.board(key, at=offset)
        assert by_instant == by_offset
        expected = [entry for entry in api.entries(key) if datetime.fromisoformat(entry["at"]) <= t0 + moment]
        assert by_offset["cursor"] != now["cursor"]
        assert api.entries(key, after=by_offset["cursor"]) == api.entries(key)[len(expected) :]
    assert api.board(key, at="T+999:00") == now
    exact = api.entries(key)[40]["at"]
    after = api.entries(key, after=api.board(key, at=exact)["cursor"])
    assert [entry for entry in api.entries(key) if entry["at"] > exact] == after


def test_a_moment_may_be_written_in_any_zone_and_escaped_or_not(api: Api, server: Server) -> None:
    key = server.incident
    t0 = datetime.fromisoformat(api.board(key)["incident"]["t0"])
    utc = (t0 + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%S")
    behind = (t0 - timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%S")
    ahead = (t0 + timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M:%S")
    boards = [
        api.client.get(f"/api/v1/incidents/{key}?at={moment}").json()
        for moment in (f"{utc}Z", f"{behind}-04:00", quote(f"{ahead}+03:00"), f"{ahead}+03:00", "T+2:00", "t%2B2:00")
    ]
    assert all(board == boards[0] for board in boards)


def test_before_the_opening_there_is_the_opening(api: Api) -> None:
    key = api.open()
    opened = api.board(key)
    api.do(key, "add-task", title="Fuel")
    assert api.board(key, at="2000-01-01T00:00:00Z") == opened


# The library and the description


def test_the_library_is_listed_and_shown(api: Api) -> None:
    listed = api.get("/playbooks").json()["playbooks"]
    assert {one["crisis_class"] for one in listed} == {"disaster", "health", "political"}
    for one in listed:
        assert set(one) == {"slug", "title", "crisis_class", "hazard", "version", "items"}
        shown = api.get(f"/playbooks/{one['slug']}").json()
        assert {name: shown[name] for name in one} == one
        assert sum(len(phase["items"]) for phase in shown["phases"]) == one["items"] > 0
        assert len(bytes.fromhex(shown["digest"])) == hashlib.sha256().digest_size
    assert api.get("/playbooks/no-such").status_code == 404
