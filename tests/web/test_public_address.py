"""A server that people reach over https at a public address."""

from __future__ import annotations

from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path

import httpx2
import pytest

from tests.support.server import Server, copy_of

PUBLIC = "https://room.example"


@pytest.fixture(scope="module")
def public(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Behind a proxy that speaks https for it."""
    folder = copy_of(seeded, tmp_path_factory.mktemp("public"))
    with Server(folder, {"CRISISROOM_PUBLIC_URL": f"{PUBLIC}/"}) as server:
        yield server


def sign_in(server: Server, origin: str) -> httpx2.Response:
    person = server.person("a.lewis")
    fields = {"email": person.email, "password": person.password}
    return httpx2.post(f"{server.url}/signin", data=fields, headers={"Origin": origin})


def test_the_cookie_is_bound_to_the_host(public: Server) -> None:
    answer = sign_in(public, PUBLIC)
    assert answer.status_code == 303
    cookie = SimpleCookie(answer.headers.get_list("set-cookie")[0])["__Host-crisisroom"]
    assert (cookie["secure"], cookie["httponly"], cookie["path"], cookie["domain"]) == (True, True, "/", "")
    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
    for name, status in (("__Host-crisisroom", 200), ("crisisroom", 303)):
        page = httpx2.get(f"{public.url}/situation", headers={"Cookie": f"{name}={cookie.value}"})
        assert page.status_code == status


def test_only_the_public_address_is_ours(public: Server) -> None:
    for origin in (public.url, "http://room.example", "https://room.example:8443", "https://room.example.evil.example"):
        assert sign_in(public, origin).status_code == 403


def test_forms_and_pages_name_no_host(public: Server) -> None:
    secret = SimpleCookie(sign_in(public, PUBLIC).headers.get_list("set-cookie")[0])["__Host-crisisroom"].value
    page = httpx2.get(f"{public.url}/i/{public.incident}", headers={"Cookie": f"__Host-crisisroom={secret}"})
    assert page.status_code == 200
    assert "127.0.0.1" not in page.text
    assert "http://" not in page.text.replace("http://www.w3.org", "")
