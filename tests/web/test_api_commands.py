"""Every command of the API as a program sends it: the receipt, and the board afterwards."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.support.server import Api, Server

CONTRACT = frozenset(
    "invite-agency open-room add-task assign-task move-task edit-task comment-task activate-playbook tick-item "
    "skip-item reopen-item write-entry record-decision set-level advance-phase fill-position release "
    "close-incident".split()
)


@pytest.fixture
def api(server: Server) -> Api:
    """A coordinator of the lead agency."""
    return server.api("j.alexis")


@pytest.fixture
def key(api: Api) -> str:
    """An incident of all four core agencies."""
    return api.open(agencies=["IMPACS", "RSS", "CARPHA"])


def test_an_incident_is_opened_with_all_that_the_contract_names(server: Server) -> None:
    api = server.api("j.alexis")
    answer = api.client.post(
        "/api/v1/incidents",
        json={
            "title": "Tropical Storm Berta", "crisis_class": "disaster", "hazard": "storm",
            "states": ["LC", "Dominica"], "level": {"scheme": "CDEMA", "value": "II"}, "lead_agency": "CDEMA",
            "exercise": True, "agencies": ["RSS"],
        },
    )  # fmt: skip
    assert answer.status_code == 201
    key = answer.json()["key"]
    assert answer.headers["location"] == f"/api/v1/incidents/{key}"
    assert key.startswith("berta-")
    board = api.board(key)
    assert board["cursor"] == answer.json()["cursor"]
    incident = board["incident"]
    assert (incident["title"], incident["states"], incident["exercise"]) == ("Tropical Storm Berta", ["LC", "DM"], True)
    assert incident["level"] == {"scheme": "CDEMA", "value": "II"}
    assert [room["agencies"] for room in board["rooms"]] == [["CDEMA", "RSS"]]
    assert board["tasks"] == board["runs"] == []
    assert key in [one["key"] for one in api.get("/incidents").json()["incidents"]]


def test_only_what_is_needed_opens_an_incident(api: Api) -> None:
    needed = {"title": "Flood Rivers", "crisis_class": "disaster", "states": ["VC"], "lead_agency": "CDEMA"}
    assert api.client.post("/api/v1/incidents", json=needed).status_code == 201
    for name in ("title", "crisis_class", "lead_agency"):
        less = {field: value for field, value in needed.items() if field != name}
        answer = api.client.post("/api/v1/incidents", json=less)
        assert answer.status_code == 422
        assert name in answer.json()["fields"]


def test_an_agency_is_invited_once(api: Api, key: str, server: Server) -> None:
    paho = server.api("i.campos")
    assert paho.get(f"/incidents/{key}").status_code == 404
    receipt = api.do(key, "invite-agency", agency="PAHO")
    assert receipt["result"] == "applied"
    assert api.do(key, "invite-agency", agency="paho") == receipt | {"result": "unchanged"}
    assert paho.board(key) == api.board(key)
    refused = api.send(key, "invite-agency", {"agency": "NOSUCH"})
    assert (refused.status_code, list(refused.json()["fields"])) == (422, ["agency"])


def test_a_task_goes_its_way(api: Api, key: str) -> None:
    main = api.board(key)["rooms"][0]["id"]
    added = api.do(
        key, "add-task", title="Deploy assessment team", room=main, tlp="TLP:GREEN", agency="CDEMA",
        assignee="k.baptiste@cdema.example", position="Operations lead", priority="critical", due="T+14:00",
    )  # fmt: skip
    assert set(added) == {"result", "room", "seq", "id"}
    assert (added["result"], added["room"]) == ("applied", main)
    task = one_task(api, key)
    assert task["id"] == added["id"]
    assert (task["lane"], task["tlp"], task["priority"]) == ("todo", "TLP:GREEN", "critical")
    assert task["assignee_name"] == "Kezia Baptiste"
    number = task["number"]

    assigned = api.do(key, "assign-task", task=number, agency="RSS")
    assert assigned == {"result": "applied", "room": main, "seq": added["seq"] + 1, "id": added["id"]}
    assert (one_task(api, key)["agency"], one_task(api, key)["assignee"]) == ("RSS", None)

    assert api.send(key, "move-task", {"task": number, "lane": "blocked"}).status_code == 422
    api.do(key, "move-task", task=number, lane="blocked", reason="Road cut at Layou")
    assert (one_task(api, key)["lane"], one_task(api, key)["reason"]) == ("blocked", "Road cut at Layou")
    again = api.do(key, "move-task", task=added["id"], lane="blocked", reason="Road cut at Layou")
    assert (again["result"], again["id"]) == ("unchanged", added["id"])

    api.do(key, "edit-task", task=number, set={"title": "Send team"}, base={"title": "Deploy assessment team"})
    commented = api.do(key, "comment-task", task=number, text="Boat at 16:45.")
    assert commented["result"] == "applied"
    assert UUID(commented["id"])
    task = one_task(api, key)
    assert (task["title"], task["comments"], task["number"]) == ("Send team", 1, number)
    api.do(key, "move-task", task=number, lane="done")
    assert one_task(api, key)["done_at"]


def test_two_who_edit_different_fields_both_win(api: Api, key: str, server: Server) -> None:
    added = api.do(key, "add-task", title="Fuel", priority="normal")
    api.do(key, "edit-task", task=added["id"], set={"notes": "6 h left"}, base={"notes": ""})
    server.api("c.grant").do(key, "edit-task", task=added["id"], set={"priority": "high"}, base={"priority": "normal"})
    task = one_task(api, key)
    assert (task["notes"], task["priority"]) == ("6 h left", "high")


def test_the_same_field_gives_both_values_back(api: Api, key: str, server: Server) -> None:
    added = api.do(key, "add-task", title="Fuel")
    server.api("c.grant").do(key, "edit-task", task=added["id"], set={"title": "Fuel, 6 h"}, base={"title": "Fuel"})
    before = api.board(key)
    answer = api.send(key, "edit-task", {"task": added["id"], "set": {"title": "Fuel now"}, "base": {"title": "Fuel"}})
    assert answer.status_code == 409
    problem = answer.json()
    assert problem["type"].endswith("/conflict")
    (conflict,) = problem["conflict"]
    by = conflict.pop("by")
    assert conflict == {"field": "title", "base": "Fuel", "theirs": "Fuel, 6 h", "yours": "Fuel now"}
    assert (by["agency"], by["name"]) == ("RSS", "Colin Grant")
    assert api.board(key) == before


def test_a_playbook_runs(api: Api, key: str) -> None:
    anchors = {"activation": "2026-09-08T06:00:00Z", "onset": "2026-09-10T02:30:00Z"}
    started = api.do(key, "activate-playbook", playbook="hurricane", anchors=anchors)
    board = api.board(key)
    (run,) = board["runs"]
    assert run["id"] == started["id"]
    assert (run["playbook"], run["room"]) == ("hurricane", board["rooms"][0]["id"])
    assert run["version"] == api.get("/playbooks/hurricane").json()["version"]
    items = [item for phase in run["phases"] for item in phase["items"]]
    listed = next(one for one in api.get("/playbooks").json()["playbooks"] if one["slug"] == "hurricane")
    assert len(items) == listed["items"]
    assert all({"id", "text", "state", "agency", "position", "due"} <= item.keys() for item in items)
    free = [item["id"] for item in items if not item["depends"] and not item["decision"]][:2]

    ticked = api.do(key, "tick-item", item=free[0])
    assert (ticked["result"], ticked["id"]) == ("applied", free[0])
    assert state_of(api, key, free[0]) == "done"
    assert api.do(key, "tick-item", item=free[0])["result"] == "unchanged"
    assert api.send(key, "skip-item", {"item": free[1]}).status_code == 422
    api.do(key, "skip-item", item=free[1], reason="No port here")
    assert state_of(api, key, free[1]) == "skipped"
    api.do(key, "reopen-item", item=free[1])
    assert state_of(api, key, free[1]) == "open"

    api.do(key, "advance-phase", phase=run["phases"][1]["id"])
    assert api.board(key)["runs"][0]["phase"] == run["phases"][1]["id"]
    refused = api.send(key, "advance-phase", {"phase": "no-such-phase"})
    assert (refused.status_code, "phase" in refused.json()["fields"]) == (422, True)


def test_words_go_into_the_log(api: Api, key: str) -> None:
    written = api.do(key, "write-entry", text="Sortie 3 airborne.", tlp="TLP:GREEN")
    decided = api.do(key, "record-decision", decision="Airlift first.", reason="Road cut.", options=["Wait"])
    levelled = api.do(key, "set-level", scheme="CDEMA", value="III")
    assert [written["seq"], decided["seq"], levelled["seq"]] == list(range(written["seq"], written["seq"] + 3))
    entries = api.entries(key)[-3:]
    assert [entry["event"] for entry in entries] == ["entry.written", "decision.recorded", "level.set"]
    assert entries[0]["data"]["text"] == "Sortie 3 airborne."
    assert entries[0]["by"] == {"agency": "CDEMA", "name": "Joan Alexis", "position": ""}
    assert api.board(key)["incident"]["level"] == {"scheme": "CDEMA", "value": "III"}
    assert api.board(key)["decisions"][0]["options"] == ["Wait"]
    assert api.do(key, "set-level", scheme="CDEMA", value="III")["result"] == "unchanged"


def test_a_position_is_filled_by_address_or_id(api: Api, key: str) -> None:
    baptiste = next(one for one in api.board(key)["people"] if one["name"] == "Kezia Baptiste")
    filled = api.do(key, "fill-position", position="Operations lead", person="k.baptiste@cdema.example")
    assert api.do(key, "fill-position", position="Operations lead", person=baptiste["id"])["result"] == "unchanged"
    (position,) = api.board(key)["positions"]
    assert (position["id"], position["person"]) == (filled["id"], baptiste["id"])
    api_of_holder = api.send(key, "fill-position", {"position": "Operations lead", "person": "nobody@cdema.example"})
    assert api_of_holder.status_code == 422


def test_a_closed_incident_is_only_read(api: Api, key: str, server: Server) -> None:
    number = add_numbered(api, key, "Fuel")
    sent = str(uuid4())
    closing = {"summary": "No unmet request for 72 h."}
    assert api.send(key, "close-incident", closing, sent).json()["result"] == "applied"
    assert api.board(key)["incident"]["closed_at"]
    before = api.board(key)
    for command, fields in (
        ("add-task", {"title": "Late"}), ("move-task", {"task": number, "lane": "done"}),
        ("write-entry", {"text": "Late"}), ("invite-agency", {"agency": "PAHO"}), ("close-incident", closing),
    ):  # fmt: skip
        answer = api.send(key, command, fields)
        assert (answer.status_code, answer.headers["content-type"]) == (409, "application/problem+json")
        assert answer.json()["type"].endswith("/incident-closed")
    assert api.send(key, "close-incident", closing, sent).json()["result"] == "repeated"
    assert api.board(key) == before
    assert api.entries(key)[-1]["event"] == "incident.closed"


def test_the_contracts_commands_are_those_of_the_description(api: Api) -> None:
    paths = api.get("/openapi.json").json()["paths"]
    offered = {path.rsplit("/", 1)[1] for path in paths if "/commands/" in path}
    assert offered >= CONTRACT


def one_task(api: Api, key: str) -> dict[str, Any]:
    (task,) = api.board(key)["tasks"]
    return dict(task)


def state_of(api: Api, key: str, item: str) -> str:
    items = [one for run in api.board(key)["runs"] for phase in run["phases"] for one in phase["items"]]
    return str(next(one["state"] for one in items if one["id"] == item))


def add_numbered(api: Api, key: str, title: str) -> str:
    """Add a task and return its short number."""
    added = api.do(key, "add-task", title=title)
    return str(next(task["number"] for task in api.board(key)["tasks"] if task["id"] == added["id"]))
