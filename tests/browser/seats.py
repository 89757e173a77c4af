"""Somebody at a screen: a signed-in window, what it shows, and what went wrong in it."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from crisisroom.render.board import ENTRIES
from tests.support.chromium import DESKTOP, signed_in
from tests.support.server import Server

expect.set_options(timeout=10_000)

# What a reader sees of each card, item and entry, and in which order; whoever works on the page is no part of it.
READ_BOARD = """() => {
  const text = (node, part) => node.querySelector(part)?.textContent.replace(/\\s+/g, " ").trim() ?? "";
  const cards = [...document.querySelectorAll(".card[data-task]")].map((node) => ({...node.dataset,
    list: node.closest(".cards")?.id, title: text(node, ".card-title"), who: text(node, ".card-who"),
    reason: text(node, ".reason")}));
  const items = [...document.querySelectorAll(".item[data-item]")].map((node) => ({...node.dataset,
    list: node.closest(".items")?.id, text: text(node, ".item-text")}));
  const entries = [...document.querySelectorAll("#entries > .entry")].map((node) => ({...node.dataset,
    text: text(node, ".entry-text")}));
  const header = text(document, "#header");
  return {cards, items, entries, header};
}"""


@dataclass
class Seat:
    """A person, their window and their page. Use it as a page; `trouble` is what the browser complained of."""

    who: str
    context: BrowserContext
    page: Page
    trouble: list[str] = field(default_factory=list)

    def watch(self) -> None:
        """Collect errors of scripts and of the content policy from now on."""
        self.page.set_default_timeout(10_000)
        self.page.on("pageerror", lambda error: self.trouble.append(f"{self.page.url}: {error}"))
        self.page.on(
            "console",
            lambda line: self.trouble.append(f"{self.page.url}: {line.text}") if line.type == "error" else None,
        )

    async def go(self, path: str) -> None:
        """Open an address and wait until the page is live, if it is one that can be."""
        await self.page.goto(path)
        await self.is_live()

    async def is_live(self) -> None:
        """Until the line is there."""
        await self.page.wait_for_function(
            """() => document.body && (!document.body.dataset.live ||
                document.querySelector('#connection')?.dataset.state === 'live')"""
        )

    def trouble_is(self, expected: list[str]) -> None:
        """Exactly these complaints came, each known by a part of it; they are forgotten."""
        assert len(self.trouble) == len(expected), self.trouble
        assert all(part in line for part, line in zip(expected, self.trouble, strict=True)), self.trouble
        self.trouble.clear()

    def card(self, number: str) -> Locator:
        """A task's card by its number."""
        return self.page.locator(f'.card[data-number="{number}"]')

    def titled(self, title: str) -> Locator:
        """A task's card by its title."""
        return self.page.locator(".card", has=self.page.get_by_role("link", name=title, exact=True))

    def item(self, text: str) -> Locator:
        """A playbook item by its text."""
        return self.page.locator(".item", has_text=text)

    @property
    def drawer(self) -> Locator:
        """The open task."""
        return self.page.locator("#drawer")

    def field(self, name: str) -> Locator:
        """A field of the open task."""
        return self.drawer.locator(f'[data-field="{name}"]')

    async def quick_add(self, text: str) -> None:
        """Add a task with the line at the bottom."""
        await self.page.locator("#quick-add-text").fill(text)
        await self.page.keyboard.press("Enter")
        await expect(self.page.locator("#quick-add-text")).to_have_value("")

    async def rest(self) -> None:
        """Take the hand off: the pointer away from every list, no focus anywhere."""
        await self.page.mouse.move(700, 60)
        await self.page.evaluate("document.activeElement?.blur()")

    async def board(self) -> dict[str, Any]:
        """Every card, item and entry on the page."""
        return dict(await self.page.evaluate(READ_BOARD))


async def seat(browser: Browser, server: Server, who: str, path: str, **options: Any) -> Seat:
    """Somebody signed in with a page open."""
    context = await signed_in(browser, server, who, **({"viewport": DESKTOP} | options))
    taken = Seat(who, context, await context.new_page())
    taken.watch()
    await taken.go(path)
    return taken


async def assert_equal_boards(server: Server, incident: str, *seats: Seat) -> None:
    """Every page shows what the API says, in the order of a page drawn anew."""
    for one in seats:
        await one.rest()
    api = server.api(seats[0].who)
    truth, log = api.board(incident), api.entries(incident)
    for one in seats:
        await one.page.wait_for_function(
            "last => Number(document.querySelector('#entries > .entry')?.dataset.seq) === last", arg=log[-1]["seq"]
        )
        await one.page.wait_for_function("() => !document.querySelector('.held-note, .new-entries')")
    boards = [await one.board() for one in seats]
    for board in boards:
        assert_shows(board, truth, log)
    # A page that was drawn anew has fewer of the old entries than one that has been open for long.
    least = min(len(board["entries"]) for board in boards)
    boards = [board | {"entries": board["entries"][:least]} for board in boards]
    assert all(board == boards[0] for board in boards)
    await seats[0].page.reload()
    await seats[0].is_live()
    fresh = await seats[0].board()
    assert fresh == boards[0] | {"entries": boards[0]["entries"][: len(fresh["entries"])]}


def assert_shows(board: dict[str, Any], truth: dict[str, Any], log: list[dict[str, Any]]) -> None:
    """A board is what the API says of the same moment."""
    shown = {
        (card["task"], card["number"], card["lane"], card["room"], card["agency"], card["assignee"], card["title"],
         card["list"])
        for card in board["cards"]
    }  # fmt: skip
    meant = {
        (task["id"], task["number"], task["lane"], task["room"], task["agency"], task["assignee"] or "",
         task["title"], f"cards-{task['lane']}")
        for task in truth["tasks"]
    }  # fmt: skip
    assert shown == meant
    assert len(board["cards"]) == len(shown)
    items = {(item["id"], item["state"]) for run in truth["runs"] for phase in run["phases"] for item in phase["items"]}
    assert {(item["item"], item["state"]) for item in board["items"]} == items
    assert len(board["items"]) == len(items)
    entries = [(entry["room"], entry["seq"], entry["event"]) for entry in reversed(log)]
    shown_entries = [(entry["room"], int(entry["seq"]), entry["event"]) for entry in board["entries"]]
    assert shown_entries == entries[: len(shown_entries)]
    assert len(shown_entries) >= min(len(entries), ENTRIES)


def change_underneath(database: Path, was: str, now: str) -> None:
    """Change words of the log behind the product's back, as somebody with the disk in hand could."""
    with sqlite3.connect(database, timeout=10) as connection:
        changed = connection.execute(
            "update log_entry set data = replace(data, ?, ?)  where data like ?", (was, now, f"%{was}%")
        )
    connection.close()
    assert changed.rowcount
