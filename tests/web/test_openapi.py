"""The description of the API: valid, complete, and true of what is answered."""

from __future__ import annotations

import json
import re
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from starlette.routing import Route

from crisisroom.app import routes
from crisisroom.commanding.command import commands
from crisisroom.web.openapi import document
from tests.support.server import Api, Server

API = "/api/v1"
ROUTES = [
    (route.path.removeprefix(API), method.lower())
    for route in routes()
    if isinstance(route, Route) and route.path.startswith(API)
    for method in sorted(route.methods or ())
    if method != "HEAD"
]
DESCRIBED = {
    (path, method): operation for path, item in document()["paths"].items() for method, operation in item.items()
}
PROBLEM = "application/problem+json"


def test_it_is_valid_openapi_and_what_is_served(server: Server) -> None:
    served = server.api(None).client.get("/api/v1/openapi.json")
    assert served.json() == document()
    assert document()["openapi"] == "3.1.0"
    assert list(OpenAPIV31SpecValidator(document()).iter_errors()) == []


def test_it_has_every_address_and_no_other() -> None:
    given = {"add-person", "disable-person", "open-incident"}
    inside = {command.wire_name for command in commands()} - given
    expected = {one for one in ROUTES if "{command}" not in one[0]}
    expected |= {(f"/incidents/{{key}}/commands/{name}", "post") for name in inside}
    assert DESCRIBED.keys() == expected


@pytest.mark.parametrize(("path", "method"), sorted(DESCRIBED))
def test_every_operation_says_what_it_takes_and_how_it_refuses(path: str, method: str) -> None:
    operation = DESCRIBED[path, method]
    parameters = {(one["name"], one["in"], one.get("required", False)) for one in operation["parameters"]}
    assert {one[0] for one in parameters if one[1] == "path"} == set(re.findall(r"\{(\w+)\}", path))
    assert all(required for _, place, required in parameters if place == "path")
    assert operation["operationId"]
    assert operation["summary"]
    assert any(status < "300" for status in operation["responses"])
    refusals = {status for status in operation["responses"] if status >= "400"}
    assert "default" in refusals
    for status in refusals:
        assert resolve(operation["responses"][status])["content"].keys() == {PROBLEM}
    is_open = operation.get("security") == []
    assert is_open is (path == "/openapi.json")
    assert ("401" in refusals) is not is_open
    assert ("404" in refusals) is ("{" in path)
    if "/commands/" in path:
        assert ("Idempotency-Key", "header", True) in parameters
        assert refusals >= {"400", "403", "409", "413", "422", "503"}
        assert operation["requestBody"]["required"] is True


def resolve(value: dict[str, Any]) -> Any:
    """What a reference leads to."""
    while "$ref" in value:
        found: Any = document()
        for part in value["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        value = found
    return value


def test_no_reference_leads_nowhere_and_no_schema_is_left_over() -> None:
    text = json.dumps(document())
    used = set(re.findall(r'"\$ref": "#/components/schemas/([^"]+)"', text))
    assert used == set(document()["components"]["schemas"])


def test_signing_in_is_by_token() -> None:
    assert document()["components"]["securitySchemes"] == {"token": {"type": "http", "scheme": "bearer"}}
    assert document()["security"] == [{"token": []}]


def check(path: str, method: str, answer: httpx2.Response) -> None:
    """Whether an answer is one that the description promises."""
    responses = DESCRIBED[path, method]["responses"]
    assert str(answer.status_code) in responses, (path, answer.text)
    described = resolve(responses[str(answer.status_code)])
    content = described["content"][answer.headers["content-type"]]
    schema = content["schema"] | {"components": document()["components"]}
    assert list(Draft202012Validator(schema).iter_errors(answer.json())) == []
    for name, header in described.get("headers", {}).items():
        assert answer.headers[name] == header["schema"].get("const", answer.headers[name])


@pytest.fixture(scope="module")
def full(server: Server) -> tuple[Api, str]:
    """An incident with something of everything, and a member."""
    api = server.api("j.alexis")
    key = api.open(agencies=["RSS"], level={"scheme": "CDEMA", "value": "II"})
    api.do(key, "add-task", title="Fuel", assignee="k.baptiste@cdema.example", due="T+6:00")
    api.do(key, "activate-playbook", playbook="hurricane", anchors={"onset": "2026-09-10T02:30:00Z"})
    api.do(key, "tick-item", item=api.board(key)["runs"][0]["phases"][0]["items"][0]["id"])
    api.do(key, "record-decision", decision="Airlift.", reason="Road cut.", options=["Boat"])
    api.do(key, "fill-position", position="Operations lead", person="k.baptiste@cdema.example")
    api.do(key, "open-room", name="Lift", tlp="TLP:AMBER", agencies=["CDEMA"])
    return api, key


@pytest.mark.parametrize("path", sorted(path for path, method in DESCRIBED if method == "get" and "/live" not in path))
def test_what_is_read_has_the_shape_described(server: Server, full: tuple[Api, str], path: str) -> None:
    api, key = full
    address = path.format(key=key, slug="hurricane")
    check(path, "get", api.get(address))
    if path != "/openapi.json":
        check(path, "get", server.api(None).get(address))
    if "{" in path:
        check(path, "get", api.get(path.format(key="nosuch-26", slug="nosuch")))
    if path == "/incidents/{key}":
        check(path, "get", api.get(address, at="never"))
        check(path, "get", api.get(address, at="0h"))


def test_what_is_written_is_answered_as_described(server: Server, full: tuple[Api, str]) -> None:
    api, key = full
    path = "/incidents/{key}/commands/move-task"
    moved = {"task": "E-1", "lane": "doing"}
    sent = str(uuid4())
    for body in (moved, moved, {"task": "E-1", "lane": "done"}, {"task": "E-1", "lane": "nowhere"}):
        check(path, "post", api.send(key, "move-task", body, sent))
    check(path, "post", api.send(key, "move-task", moved))
    check(path, "post", api.send(key, "move-task", {"task": "E-99", "lane": "done"}))
    check(path, "post", server.api("p.moore").send(key, "move-task", moved))
    large = {"task": "E-1", "lane": "done", "reason": "x" * 300_000}
    check(path, "post", api.send(key, "move-task", large))
    edit = {"task": "E-1", "set": {"title": "Diesel"}, "base": {"title": "Petrol"}}
    conflict = api.send(key, "edit-task", edit)
    assert conflict.status_code == 409
    check("/incidents/{key}/commands/edit-task", "post", conflict)
    body = {"title": "Flood Rivers", "crisis_class": "disaster", "states": ["VC"], "lead_agency": "CDEMA"}
    check("/incidents", "post", api.client.post("/api/v1/incidents", json=body))
    check("/incidents", "post", api.client.post("/api/v1/incidents", content=b"{"))
    closed = api.open()
    api.do(closed, "close-incident", summary="Over.")
    check(path, "post", api.send(closed, "move-task", moved))
