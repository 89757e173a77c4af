"""Further rooms of an incident: members see them at once, others cannot tell that they exist."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.support.server import Api, Server
from tests.web.forms import tree


@pytest.fixture
def key(server: Server) -> str:
    """An incident of CDEMA, IMPACS and RSS."""
    return server.api("j.alexis").open(agencies=["IMPACS", "RSS"])


def test_a_room_is_opened_and_its_first_entry_is_that(server: Server, key: str) -> None:
    noel, grant, alexis = (server.api(who) for who in ("t.noel", "c.grant", "j.alexis"))
    before = everything(alexis, key)
    receipt = noel.do(key, "open-room", name="Intelligence", tlp="TLP:AMBER", agencies=["IMPACS", "RSS"])
    room = receipt["id"]
    assert receipt == {"result": "applied", "room": room, "seq": 1, "id": room}
    inside = [one for one in grant.board(key)["rooms"] if one["id"] == room]
    assert [(one["name"], one["tlp"], one["agencies"]) for one in inside] == [
        ("Intelligence", "TLP:AMBER", ["IMPACS", "RSS"])
    ]
    (entry,) = [one for one in grant.entries(key) if one["room"] == room]
    assert (entry["event"], entry["seq"]) == ("room.opened", 1)
    assert everything(alexis, key) == before
    assert grant.board(key) == noel.board(key)


def test_what_is_done_in_a_room_changes_nothing_outside(server: Server, key: str) -> None:
    noel, grant, alexis = (server.api(who) for who in ("t.noel", "c.grant", "j.alexis"))
    room = noel.do(key, "open-room", name="Intelligence", tlp="TLP:AMBER", agencies=["IMPACS", "RSS"])["id"]
    before = everything(alexis, key)
    first = noel.do(key, "add-task", title="Watch list", room=room)
    grant.do(key, "add-task", title="Escort", room=room)
    noel.do(key, "move-task", task=first["id"], lane="done")
    noel.do(key, "write-entry", text="Not for all.", room=room)
    noel.do(key, "record-decision", decision="Wait.", reason="No manifest.", room=room)
    noel.do(key, "comment-task", task=first["id"], text="Not for all.")
    assert everything(alexis, key) == before
    assert [task["number"] for task in noel.board(key)["tasks"]] == ["E-1", "E-2"]
    outside = alexis.do(key, "add-task", title="Fuel")
    (task,) = alexis.board(key)["tasks"]
    assert (task["number"], outside["seq"]) == ("E-1", before[1][-1]["seq"] + 1)


def test_a_page_says_which_rooms_may_be_kept_on_the_device_and_none_that_is_red(server: Server, key: str) -> None:
    noel = server.api("t.noel")
    (main,) = [room["id"] for room in noel.board(key)["rooms"]]
    amber = noel.do(key, "open-room", name="Intelligence", tlp="TLP:AMBER", agencies=["IMPACS", "RSS"])["id"]
    noel.do(key, "open-room", name="Named", tlp="TLP:RED", people=[server.person("t.noel").email])
    page = noel.client.get(f"/i/{key}").text
    (kept,) = re.findall(r'data-storable="([^"]*)"', page)
    assert set(kept.split()) == {main, amber}


def everything(api: Api, key: str) -> tuple[dict[str, Any], list[dict[str, Any]], Any]:
    """All that somebody can read of an incident."""
    return api.board(key), api.entries(key), api.get("/incidents").json()


def test_a_hidden_room_and_what_is_in_it_are_as_unknown(server: Server, key: str) -> None:
    noel, alexis = server.api("t.noel"), server.api("j.alexis")
    room = noel.do(key, "open-room", name="Intelligence", tlp="TLP:AMBER", agencies=["IMPACS", "RSS"])["id"]
    main = alexis.board(key)["rooms"][0]["id"]
    task = noel.do(key, "add-task", title="Watch list", room=room)["id"]
    entry = noel.do(key, "write-entry", text="Not for all.", room=room)["id"]
    other = "01900000-0000-7000-8000-000000000000"
    for command, fields, name in (
        ("write-entry", {"text": "x"}, "room"), ("add-task", {"title": "x"}, "room"),
        ("record-decision", {"decision": "x", "reason": "y"}, "room"), ("release", {"subject": "E-1"}, "to_room"),
    ):  # fmt: skip
        hidden, unknown = (alexis.send(key, command, {**fields, name: place}) for place in (room, other))
        assert (hidden.status_code, hidden.content) == (404, unknown.content)
    for command, fields in (
        ("move-task", {"lane": "done"}), ("comment-task", {"text": "x"}), ("assign-task", {"agency": "CDEMA"}),
        ("edit-task", {"set": {"title": "x"}, "base": {"title": "y"}}),
    ):  # fmt: skip
        hidden, unknown = (alexis.send(key, command, {**fields, "task": one}) for one in (task, other))
        assert (hidden.status_code, hidden.content) == (404, unknown.content)
    for subject in (task, entry):
        hidden, unknown = (alexis.send(key, "release", {"subject": one, "to_room": main}) for one in (subject, other))
        assert (hidden.status_code, hidden.content) == (404, unknown.content)
    for waits_for in ([task], [other]):
        assert alexis.send(key, "add-task", {"title": "x", "waits_for": waits_for}).status_code == 404
    page = server.browser("j.alexis")
    hidden_page, unknown_page = (page.get(f"/i/{key}/t/{one}") for one in (task, other))
    assert (hidden_page.status_code, hidden_page.content) == (404, unknown_page.content)


def test_people_of_a_red_room_are_its_members_only(server: Server, key: str) -> None:
    noel = server.api("t.noel")
    room = noel.do(key, "open-room", name="Named", tlp="TLP:RED", people=["c.grant@rss.example"])["id"]
    noel.do(key, "write-entry", text="Eyes only.", room=room)
    for who, inside in (("t.noel", True), ("c.grant", True), ("e.daniel", False), ("a.lewis", False)):
        board = server.api(who).board(key)
        assert (room in [one["id"] for one in board["rooms"]]) is inside
        assert ("Eyes only." in server.api(who).get(f"/incidents/{key}/log").text) is inside


def test_an_invited_agency_finds_only_the_main_room(server: Server, key: str) -> None:
    noel = server.api("t.noel")
    noel.do(key, "open-room", name="Intelligence", tlp="TLP:AMBER", agencies=["IMPACS", "RSS"])
    noel.do(key, "invite-agency", agency="PAHO")
    assert [room["main"] for room in server.api("i.campos").board(key)["rooms"]] == [True]


@pytest.mark.parametrize("kind", ["task", "entry", "decision"])
def test_what_is_released_is_issued_again_in_the_target_room(server: Server, key: str, kind: str) -> None:
    noel, grant, alexis = (server.api(who) for who in ("t.noel", "c.grant", "j.alexis"))
    main = alexis.board(key)["rooms"][0]["id"]
    alexis.do(key, "add-task", title="Already here")
    alexis.do(key, "record-decision", decision="First.", reason="x")
    room = noel.do(key, "open-room", name="Intelligence", tlp="TLP:AMBER", agencies=["IMPACS", "RSS"])["id"]
    made = {
        "task": lambda: noel.do(key, "add-task", title="Watch list", room=room),
        "entry": lambda: noel.do(key, "write-entry", text="Sighted.", room=room),
        "decision": lambda: noel.do(key, "record-decision", decision="Wait.", reason="x", room=room),
    }[kind]()
    assert grant.send(key, "release", {"subject": made["id"], "to_room": main}).status_code == 403
    receipt = noel.do(key, "release", subject=made["id"], to_room=main)
    assert (receipt["result"], receipt["room"]) == ("applied", main)
    assert receipt["id"] != made["id"]
    last = alexis.entries(key)[-1]
    assert (last["room"], last["seq"]) == (main, receipt["seq"])
    assert receipt["id"] in last["data"].values()
    assert made["id"] not in last["data"].values()
    gone = [entry for entry in grant.entries(key) if entry["room"] == room][-1]
    assert gone["event"] == f"{kind}.released"
    assert gone["data"]["to_room"] == main
    if kind == "task":
        (task,) = [task for task in grant.board(key)["tasks"] if task["title"] == "Watch list"]
        assert (task["id"], task["room"], task["number"]) == (receipt["id"], main, "E-2")
    if kind == "decision":
        assert [one["number"] for one in alexis.board(key)["decisions"]] == [1, 2]


ABOUT_MAIN = ("Level III", "Situation unit", "PAHO-only", "Hurricane-strength", ">CDEMA<", "Regional Security System")


def test_who_is_only_in_a_side_room_learns_nothing_of_the_main_room(server: Server) -> None:
    """Its level, phases, positions, agencies and summary are facts of the main room; its name is known."""
    alexis, noel, campos = (server.api(who) for who in ("j.alexis", "t.noel", "i.campos"))
    key = alexis.open("Quiet matter", agencies=["IMPACS"], hazard="Hurricane-strength wind", area="Dennery")
    room = noel.do(key, "open-room", name="Health desk", tlp="TLP:AMBER", agencies=["IMPACS", "PAHO"])["id"]
    noel.do(key, "add-task", title="Ask the laboratory", room=room)
    before = everything(campos, key), situation_line(campos, key)
    assert before[0][0]["incident"]["level"] is None
    alexis.do(key, "set-level", scheme="CDEMA", value="Level III")
    alexis.do(key, "activate-playbook", playbook="hurricane", anchors={})
    alexis.do(key, "advance-phase", phase=alexis.board(key)["runs"][0]["phases"][1]["id"])
    alexis.do(key, "fill-position", position="Situation unit", person="j.alexis@cdema.example")
    alexis.do(key, "invite-agency", agency="RSS")
    alexis.do(key, "add-task", title="PAHO-only", agency="CDEMA")
    assert (everything(campos, key), situation_line(campos, key)) == before
    for page in ("", "/people", "/log", "/review", "/review?part=board", "/t/Q-1"):
        answer = campos.client.get(f"/i/{key}{page}")
        assert answer.status_code == 200, page
        assert "Quiet matter" in answer.text or "part=" in page
        assert [text for text in ABOUT_MAIN if text in answer.text] == [], page
    assert campos.client.get(f"/playbooks/hurricane/activate?incident={key}").text.count(key) == 0
    alexis.do(key, "close-incident", summary="PAHO-only")
    incident = campos.board(key)["incident"]
    assert (incident["summary"], incident["closed_at"] is None) == ("", False)


def situation_line(api: Api, key: str) -> str:
    """An incident's line on the situation page, without what changes with the clock."""
    (line,) = tree(api.client.get("/situation", headers={"Accept": "text/html"})).xpath(f"//tr[@id='incident-{key}']")
    return re.sub(r"T.\d+:\d\d", "", str(line.text_content()))


def test_a_late_task_of_a_further_room_is_linked_to_itself(server: Server, key: str) -> None:
    """Its number may be that of another task in the main room, so the page without scripts links it by id."""
    noel = server.api("t.noel")
    room = noel.do(key, "open-room", name="Intelligence", tlp="TLP:AMBER", agencies=["IMPACS", "RSS"])["id"]
    noel.do(key, "add-task", title="Fuel")
    late = noel.do(key, "add-task", title="Watch list", room=room, due="2026-01-01T00:00:00Z")["id"]
    noscript = re.findall(r"<noscript>.*?</noscript>", noel.client.get(f"/i/{key}").text, re.DOTALL)
    (link,) = re.findall(rf'href="(/i/{key}/t/[^"]+)">E-1 Watch list', "".join(noscript))
    assert link == f"/i/{key}/t/{late}"
    assert "Watch list" in noel.client.get(f"{link}?part=drawer").text
