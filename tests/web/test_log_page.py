"""The log page as a browser gets it: filters, pages, and what it says when somebody changed the database."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import httpx2
import pytest

from crisisroom.web import log_page
from tests.support.server import Server, until
from tests.web.forms import tree


@pytest.fixture(scope="module")
def browser(server: Server) -> httpx2.Client:
    return server.browser("j.alexis")


def seqs(page: httpx2.Response) -> list[int]:
    assert page.status_code == 200, page.text
    return [int(seq) for seq in tree(page).xpath("//tr/@data-seq")]


def test_words_are_looked_for_in_every_entrys_sentence(browser: httpx2.Client, server: Server) -> None:
    api = server.api("j.alexis")
    key = api.open("Flood in the valley")
    for number in range(3):
        api.do(key, "write-entry", text=f"Gauge {number} reads {number} metres")
    newest = api.entries(key)[-1]["seq"]
    assert seqs(browser.get(f"/i/{key}/log?q=gauge+METRES")) == [newest, newest - 1, newest - 2]
    assert seqs(browser.get(f"/i/{key}/log?q=gauge+1&kind=notes")) == [newest - 1]
    page = browser.get(f"/i/{key}/log?q=volcano")
    assert seqs(page) == []
    assert f"hides all {newest} entries" in page.text


def test_an_entry_written_now_is_on_the_page_and_counted_as_proven(browser: httpx2.Client, server: Server) -> None:
    api = server.api("j.alexis")
    key = api.open("Flood in the plain")
    for text in ("First.", "Second."):
        seq = api.do(key, "write-entry", text=text)["seq"]
        page = browser.get(f"/i/{key}/log")
        assert seqs(page)[0] == seq
        assert f"All {seq} entries match their hashes." in page.text


def test_a_page_is_no_longer_than_it_should_be_and_leads_on_to_older_ones(
    browser: httpx2.Client, server: Server
) -> None:
    api = server.api("j.alexis")
    key = api.open("Flood at the coast")
    for number in range(260):
        api.do(key, "write-entry", text=f"Entry {number}")
    first, second = browser.get(f"/i/{key}/log"), browser.get(f"/i/{key}/log?page=2")
    newest = seqs(first)[0]
    assert seqs(first) + seqs(second) == list(range(newest, 0, -1))
    assert len(seqs(first)) == 250
    assert tree(first).xpath("//p[@class='pager']/a/@href") == ["?page=2"]
    assert seqs(browser.get(f"/i/{key}/log?entry=3")) == seqs(second)


def test_an_export_in_chunks_has_every_entry_once(browser: httpx2.Client, server: Server) -> None:
    api = server.api("j.alexis")
    key = api.open("Flood on the island")
    for number in range(log_page.CHUNK + 3):
        api.do(key, "write-entry", text=f"Entry {number}")
    lines = browser.get(f"/i/{key}/log.jsonl").text.splitlines()
    assert len(lines) == len(set(lines)) == len(api.entries(key)) > log_page.CHUNK


def test_a_changed_database_shows_on_the_page_and_a_deleted_entry_keeps_its_place(own_server: Server) -> None:
    browser, key = own_server.browser("j.alexis"), own_server.incident
    newest, *_ = seqs(browser.get(f"/i/{key}/log"))
    change(own_server.database, "DELETE FROM log_entry WHERE seq = 9 AND room = ?", room_of(own_server))

    def broken() -> Any:
        return tree(browser.get(f"/i/{key}/log")).cssselect(".proof-broken")

    until(broken, 20, "the page says that the log is broken", every=0.2)
    page = browser.get(f"/i/{key}/log?page={newest // 250 + 1}")
    (row,) = tree(page).xpath("//tr[@data-seq='9']")
    assert row.get("data-standing") == "broken"
    assert "not in the log any more" in row.text_content()
    review = browser.get(f"/i/{key}/review")
    assert review.status_code == 500
    assert "cannot be replayed up to here" in review.text


def room_of(server: Server) -> str:
    return str(server.api("j.alexis").entries(server.incident)[0]["room"]).replace("-", "")


def change(path: Path, statement: str, *values: Any) -> None:
    file = sqlite3.connect(path, timeout=20)
    with file:
        assert file.execute(statement, values).rowcount == 1
    file.close()
