"""Whatever is sent to whatever address: an answer, and never a fault of the server."""

from __future__ import annotations

import re
from uuid import uuid4

import httpx2
import pytest
from starlette.routing import Route

from crisisroom.app import routes
from tests.support.server import Server

HTTP = [(route.path, route.methods or set()) for route in routes() if isinstance(route, Route)]
GETS = sorted({path for path, methods in HTTP if "GET" in methods})
POSTS = sorted({path for path, methods in HTTP if "POST" in methods})
NAMES = (
    "after agency all anchors.onset at class entry from incident kind lane limit mine next overdue page part person "
    "phase q room since until"
).split()
ODD = ("", "%00", "%ff%fe", "%F0%9F%92%A9", "-1", "9" * 400, "9999-12-31T23:59:59-14:00", "x" * 3000, "%0d%0aX:%20y")
BODIES = (
    b"", b"{", b"{}", b"[]", b"null", b"\xff\xfe\x00", b"text=x", b"text=%ff%00&idempotency_key=%00", b"a=1&" * 500,
    b"set=1&set.title=2", b"--x\r\nnot a part",
    b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\n\xff\r\n--x--\r\n',
)  # fmt: skip
TYPES = ("", "application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x")


@pytest.fixture(scope="module")
def member(server: Server) -> httpx2.Client:
    """A program of somebody in the incident."""
    return server.api("j.alexis").client


@pytest.fixture(scope="module")
def nobody(server: Server) -> httpx2.Client:
    """A program without a token."""
    return server.api(None).client


def fill(path: str, **other: str) -> str:
    """An address of this kind; parts that are not given are of the demo."""
    values = {"task": "E-1", "command": "write-entry", "slug": "hurricane"} | other
    return re.sub(r"\{(\w+)\}", lambda found: values[found[1]], path)


@pytest.mark.parametrize("path", GETS)
def test_an_address_takes_any_query(server: Server, member: httpx2.Client, nobody: httpx2.Client, path: str) -> None:
    address = fill(path, key=server.incident)
    for client in (member, nobody):
        for odd in ODD:
            query = "&".join(f"{name}={odd[:1500]}&{name}=" for name in NAMES) if len(odd) < 50 else f"at={odd}&q={odd}"
            answer = client.get(f"{address}?{query}", headers={"Accept": "text/html"})
            assert answer.status_code < 500, (odd, answer.text[-500:])
        assert client.get(f"{address}?no-such-name=1").status_code == client.get(address).status_code


@pytest.mark.parametrize("path", sorted({path for path, _ in HTTP if "{" in path}))
def test_an_address_takes_any_part(server: Server, member: httpx2.Client, path: str) -> None:
    for name in re.findall(r"\{(\w+)\}", path):
        for odd in ("%00", "%ff", "%F0%9F%92%A9", "E-%C2%B2", "E-" + "9" * 400, "x" * 5000, "..%2f..", "%2e%2e"):
            address = fill(path, **{"key": server.incident} | {name: odd})
            for method in ("GET", "POST"):
                answer = member.request(method, address, headers={"Idempotency-Key": str(uuid4())})
                assert answer.status_code in (303, 307, 404, 405, 422), (method, address[:80], answer.text[-300:])


def test_every_method_of_every_address_is_answered(server: Server) -> None:
    """HEAD is GET without its body; what an address does not take is 405, and it says what it takes."""
    client = server.api("p.moore").client
    for path in sorted({path for path, _ in HTTP}):
        taken = set().union(*(methods for one, methods in HTTP if one == path))
        address = fill(path, key=server.incident)
        for method in ("HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE"):
            answer = client.request(method, address)
            if method in taken:
                assert answer.status_code == client.get(address).status_code
            else:
                assert answer.status_code == 405, (method, path)
                assert set(answer.headers["allow"].split(", ")) <= taken
            assert method != "HEAD" or answer.content == b""


def test_every_form_and_command_takes_any_body(own_server: Server) -> None:
    for path in POSTS:
        address = fill(path, key=own_server.incident)
        for client in (own_server.api("j.alexis").client, own_server.api(None).client):
            for kind in TYPES:
                for body in BODIES:
                    headers = {"Content-Type": kind, "Idempotency-Key": str(uuid4()), "Accept": "text/html"}
                    answer = client.post(address, content=body, headers=headers)
                    assert answer.status_code < 500, (path, kind, body, answer.text[-500:])


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=x"])
def test_the_api_reads_json_whatever_it_is_called(server: Server, kind: str) -> None:
    api = server.api("j.alexis")
    path = f"/api/v1/incidents/{api.open()}/commands/write-entry"
    headers = {"Content-Type": kind, "Idempotency-Key": str(uuid4())}
    assert api.client.post(path, content=b'{"text": "Said."}', headers=headers).status_code == 200
    assert api.client.post(path, content=b"text=Said.", headers=headers).status_code == 400


@pytest.mark.parametrize(
    "address",
    ["//", "/%00", "/i", "/i/", "/%2e%2e/x", "/static/%00", "/static/%ff", "/a" * 3000, "/static/" + "x" * 5000],
)
def test_addresses_that_are_none(server: Server, nobody: httpx2.Client, address: str) -> None:
    for method in ("GET", "HEAD", "POST"):
        answer = nobody.request(method, f"{server.url}{address}")
        assert answer.status_code in (303, 307, 404, 405)
        assert answer.headers["x-request-id"]
