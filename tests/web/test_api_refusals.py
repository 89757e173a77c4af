"""What the API refuses, how, and that nothing was changed by it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from tests.support.server import Api, Server

MISSING = "00000000-0000-7000-8000-00000000ffff"


@pytest.fixture(scope="module")
def alexis(server: Server) -> Api:
    """A coordinator of the lead agency."""
    return server.api("j.alexis")


@pytest.fixture(scope="module")
def key(alexis: Api) -> str:
    """An incident of CDEMA and RSS with one task."""
    key = alexis.open(agencies=["RSS"])
    alexis.do(key, "add-task", title="Fuel")
    return key


@pytest.fixture(autouse=True)
def _nothing_is_changed(alexis: Api, key: str) -> Iterator[None]:
    before = (alexis.board(key), alexis.entries(key))
    yield
    assert (alexis.board(key), alexis.entries(key)) == before


def refusal(answer: httpx2.Response, status: int, kind: str) -> dict[str, Any]:
    """Check the shape of a problem document and return it."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    problem = answer.json()
    assert problem["status"] == status
    assert problem["type"].rsplit("/", 1)[1] == kind
    assert all(isinstance(problem[name], str) and problem[name] for name in ("type", "title", "detail"))
    return dict(problem)


def post(api: Api, path: str, content: bytes, **headers: str) -> httpx2.Response:
    """Bytes as they are."""
    sent = {"Idempotency-Key": str(uuid4()), "Content-Type": "application/json"}
    return api.client.post(f"/api/v1{path}", content=content, headers=sent | headers)


# Who


def test_no_token_or_a_bad_one(server: Server, key: str) -> None:
    nobody = server.api(None)
    for headers in ({}, {"Authorization": "Bearer crt_wrong"}, {"Authorization": "Basic eDp5"}, {"Authorization": "X"}):
        for path in ("/incidents", f"/incidents/{key}", f"/incidents/{key}/log", "/playbooks", "/incidents/none-26"):
            answer = nobody.client.get(f"/api/v1{path}", headers=headers)
            refusal(answer, 401, "signed-out")
            assert answer.headers["www-authenticate"] == "Bearer"
        answer = nobody.client.post(
            f"/api/v1/incidents/{key}/commands/write-entry", json={"text": "x"},
            headers={"Idempotency-Key": str(uuid4()), **headers},
        )  # fmt: skip
        refusal(answer, 401, "signed-out")


def test_who_may_read_may_not_do(server: Server, key: str) -> None:
    leader = server.api("p.moore")
    assert leader.get(f"/incidents/{key}").status_code == 200
    for command, fields in (
        ("add-task", {"title": "x"}), ("write-entry", {"text": "x"}), ("invite-agency", {"agency": "PAHO"}),
        ("open-room", {"name": "x", "tlp": "TLP:AMBER", "agencies": ["CDEMA"]}), ("close-incident", {"summary": "x"}),
        ("set-level", {"scheme": "CDEMA", "value": "III"}), ("move-task", {"task": "1", "lane": "done"}),
    ):  # fmt: skip
        refusal(leader.send(key, command, fields), 403, "not-allowed")
    body = {"title": "x", "crisis_class": "disaster", "states": ["LC"], "lead_agency": "CDEMA"}
    refusal(leader.client.post("/api/v1/incidents", json=body), 403, "not-allowed")
    officer = server.api("k.baptiste")
    refusal(officer.send(key, "close-incident", {"summary": "x"}), 403, "not-allowed")
    refusal(officer.send(key, "invite-agency", {"agency": "PAHO"}), 403, "not-allowed")
    refusal(server.api("c.grant").send(key, "set-level", {"scheme": "CDEMA", "value": "III"}), 403, "not-allowed")


def test_hidden_and_unknown_incidents_are_the_same_bytes(server: Server, key: str) -> None:
    outsider = server.api("i.campos")
    for hidden, unknown in ((key, "nosuch-26"), (key, "nosuch-26-2"), (key, "x" * 300), (key, "%00"), (key, "ELENA")):
        for path in ("", "/log", "?at=6h", "/live"):
            same(
                outsider.client.get(f"/api/v1/incidents/{hidden}{path}"),
                outsider.client.get(f"/api/v1/incidents/{unknown}{path}"),
            )
        for command in ("write-entry", "add-task", "no-such-command"):
            for body in ({"text": "x"}, {"wrong": 1}):
                same(outsider.send(hidden, command, body), outsider.send(unknown, command, body))
        same(
            post(outsider, f"/incidents/{hidden}/commands/write-entry", b"{"),
            post(outsider, f"/incidents/{unknown}/commands/write-entry", b"{"),
        )


def test_hidden_and_unknown_incidents_are_the_same_page(server: Server, key: str) -> None:
    outsider = server.api("i.campos").client
    outsider.headers["Accept"] = "text/html"
    for path in (
        "",
        "/board",
        "/log",
        "/log.jsonl",
        "/people",
        "/review",
        "/review.csv",
        "/t/E-1",
        "/activate",
        "/live",
    ):
        same(outsider.get(f"/i/{key}{path}"), outsider.get(f"/i/nosuch-26{path}"))
    form = {"text": "x", "idempotency_key": str(uuid4())}
    for command in ("write-entry", "no-such-command"):
        same(
            outsider.post(f"/i/{key}/commands/{command}", data=form),
            outsider.post(f"/i/nosuch-26/commands/{command}", data=form),
        )
    for path in ("/playbooks", "/playbooks/hurricane", "/playbooks/hurricane/activate"):
        hidden, unknown = (outsider.get(path, params={"incident": one}) for one in (key, "nosuch-26"))
        assert hidden.status_code == unknown.status_code == 200
        assert timeless(hidden) == timeless(unknown)


def same(hidden: httpx2.Response, unknown: httpx2.Response) -> None:
    """Nothing tells one from the other."""
    assert hidden.status_code == unknown.status_code == 404
    assert hidden.content == unknown.content
    assert _lasting(hidden) == _lasting(unknown)


def timeless(answer: httpx2.Response) -> list[str]:
    """A page without the present time and the keys of forms, in which any two answers differ."""
    words = ("data-now", "data-clock", "idempotency_key", "<time")
    return [line for line in answer.text.splitlines() if not any(word in line for word in words)]


def _lasting(answer: httpx2.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name not in ("date", "x-request-id")}


def test_unknown_subjects_rooms_and_commands(alexis: Api, key: str) -> None:
    bodies = set()
    for command, fields in (
        ("move-task", {"task": MISSING, "lane": "done"}), ("move-task", {"task": "E-999", "lane": "done"}),
        ("comment-task", {"task": MISSING, "text": "x"}), ("assign-task", {"task": MISSING}),
        ("edit-task", {"task": MISSING, "set": {"title": "x"}, "base": {"title": "y"}}),
        ("add-task", {"title": "x", "room": MISSING}), ("write-entry", {"text": "x", "room": MISSING}),
        ("record-decision", {"decision": "x", "reason": "y", "room": MISSING}), ("tick-item", {"item": MISSING}),
        ("skip-item", {"item": MISSING, "reason": "x"}), ("release", {"subject": "E-1", "to_room": MISSING}),
        ("release", {"subject": MISSING, "to_room": alexis.board(key)["rooms"][0]["id"]}), ("no-such-command", {}),
        ("open-incident", {}), ("add-person", {}), ("disable-person", {}),
    ):  # fmt: skip
        answer = alexis.send(key, command, fields)
        refusal(answer, 404, "not-found")
        bodies.add(answer.content)
    assert len(bodies) == 1


# What


@pytest.mark.parametrize(
    ("command", "fields", "named"),
    [
        ("add-task", {}, "title"),
        ("add-task", {"title": "  "}, "title"),
        ("add-task", {"title": 7}, "title"),
        ("add-task", {"title": "x" * 201}, "title"),
        ("add-task", {"title": "x", "place": 3}, "place"),
        ("add-task", {"title": "x", "priority": "urgent"}, "priority"),
        ("add-task", {"title": "x", "due": "whenever"}, "due"),
        ("add-task", {"title": "x", "agency": "NOSUCH"}, "agency"),
        ("add-task", {"title": "x", "agency": "CARPHA"}, "agency"),
        ("add-task", {"title": "x", "assignee": "s.wilson@carpha.example"}, "assignee"),
        ("add-task", {"title": "x", "room": "main"}, "room"),
        ("add-task", {"title": "x", "tlp": "TLP:PURPLE"}, "tlp"),
        ("add-task", {"title": "x", "tlp": "TLP:RED"}, "tlp"),
        ("add-task", {"title": "x\x00y"}, "title"),
        ("add-task", {"title": "x", "waits_for": "E-1"}, "waits_for"),
        ("move-task", {"task": "E-1", "lane": "somewhere"}, "lane"),
        ("move-task", {"task": "E-1", "lane": "blocked"}, "reason"),
        ("move-task", {"lane": "done"}, "task"),
        ("edit-task", {"task": "E-1", "set": {"title": "Z"}}, "base"),
        ("edit-task", {"task": "E-1", "set": {"title": "Z"}, "base": {}}, "base.title"),
        ("edit-task", {"task": "E-1", "set": {}, "base": {}}, "set"),
        ("edit-task", {"task": "E-1", "set": {"lane": "done"}, "base": {}}, "set.lane"),
        ("comment-task", {"task": "E-1", "text": ""}, "text"),
        ("write-entry", {"text": "x" * 20_001}, "text"),
        ("record-decision", {"decision": "x"}, "reason"),
        ("activate-playbook", {"playbook": "no-such", "anchors": {}}, "playbook"),
        ("activate-playbook", {"playbook": "hurricane", "anchors": {"onset": "soon"}}, "anchors.onset"),
        ("add-task", {"title": "x", "due": "0001-01-01T00:00:00+14:00"}, "due"),
        ("add-task", {"title": "x", "due": "9999-12-31T23:59:59-14:00"}, "due"),
        ("add-task", {"title": "x", "due": "T+99999d"}, "due"),
        ("activate-playbook", {"playbook": "hurricane", "anchors": {"onset": 99999999999}}, "anchors.onset"),
        ("activate-playbook", {"playbook": "hurricane", "anchors": {"activation": "2999-12-31T23:59:59Z"}}, "anchors"),
        ("activate-playbook", {"playbook": "hurricane", "anchors": {"no-such": "2026-09-10T02:30:00Z"}}, "anchors"),
        ("open-room", {"name": "x", "tlp": "TLP:AMBER"}, "agencies"),
        ("open-room", {"name": "x", "tlp": "TLP:RED", "agencies": ["CDEMA"]}, "tlp"),
        ("invite-agency", {"agency": "NOSUCH"}, "agency"),
        ("fill-position", {"position": "x", "person": "nobody@nowhere.example"}, "person"),
        ("release", {"subject": "E-1", "to_room": "main"}, "to_room"),
        ("advance-phase", {"phase": ""}, "phase"),
        ("set-level", {"scheme": "CDEMA"}, "value"),
    ],
)
def test_bad_input_names_the_field(alexis: Api, key: str, command: str, fields: dict[str, Any], named: str) -> None:
    problem = refusal(alexis.send(key, command, fields), 422, "bad-input")
    assert any(name == named or name.startswith(f"{named}.") for name in problem["fields"])


@pytest.mark.parametrize("body", [b"{", b'{"text":', b"\xff\xfe", b"[" * 5000, b'{"text": NaN}', b"nonsense", b"{]"])
def test_half_json(alexis: Api, key: str, body: bytes) -> None:
    refusal(post(alexis, f"/incidents/{key}/commands/write-entry", body), 400, "malformed")


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"7", b"null", b"[[[]]]"])
def test_json_that_is_no_object(alexis: Api, key: str, body: bytes) -> None:
    refusal(post(alexis, f"/incidents/{key}/commands/write-entry", body), 422, "bad-input")


def test_an_empty_body_is_an_object_without_fields(alexis: Api, key: str) -> None:
    problem = refusal(post(alexis, f"/incidents/{key}/commands/write-entry", b""), 422, "bad-input")
    assert list(problem["fields"]) == ["text"]


@pytest.mark.parametrize("number", ["1e999", "1" * 5000, "-1e999"])
def test_numbers_no_computer_keeps(alexis: Api, key: str, number: str) -> None:
    body = f'{{"task": "E-1", "set": {{"notes": "x"}}, "base": {{"notes": {number}}}}}'.encode()
    answer = post(alexis, f"/incidents/{key}/commands/edit-task", body)
    assert answer.status_code in (400, 409, 422)


def test_lone_surrogates_are_refused(alexis: Api, key: str) -> None:
    answer = post(alexis, f"/incidents/{key}/commands/write-entry", b'{"text": "\\ud800"}')
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_body_too_large(alexis: Api, key: str) -> None:
    large = json.dumps({"text": "x" * 300_000}).encode()
    refusal(post(alexis, f"/incidents/{key}/commands/write-entry", large), 413, "too-large")
    refusal(post(alexis, "/incidents", large), 413, "too-large")

    def in_pieces() -> Iterator[bytes]:
        for _ in range(40):
            yield b" " * 10_000

    answer = alexis.client.post(
        f"/api/v1/incidents/{key}/commands/write-entry", content=in_pieces(),
        headers={"Idempotency-Key": str(uuid4())},
    )  # fmt: skip
    refusal(answer, 413, "too-large")


def test_an_address_for_another_method(alexis: Api, key: str) -> None:
    answer = alexis.client.delete(f"/api/v1/incidents/{key}")
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]
    refusal(alexis.client.get(f"/api/v1/incidents/{key}/commands/write-entry"), 405, "wrong-method")
    refusal(alexis.get("/no-such-thing"), 404, "not-found")


@pytest.mark.parametrize("limit", ["0", "501", "-1", "many", "1.5", "9" * 400, "²"])
def test_a_limit_out_of_bounds(alexis: Api, key: str, limit: str) -> None:
    problem = refusal(alexis.get(f"/incidents/{key}/log", limit=limit), 422, "bad-input")
    assert "limit" in problem["fields"]


@pytest.mark.parametrize("after", ["garbage", "e30", "W10", "WyJ4Iix7fV0", "a" * 9000, "ÿ", "WyIiLHsieCI6MX1d"])
def test_a_cursor_that_is_none(alexis: Api, key: str, after: str) -> None:
    problem = refusal(alexis.get(f"/incidents/{key}/log", after=after), 422, "bad-input")
    assert "after" in problem["fields"]


@pytest.mark.parametrize(
    "at",
    ["yesterday", "2026-13-01T00:00:00Z", "T+", "99999999999h", "99999d", "2026-09-10T02:30:00", "W10",
     "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-09-10T02:30:00+23:00"],
)  # fmt: skip
def test_a_moment_that_is_none(alexis: Api, key: str, at: str) -> None:
    problem = refusal(alexis.get(f"/incidents/{key}", at=at), 422, "bad-input")
    assert "at" in problem["fields"]


@pytest.mark.parametrize("t0", [99999999999, 1e18, True, "0001-01-01T00:00:00+14:00", "2026-09-10T02:30:00"])
def test_a_t0_that_is_none(alexis: Api, t0: object) -> None:
    body = {"title": "x", "crisis_class": "disaster", "states": ["LC"], "lead_agency": "CDEMA", "t0": t0}
    problem = refusal(alexis.client.post("/api/v1/incidents", json=body), 422, "bad-input")
    assert list(problem["fields"]) == ["t0"]


# Idempotency keys


def test_a_command_needs_a_key_that_is_a_uuid(alexis: Api, key: str) -> None:
    path = f"/api/v1/incidents/{key}/commands/write-entry"
    for headers in ({}, {"Idempotency-Key": ""}, {"Idempotency-Key": "not-a-uuid"}, {"Idempotency-Key": "7" * 200}):
        problem = refusal(alexis.client.post(path, json={"text": "x"}, headers=headers), 422, "bad-input")
        assert list(problem["fields"]) == ["Idempotency-Key"]
