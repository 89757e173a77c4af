"""Every address there is: a permission, the headers, the description. Read from the application: none is left out."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute

from crisisroom.access.policy import PERMISSIONS, Permission
from crisisroom.app import check_permissions, routes
from crisisroom.web.doors import Visit, door
from tests.support.server import Server

HTTP = [
    (route.path, method) for route in routes() if isinstance(route, Route) for method in sorted(route.methods or ())
]
OPEN = {"/", "/signin", "/signout", "/healthz", "/readyz", "/metrics", "/api/v1/openapi.json"}


def fill(path: str, server: Server) -> str:
    """An address of this kind in the demo."""
    values = {"key": server.incident, "task": "E-1", "command": "write-entry", "slug": "hurricane"}
    return re.sub(r"\{(\w+)\}", lambda found: values[found[1]], path)


@pytest.mark.parametrize(("path", "method"), HTTP)
def test_every_answer_has_the_headers(server: Server, path: str, method: str) -> None:
    for client in (server.api(None).client, server.api("j.alexis").client):
        headers = {"Accept": "application/json" if path.startswith("/api/") else "text/html"}
        answer = client.request(method, fill(path, server), headers=headers)
        policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == "'self'"
        assert (policy["frame-ancestors"], policy["base-uri"], policy["form-action"]) == ("'none'", "'none'", "'self'")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-request-id"]
        assert "server" not in answer.headers
        assert answer.status_code < 500


@pytest.mark.parametrize(("path", "method"), [one for one in HTTP if one[0] not in OPEN])
def test_nobody_gets_past_the_door(server: Server, path: str, method: str) -> None:
    nobody = server.api(None).client
    page = nobody.request(method, fill(path, server), headers={"Accept": "text/html"})
    if path.startswith("/api/"):
        assert page.status_code == 401
    else:
        assert page.status_code == 303
        assert page.headers["location"].startswith("/signin")
    program = nobody.request(method, fill(path, server), headers={"Accept": "application/json"})
    assert program.status_code == 401
    assert page.content == b"" or path.startswith("/api/")


def test_every_route_names_a_permission_of_the_table() -> None:
    for route in routes():
        if isinstance(route, Route):
            assert route.endpoint.permission in PERMISSIONS, route.path
        else:
            assert isinstance(route, WebSocketRoute | Mount)


def test_a_route_without_a_permission_stops_the_start() -> None:
    async def bare(request: Request) -> Response:
        return PlainTextResponse("")

    async def endpoint(visit: Visit) -> Response:
        return PlainTextResponse("")

    with pytest.raises(RuntimeError, match="/bare has no permission"):
        check_permissions([*routes(), Route("/bare", bare)])
    with pytest.raises(RuntimeError, match="/socket has no permission"):
        check_permissions([WebSocketRoute("/socket", bare)])
    with pytest.raises(RuntimeError, match="no entry in the permission table"):
        door("/x", endpoint, "no.such.right")  # type: ignore[arg-type]
    check_permissions([door("/x", endpoint, Permission.PUBLIC)])


def test_a_socket_is_asked_the_same_as_a_page(server: Server) -> None:
    """The addresses of sockets are also those of their streams, so the door of the stream is in the table."""
    sockets = {route.path for route in routes() if isinstance(route, WebSocketRoute)}
    streams = {route.path for route in routes() if isinstance(route, Route) and route.path.endswith("/live")}
    assert sockets == streams


def test_a_request_id_is_taken_over_or_made(server: Server) -> None:
    client = server.api(None).client
    given = str(uuid4())
    assert client.get("/healthz", headers={"X-Request-ID": given}).headers["x-request-id"] == given
    for odd in ("a b", "x" * 65, "<script>", ""):
        made = client.get("/healthz", headers={"X-Request-ID": odd}).headers["x-request-id"]
        assert made != odd
        assert len(made) == 36


def test_unknown_addresses_are_pages_or_problems(server: Server) -> None:
    client = server.api(None).client
    page = client.get("/no-such", headers={"Accept": "text/html"})
    assert page.status_code == 404
    assert "There is nothing here for you to see" in page.text
    problem = client.get("/api/v1/no-such")
    assert (problem.status_code, problem.headers["content-type"]) == (404, "application/problem+json")


def test_a_page_is_sent_compressed(server: Server) -> None:
    client = server.api("j.alexis").client
    for encoding in ("br", "gzip"):
        answer = client.get(f"/i/{server.incident}", headers={"Accept-Encoding": encoding})
        assert answer.headers.get("content-encoding") == encoding
        assert int(answer.headers.get("content-length", "1")) < len(answer.content) / 3
        assert "accept-encoding" in answer.headers["vary"].lower()
    plain = client.get(f"/i/{server.incident}", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
