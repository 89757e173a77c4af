"""Sentences of the contract that no other test here is about."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from crisisroom.core import errors
from crisisroom.core.agencies import AGENCIES
from tests.support.server import Server

DOCUMENTATION = Path(__file__).resolve().parents[2] / "docs" / "api.md"


def test_a_cookie_opens_a_socket_only_with_our_origin(server: Server) -> None:
    secret = server.browser("j.alexis").cookies["crisisroom"]
    cookie = {"Cookie": f"crisisroom={secret}"}
    token = {"Authorization": f"Bearer {server.person('j.alexis').token}"}
    for path in (f"/api/v1/incidents/{server.incident}/live", f"/i/{server.incident}/live", "/situation/live"):
        for headers in (
            cookie,
            cookie | {"Origin": "https://evil.example"},
            token | {"Origin": "https://evil.example"},
        ):
            with pytest.raises(InvalidStatus) as refused:
                connect(server.live(path), additional_headers=headers)
            assert refused.value.response.status_code == 403
        for headers in (cookie | {"Origin": server.url}, token):
            with connect(server.live(path), additional_headers=headers) as socket:
                assert '"type":"hello"' in str(socket.recv(timeout=20))


def test_the_run_activated_first_leads(server: Server) -> None:
    api = server.api("j.alexis")
    key = api.open()
    first = api.do(key, "activate-playbook", playbook="hurricane", anchors={})["id"]
    other = next(one["slug"] for one in api.get("/playbooks").json()["playbooks"] if one["slug"] != "hurricane")
    api.do(key, "activate-playbook", playbook=other, anchors={})
    runs = {run["id"]: run for run in api.board(key)["runs"]}
    assert [id for id, run in runs.items() if run["leading"]] == [first]
    (second,) = runs.keys() - {first}
    phase = runs[first]["phases"][2]["id"]
    assert api.do(key, "advance-phase", phase=phase)["id"] == first
    now = {run["id"]: run["phase"] for run in api.board(key)["runs"]}
    assert now == {first: phase, second: runs[second]["phase"]}
    theirs = {one["id"] for one in runs[second]["phases"]} - {one["id"] for one in runs[first]["phases"]}
    assert all(api.send(key, "advance-phase", {"phase": one}).status_code == 422 for one in theirs)


def test_every_agency_of_the_directory_can_be_invited(server: Server) -> None:
    api = server.api("j.alexis")
    key = api.open()
    for code in AGENCIES:
        expected = "unchanged" if code == "CDEMA" else "applied"
        assert api.do(key, "invite-agency", agency=code)["result"] == expected
        assert api.do(key, "invite-agency", agency=code.lower())["result"] == "unchanged"
    assert set(api.board(key)["rooms"][0]["agencies"]) == set(AGENCIES)


def test_the_library_is_listed_with_just_these_fields(server: Server) -> None:
    found = server.api("a.lewis").get("/playbooks").json()
    assert found.keys() == {"playbooks"}
    names = {"slug", "title", "crisis_class", "hazard", "version", "items"}
    assert found["playbooks"]
    assert all(one.keys() == names for one in found["playbooks"])


def test_a_receipt_is_the_same_shape_for_forms_and_programs(server: Server) -> None:
    api, browser = server.api("j.alexis"), server.browser("j.alexis")
    key = api.open()
    receipt = api.do(key, "write-entry", text="One.")
    form = {"text": "Two.", "idempotency_key": "0192f0e0-0000-7000-8000-00000000a001"}
    answer = browser.post(
        f"/i/{key}/commands/write-entry", data=form, headers={"Origin": server.url, "Accept": "application/json"}
    )
    assert answer.json().keys() == receipt.keys() == {"result", "room", "seq", "id"}
    assert answer.json()["seq"] == receipt["seq"] + 1


def test_the_page_on_the_api_has_every_refusal_with_its_status() -> None:
    rows = re.findall(r"^\| (\d{3}) \| (`[^|]+`) \|", DOCUMENTATION.read_text(encoding="utf-8"), re.MULTILINE)
    described = {(kind, int(status)) for status, kinds in rows for kind in re.findall(r"`([a-z-]+)`", kinds)}
    everything = list(errors.Refused.__subclasses__())
    for one in everything:
        everything += one.__subclasses__()
    ours = {(one.type, one.status) for one in everything if one.__module__ == errors.__name__}
    assert described == ours
