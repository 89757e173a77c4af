"""Signing in and out, and what nobody gets by it."""

from __future__ import annotations

from http.cookies import SimpleCookie

import httpx2
import pytest

from tests.support.server import Server
from tests.web.forms import follow, form_to, submit, tree


def sign_in(browser: httpx2.Client, server: Server, who: str, **more: str) -> httpx2.Response:
    """Through the page, as people do."""
    person = server.person(who)
    form = form_to(browser.get("/signin"), "/signin")
    return submit(browser, form, email=person.email, password=person.password, **more)


def test_who_is_signed_out_is_led_to_the_sign_in_and_back(server: Server) -> None:
    browser = server.browser()
    sent = browser.get(f"/i/{server.incident}/log?agency=CDEMA&mine=1")
    assert sent.status_code == 303
    page = browser.get(sent.headers["location"])
    person = server.person("r.hinds")
    answer = submit(browser, form_to(page, "/signin"), email=person.email, password=person.password)
    assert answer.headers["location"] == f"/i/{server.incident}/log?agency=CDEMA&mine=1"
    assert "Ricardo Hinds" in follow(browser, answer).text


def test_the_root_leads_to_the_situation(server: Server) -> None:
    browser = server.browser()
    assert browser.get("/").headers["location"] == "/signin"
    assert sign_in(browser, server, "a.lewis").headers["location"] == "/situation"
    assert browser.get("/").headers["location"] == "/situation"
    assert browser.get("/signin").headers["location"] == "/situation"


def test_the_cookie_is_for_this_server_only_and_out_of_scripts_reach(server: Server) -> None:
    answer = sign_in(server.browser(), server, "a.lewis")
    cookie = SimpleCookie(answer.headers.get_list("set-cookie")[0])["crisisroom"]
    assert (cookie["httponly"], cookie["samesite"].lower(), cookie["path"], cookie["domain"]) == (True, "lax", "/", "")
    assert len(cookie.value) == 64
    assert cookie.value not in follow_text(server, cookie.value)


def follow_text(server: Server, secret: str) -> str:
    return httpx2.get(f"{server.url}/situation", cookies={"crisisroom": secret}).text


@pytest.mark.parametrize("password", ["wrong-wrong-wrong", "", "x" * 5000, "\x00"])
def test_a_wrong_password_and_an_unknown_person_look_the_same(server: Server, password: str) -> None:
    browser = server.browser()
    answers = []
    for email in ("e.daniel@rss.example", "nobody@rss.example", "p.thomas@impacs.example"):
        form = form_to(browser.get("/signin"), "/signin")
        answer = submit(browser, form, email=email, password=password)
        assert answer.status_code == 401
        assert "set-cookie" not in answer.headers
        assert form_to(answer, "/signin").value("email") == email
        assert not password or password not in answer.text
        answers.append(tree(answer).xpath("//*[@role='alert']")[0].text_content())
    assert len(set(answers)) == 1


def test_an_address_is_read_in_any_case(server: Server) -> None:
    person = server.person("e.daniel")
    browser = server.browser()
    form = form_to(browser.get("/signin"), "/signin")
    assert submit(browser, form, email=f" {person.email.upper()} ", password=person.password).status_code == 303


def test_guessing_ends_after_ten_tries(own_server: Server) -> None:
    """Also with the right password then; other accounts go on, as an agency shares one address."""
    browser = own_server.browser()
    form = form_to(browser.get("/signin"), "/signin")
    person = own_server.person("c.grant")
    codes = [submit(browser, form, email=person.email, password=f"wrong-wrong-{n}").status_code for n in range(10)]
    assert codes == [401] * 10
    refused = submit(browser, form, email=person.email.upper(), password=person.password)
    assert refused.status_code == 429
    assert "set-cookie" not in refused.headers
    assert sign_in(browser, own_server, "e.daniel").status_code == 303


def test_signing_in_makes_a_new_secret_whatever_cookie_came(server: Server) -> None:
    browser = server.browser()
    browser.cookies.set("crisisroom", "f" * 64)
    first = SimpleCookie(sign_in(browser, server, "a.lewis").headers["set-cookie"])["crisisroom"].value
    assert first != "f" * 64
    again = server.browser()
    second = SimpleCookie(sign_in(again, server, "a.lewis").headers["set-cookie"])["crisisroom"].value
    assert second != first
    for given in ("f" * 64, first[:-1], "", "x" * 500):
        answer = httpx2.get(f"{server.url}/situation", cookies={"crisisroom": given}, follow_redirects=False)
        assert answer.status_code == 303


def test_a_password_is_no_token_and_a_token_no_cookie(server: Server) -> None:
    person = server.person("a.lewis")
    for secret in (person.password, person.email):
        answer = httpx2.get(f"{server.url}/api/v1/incidents", headers={"Authorization": f"Bearer {secret}"})
        assert answer.status_code == 401


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.example", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example",
        "javascript:alert(1)", "/%0d%0aSet-Cookie:x=1", "/\r\nX: y", "http:/evil.example", " //evil.example",
        "/\t/evil.example", "evil.example", "/situation@evil.example:80//",
    ],
)  # fmt: skip
def test_signing_in_leads_nowhere_else(server: Server, back: str) -> None:
    browser = server.browser()
    person = server.person("a.lewis")
    fields = {"email": person.email, "password": person.password, "next": back}
    answer = browser.post("/signin", data=fields, headers={"Origin": server.url})
    assert answer.status_code == 303
    target = httpx2.URL(server.url).join(answer.headers["location"])
    assert (target.host, target.port) == ("127.0.0.1", server.port)
    assert answer.headers["location"].startswith("/")
    assert "x" not in answer.cookies
    shown = browser.get("/signin", params={"next": back})
    assert httpx2.URL(server.url).join(shown.headers["location"]).host == "127.0.0.1"


def test_signing_out_ends_the_session_everywhere_it_is_open(server: Server) -> None:
    browser, other = server.browser("e.daniel"), server.browser("e.daniel")
    secret = browser.cookies["crisisroom"]
    answer = submit(browser, form_to(browser.get("/situation"), "/signout"))
    assert answer.headers["location"] == "/signin"
    assert browser.get("/situation").status_code == 303
    old = httpx2.get(f"{server.url}/situation", cookies={"crisisroom": secret}, follow_redirects=False)
    assert old.status_code == 303
    assert other.get("/situation").status_code == 200
    assert server.api("e.daniel").get("/incidents").status_code == 200


def test_signing_out_twice_or_without_a_session_is_harmless(server: Server) -> None:
    browser = server.browser("e.daniel")
    for _ in range(2):
        answer = browser.post("/signout", headers={"Origin": server.url})
        assert (answer.status_code, answer.headers["location"]) == (303, "/signin")


def test_low_data_mode_is_remembered(server: Server) -> None:
    browser = server.browser()
    page = follow(browser, sign_in(browser, server, "a.lewis", low_data="1"))
    assert page.request.headers.get("cookie")
    assert tree(page).get("data-low-data") is not None
    browser.cookies.delete("crisisroom")
    assert form_to(browser.get("/signin"), "/signin").value("low_data") == "1"
    browser.cookies.clear()
    ordinary = follow(browser, sign_in(browser, server, "a.lewis"))
    assert tree(ordinary).get("data-low-data") is None
    saving = browser.get("/situation", headers={"Save-Data": "on"})
    assert tree(saving).get("data-low-data") is not None
