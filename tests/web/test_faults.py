"""What nobody expected: an answer in the form that was asked for, with a number that the server's log has too."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from starlette.types import Receive, Scope, Send

from crisisroom.render.env import make_environment
from crisisroom.web import problems
from crisisroom.web.middleware import HEADERS, Headers
from tests.support.ids import SeededIds
from tests.support.server import Server


def client(app: Any) -> httpx2.AsyncClient:
    """A program that asks this application behind the middleware."""

    async def with_site(scope: Scope, receive: Receive, send: Send) -> None:
        scope["app"] = SimpleNamespace(state=SimpleNamespace(site=SimpleNamespace(env=make_environment())))
        await Headers(app, SeededIds(1), secure=False, broken=problems.broken)(scope, receive, send)

    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=with_site), base_url="http://room.example")


async def faulty(scope: Scope, receive: Receive, send: Send) -> None:
    """An application with a mistake in it."""
    raise KeyError("Ruth Joseph said something secret")


@pytest.mark.parametrize(
    ("method", "status", "kind", "saved"),
    [("GET", 500, "fault", None), ("POST", 503, "not-saved", "unknown")],
)
async def test_a_mistake_of_ours_is_a_problem_for_programs(
    method: str, status: int, kind: str, saved: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    async with client(faulty) as program:
        answer = await program.request(method, "/api/v1/incidents")
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    body = answer.json()
    assert (body["type"], body.get("saved")) == (f"/problems/{kind}", saved)
    assert body["request_id"] == answer.headers["x-request-id"] == str(UUID(body["request_id"]))
    assert HEADERS.items() <= {name: answer.headers.get(name) for name in HEADERS}.items()
    assert "secret" not in answer.text
    assert "a request failed" in capsys.readouterr().out


async def test_a_mistake_of_ours_is_a_page_for_people() -> None:
    async with client(faulty) as browser:
        answer = await browser.get("/situation", headers={"Accept": "text/html", "X-Request-ID": "abc-1"})
    assert (answer.status_code, answer.headers["x-request-id"]) == (500, "abc-1")
    assert "<code>abc-1</code>" in answer.text
    assert "secret" not in answer.text


async def test_half_an_answer_is_broken_off() -> None:
    async def breaks(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise KeyError("in the middle")

    async with client(breaks) as program:
        with pytest.raises(KeyError):
            await program.get("/")


def test_without_its_tables_a_server_says_so_with_the_number_in_its_log(own_server: Server) -> None:
    api, browser = own_server.api("j.alexis"), own_server.browser("j.alexis")
    with closing(sqlite3.connect(own_server.database)) as database:
        database.execute("ALTER TABLE log_entry RENAME TO elsewhere")
        database.commit()
    sent = str(uuid4())
    read = api.client.get(f"/api/v1/incidents/{own_server.incident}/log", headers={"X-Request-ID": sent})
    assert (read.status_code, read.json()["type"], read.json()["request_id"]) == (503, "/problems/not-saved", sent)
    page = browser.get(f"/i/{own_server.incident}")
    assert page.status_code == 503
    assert page.headers["content-security-policy"]
    assert page.headers["x-request-id"] in page.text
    lines = [json.loads(line) for line in own_server.log.read_text().splitlines() if line.startswith("{")]
    failed = {line["request_id"] for line in lines if line["event"] == "a request failed"}
    assert failed >= {sent, page.headers["x-request-id"]}
    statuses = {line["request_id"]: line["status"] for line in lines if line["event"] == "request"}
    assert statuses[sent] == 503
