"""The pages of an incident as a browser reads them: what scripts and tests of others rely on, and nothing inline."""

from __future__ import annotations

import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest

from crisisroom.log.cursor import read_cursor
from tests.support.server import Api, Server
from tests.web.forms import tree

STATIC = Path(__file__).resolve().parents[2] / "static"


@pytest.fixture(scope="module")
def browser(server: Server) -> httpx2.Client:
    """A coordinator of the lead agency."""
    return server.browser("j.alexis")


@pytest.fixture(scope="module")
def board(server: Server) -> dict[str, Any]:
    """The demo's first incident."""
    return server.api("j.alexis").board(server.incident)


def one(page: Any, path: str) -> Any:
    (found,) = page.xpath(path)
    return found


def test_a_board_says_of_each_card_item_and_entry_what_it_is(
    browser: httpx2.Client, server: Server, board: dict[str, Any]
) -> None:
    page = tree(browser.get(f"/i/{server.incident}"))
    cards = {card.get("data-task"): card for card in page.xpath("//*[@data-task]")}
    assert cards.keys() == {task["id"] for task in board["tasks"]}
    for task in board["tasks"]:
        card = cards[task["id"]]
        assert card.get("data-number") == task["number"]
        assert card.get("data-lane") == task["lane"]
        assert card.get("data-room") == task["room"]
        assert task["title"] in card.text_content()
        assert card.getparent().get("id") == f"cards-{task['lane']}"
    items = {item.get("data-item"): item.get("data-state") for item in page.xpath("//*[@data-item]")}
    assert items == {
        item["id"]: item["state"] for run in board["runs"] for phase in run["phases"] for item in phase["items"]
    }
    entries = server.api("j.alexis").entries(server.incident)
    shown = [(one.get("data-room"), int(one.get("data-seq"))) for one in page.xpath("//*[@id='entries']/*")]
    newest = [(entry["room"], entry["seq"]) for entry in reversed(entries)]
    assert shown == newest[: len(shown)]
    assert len(shown) >= 20


def test_the_board_has_two_addresses(browser: httpx2.Client, server: Server) -> None:
    first, second = (tree(browser.get(f"/i/{server.incident}{end}")) for end in ("", "/board"))
    assert first.xpath("//@data-task") == second.xpath("//@data-task") != []


def test_the_page_carries_the_boards_cursor(browser: httpx2.Client, server: Server, board: dict[str, Any]) -> None:
    body = one(tree(browser.get(f"/i/{server.incident}")), "//body")
    assert body.get("data-cursor") == board["cursor"]
    assert body.get("data-live") == f"/i/{server.incident}/live"
    assert body.get("data-incident") == server.incident
    assert body.get("data-t0")[:16] == board["incident"]["t0"][:16]


def test_a_program_reads_pages_with_its_token(server: Server) -> None:
    answer = server.api("p.moore").client.get(f"/i/{server.incident}", headers={"Accept": "text/html"})
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers


def test_a_task_opens_by_number_and_by_id(browser: httpx2.Client, server: Server, board: dict[str, Any]) -> None:
    task = board["tasks"][2]
    for reference in (task["number"], task["id"], task["number"].lower(), task["id"].upper()):
        page = tree(browser.get(f"/i/{server.incident}/t/{reference}"))
        drawer = one(page, "//*[@data-drawer]")
        assert (drawer.get("data-drawer"), drawer.get("data-number")) == (task["id"], task["number"])
        assert page.xpath("//*[@data-task]")
        part = tree(browser.get(f"/i/{server.incident}/t/{reference}?part=drawer"))
        assert one(part, "//*[@data-drawer]").get("data-number") == task["number"]
        assert not part.xpath("//*[@id='cards-todo']")
    assert browser.get(f"/i/{server.incident}/t/E-9999").status_code == 404


def test_filters_are_in_the_address(browser: httpx2.Client, server: Server, board: dict[str, Any]) -> None:
    page = tree(browser.get(f"/i/{server.incident}?agency=RSS&overdue=1&mine=1&lane=todo&nonsense=<x>"))
    assert page.xpath("//form[contains(@class,'filters')]//*[@aria-pressed='true']")
    assert len(page.xpath("//*[@data-task]")) == len(board["tasks"])


def test_the_log_page_has_every_entry_and_its_proof(browser: httpx2.Client, server: Server) -> None:
    page = browser.get(f"/i/{server.incident}/log")
    assert page.status_code == 200
    seqs = {int(seq) for seq in tree(page).xpath("//@data-seq")}
    entries = server.api("j.alexis").entries(server.incident)
    assert seqs <= {entry["seq"] for entry in entries}
    assert max(seqs) == len(entries)
    assert set(tree(page).xpath("//*[@data-seq]/@data-room")) == {entries[0]["room"]}


def test_the_log_is_downloaded_line_by_line(browser: httpx2.Client, server: Server) -> None:
    answer = browser.get(f"/i/{server.incident}/log.jsonl")
    assert answer.headers["content-disposition"] == f'attachment; filename="{server.incident}-log.jsonl"'
    lines = [json.loads(line) for line in answer.text.splitlines()]
    entries = server.api("j.alexis").entries(server.incident)
    assert [{name: line[name] for name in entries[0]} for line in lines] == entries
    assert all(line["sentence"] and line["envelope"] for line in lines)


def test_the_review_draws_the_board_as_it_was(browser: httpx2.Client, server: Server) -> None:
    api: Api = server.api("j.alexis")
    for at in ("T+2:30", "11h", "2000-01-01T00:00:00Z", "", api.board(server.incident)["cursor"]):
        page = tree(browser.get(f"/i/{server.incident}/review", params={"at": at} if at else {}))
        then = api.board(server.incident, at=at) if at else api.board(server.incident)
        cards = {(card.get("data-task"), card.get("data-lane")) for card in page.xpath("//*[@data-task]")}
        assert cards == {(task["id"], task["lane"]) for task in then["tasks"]}
        assert one(page, "//body").get("data-readonly") is not None
        assert one(page, "//body").get("data-live") is None
    typed = browser.get(f"/i/{server.incident}/review?at=T+2:30")
    escaped = browser.get(f"/i/{server.incident}/review", params={"at": "T+2:30"})
    assert tree(typed).xpath("//@data-task") == tree(escaped).xpath("//@data-task")
    odd = browser.get(f"/i/{server.incident}/review", params={"at": "<b>never</b>"})
    assert odd.status_code == 200
    assert "<b>never" not in odd.text


def test_what_people_write_is_never_markup(browser: httpx2.Client, server: Server) -> None:
    api, evil = server.api("j.alexis"), "<script>alert(1)</script><b onclick=x>&amp;\"'"
    key = api.open(title=f"Flood {evil}", area=evil)
    number = "1"
    api.do(key, "add-task", title=evil, notes=evil, position=evil)
    api.do(key, "comment-task", task=number, text=evil)
    api.do(key, "move-task", task=number, lane="blocked", reason=evil)
    api.do(key, "write-entry", text=evil)
    api.do(key, "record-decision", decision=evil, reason=evil, options=[evil])
    api.do(key, "fill-position", position=evil, person="k.baptiste@cdema.example")
    api.do(key, "set-level", scheme=evil, value=evil)
    letter = api.board(key)["incident"]["letter"]
    paths = ("", "/log", "/people", "/review", f"/t/{letter}-1")
    for path in (*(f"/i/{key}{end}" for end in paths), "/situation", f"/playbooks?incident={key}"):
        page = browser.get(path)
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "<b onclick" not in page.text
        assert not tree(page).xpath("//b[@onclick]")


def test_no_page_has_anything_inline(browser: httpx2.Client, server: Server) -> None:
    key = server.incident
    for path in (
        "/situation", f"/i/{key}", f"/i/{key}/log", f"/i/{key}/people", f"/i/{key}/review", f"/i/{key}/t/E-1",
        "/playbooks", "/playbooks/hurricane", f"/playbooks/hurricane/activate?incident={key}", "/incidents/new",
        "/keys",
    ):  # fmt: skip
        page = tree(browser.get(path))
        assert not page.xpath("//script[not(@src)]"), path
        assert not page.xpath("//style | //@style"), path
        assert not [name for name in page.xpath("//@*/..") for name in name.attrib if name.startswith("on")], path
        for address in page.xpath("//script/@src | //link/@href | //img/@src"):
            assert address.startswith("/static/"), (path, address)


# Built files


def test_built_files_are_kept_for_ever_and_sent_as_built(browser: httpx2.Client, server: Server) -> None:
    page = tree(browser.get(f"/i/{server.incident}"))
    addresses = {*page.xpath("//script/@src | //link/@href"), *(one.split("#")[0] for one in page.xpath("//use/@href"))}
    assert len(addresses) >= 4
    for address in addresses:
        assert re.fullmatch(r"/static/[\w.-]+\.[0-9a-f]{10}\.(js|css|svg)", address)
        plain = browser.get(address, headers={"Accept-Encoding": "identity"})
        assert plain.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert "accept-encoding" in plain.headers["vary"].lower()
        assert plain.content == (STATIC / address.removeprefix("/static/")).read_bytes()
        kinds = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
        assert plain.headers["content-type"].split(";")[0] == kinds[address.rsplit(".", 1)[1]]
        for encoding, suffix in (("br", ".br"), ("gzip", ".gz")):
            if not (STATIC / (address.removeprefix("/static/") + suffix)).exists():
                continue
            packed = browser.get(address, headers={"Accept-Encoding": f"{encoding};q=1.0, identity;q=0.5"})
            assert packed.headers["content-encoding"] == encoding
            assert packed.content == plain.content
            built = (STATIC / (address.removeprefix("/static/") + suffix)).stat().st_size
            assert int(packed.headers["content-length"]) == built


@pytest.mark.parametrize(
    "name",
    [
        "manifest.json",
        "../pyproject.toml",
        "%2e%2e/pyproject.toml",
        "..%2fpyproject.toml",
        "no-such.js",
        "",
        "a\\b",
        ".",
    ],
)
def test_nothing_else_is_served_as_a_built_file(browser: httpx2.Client, name: str) -> None:
    answer = browser.get(f"/static/{name}")
    assert answer.status_code in (404, 307)
    assert "crisisroom" not in answer.headers.get("location", "")
    assert answer.headers["content-security-policy"]


def test_a_built_file_is_not_sent_again_when_the_browser_has_it(browser: httpx2.Client) -> None:
    address = tree(browser.get("/situation")).xpath("//script/@src")[0]
    first = browser.get(address)
    again = browser.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304


def test_everything_on_a_page_is_of_one_moment(server: Server) -> None:
    """Somebody comments without pause meanwhile: cards, drawer, entries and the place to go on from agree."""
    api, reader = server.api("j.alexis"), server.browser("k.baptiste")
    key = api.open()
    api.do(key, "add-task", title="Fuel")
    done = threading.Event()

    def comment() -> None:
        while not done.is_set():
            api.do(key, "comment-task", task="E-1", text="Again.")

    with ThreadPoolExecutor(1) as other:
        writing = other.submit(comment)
        try:
            for _ in range(25):
                moments_agree(reader, f"/i/{key}/t/E-1", key)
        finally:
            done.set()
        writing.result()
    assert api.board(key)["tasks"][0]["comments"] > 5


def moments_agree(reader: httpx2.Client, address: str, key: str) -> None:
    """The board with its drawer, and the drawer alone."""
    page = tree(reader.get(address))
    (reached,) = read_cursor(page.xpath("//body")[0].get("data-cursor")).seqs.values()
    drawer = one(page, "//*[@data-drawer]")
    assert max(int(entry.get("data-seq")) for entry in page.xpath("//*[@id='entries']/li")) == reached
    assert int(drawer.get("data-rev")) == int(one(page, "//*[@id='lanes']//*[@data-task]").get("data-rev")) == reached
    for shown in (drawer, tree(reader.get(f"{address}?part=drawer"))):
        comments = shown.xpath(".//*[starts-with(@id, 'comments-')]/li")
        history = shown.xpath(".//*[starts-with(@id, 'history-')]/li")
        assert len(history) == len(comments) + 1
