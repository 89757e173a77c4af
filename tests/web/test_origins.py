"""No other site acts for somebody who is signed in here: the origin of every unsafe request is checked."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import httpx2
import pytest

from tests.support.server import Api, Server

FOREIGN = [
    "https://evil.example",
    "null",
    "http://127.0.0.1",
    "https://127.0.0.1:{port}",
    "http://evil.example:{port}",
    "",
]


@pytest.fixture(scope="module")
def browser(server: Server) -> httpx2.Client:
    """Signed in, and sends no Origin by itself."""
    return server.browser("j.alexis")


@pytest.fixture(scope="module")
def key(server: Server) -> str:
    """An incident."""
    return server.api("j.alexis").open()


@pytest.fixture(autouse=True)
def _nothing_is_changed(server: Server, key: str) -> Iterator[None]:
    api: Api = server.api("j.alexis")
    before = api.entries(key)
    yield
    assert api.entries(key) == before


def unsafe(key: str) -> list[tuple[str, dict[str, object]]]:
    """Every kind of address that changes something."""
    form = {"text": "x", "idempotency_key": str(uuid4())}
    return [
        (f"/i/{key}/commands/write-entry", {"data": form}),
        (f"/api/v1/incidents/{key}/commands/write-entry", {"json": {"text": "x"}}),
        ("/api/v1/incidents", {"json": {"title": "x"}}),
        ("/incidents", {"data": {"title": "x"}}),
        ("/incidents/alert", {"files": {"file": ("a.xml", b"<alert/>")}}),
        ("/signout", {}),
    ]


def test_a_cookie_without_an_origin_is_refused(browser: httpx2.Client, key: str) -> None:
    for path, sent in unsafe(key):
        answer = browser.post(path, **sent)  # type: ignore[arg-type]
        assert answer.status_code == 403, path
    assert browser.get("/situation").status_code == 200


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_foreign_origin_is_refused(browser: httpx2.Client, server: Server, key: str, origin: str) -> None:
    headers = {"Origin": origin.format(port=server.port)}
    for path, sent in unsafe(key):
        answer = browser.post(path, headers=headers, **sent)  # type: ignore[arg-type]
        assert answer.status_code == 403, path


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_the_browser_says_of_another_site_is_refused(browser: httpx2.Client, key: str, site: str) -> None:
    for path, sent in unsafe(key):
        answer = browser.post(path, headers={"Sec-Fetch-Site": site}, **sent)  # type: ignore[arg-type]
        assert answer.status_code == 403, path


def test_a_token_with_a_foreign_origin_is_refused_too(server: Server, key: str) -> None:
    client = server.api("j.alexis").client
    for path, sent in unsafe(key)[:3]:
        answer = client.post(path, headers={"Origin": "https://evil.example"}, **sent)  # type: ignore[arg-type]
        assert answer.status_code == 403, path


def test_a_foreign_site_cannot_sign_anybody_in(server: Server) -> None:
    person = server.person("e.daniel")
    fields = {"email": person.email, "password": person.password}
    answer = server.browser().post("/signin", data=fields, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_a_wrong_host_is_harmless(browser: httpx2.Client, server: Server, key: str) -> None:
    """Nothing in an answer is made from the Host header, and no right follows from it."""
    for host in ("evil.example", "evil.example:80", "127.0.0.1:1/../x", "a@evil.example"):
        answer = browser.get(f"/i/{key}", headers={"Host": host})
        assert answer.status_code in (200, 400)
        assert "evil.example" not in answer.text
        signed_out = httpx2.get(f"{server.url}/situation", headers={"Host": host}, follow_redirects=False)
        assert "evil.example" not in signed_out.headers.get("location", "")
        foreign = browser.post("/signout", headers={"Host": host, "Origin": server.url})
        assert foreign.status_code in (400, 403)
    assert browser.get("/situation").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/situation/..%2fapi", "//evil.example/", "/i/%2e%2e/", "/%2f%2fevil.example/", "/./signin/",
        "/%5Cevil.example/", "/%5C%5Cevil.example/", "/situation/?next=//evil.example", "/%0d%0aSet-Cookie:x=1/",
    ],
)  # fmt: skip
@pytest.mark.parametrize("host", ["", "evil.example"])
def test_odd_paths_lead_nowhere_else(server: Server, path: str, host: str) -> None:
    headers = {"Accept": "text/html", "Host": host or f"127.0.0.1:{server.port}"}
    answer = server.api(None).client.get(server.url + path, headers=headers)
    location = answer.headers.get("location", "")
    assert httpx2.URL(server.url).join(location).host == "127.0.0.1"
    assert not location or (location[0] == "/" and location[1:2] not in ("/", "\\"))
    assert "x" not in answer.cookies
    assert answer.status_code in (200, 303, 307, 404)


def test_a_slash_at_the_end_does_not_matter(server: Server) -> None:
    client = server.api("j.alexis").client
    answer = client.get("/api/v1/incidents/?x=1", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.headers["location"]) == (307, "/api/v1/incidents?x=1")
    assert client.get("/api/v1/incidents/", follow_redirects=True).status_code == 200
