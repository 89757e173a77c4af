"""A watch without a pointer: everything that the keys do, from signing in to the review."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, Locator, expect

from tests.browser.boards import FUEL, HOSPITAL, PLANE, TEAM, a_board, number_of, storm
from tests.browser.seats import Seat, assert_equal_boards, seat
from tests.support.chromium import DESKTOP
from tests.support.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(180)]

MOST_TABS = 60
FOCUSED = "document.activeElement !== document.body && document.activeElement.getClientRects().length > 0"
REGION = "document.activeElement.closest('.incident-top, #playbook, #lanes, #log, #quick-add, #drawer')"

# A room is wider only if all who see a task now go on seeing it.
EVERYBODY = ["CDEMA", "IMPACS", "CARPHA", "RSS"]


async def press(at: Seat, *keys: str) -> None:
    """Press one key after the other; each leaves the focus somewhere that is seen."""
    for key in keys:
        await at.page.keyboard.press(key)
        assert await at.page.evaluate(FOCUSED), f"{key} lost the focus"


async def tab_to(at: Seat, target: Locator) -> None:
    """Go to something with the Tab key."""
    for _ in range(MOST_TABS):
        if await target.evaluate("node => node === document.activeElement"):
            return
        await at.page.keyboard.press("Tab")
    raise AssertionError(f"{target} is not reached with the Tab key")


async def test_a_watch_without_a_pointer(browser: Browser, server: Server) -> None:
    key = a_board(server, "Hurricane Perle")
    at = await sign_in(browser, server)
    await go_to_the_incident(at, key)
    await walk(at)
    await work_in_the_drawer(at)
    await move(at)
    await write(at)
    await filter_cards(at)
    await visit_regions(at)
    await assert_equal_boards(server, key, at)
    await travel(at, key)
    assert at.trouble == []


async def sign_in(browser: Browser, server: Server) -> Seat:
    context = await browser.new_context(base_url=server.url, viewport=DESKTOP)
    at = Seat("k.baptiste", context, await context.new_page())
    at.watch()
    await at.page.goto("/")
    await at.page.keyboard.type(server.person("k.baptiste").email)
    await press(at, "Tab")
    await at.page.keyboard.type(server.person("k.baptiste").password)
    await at.page.keyboard.press("Enter")
    await expect(at.page.get_by_role("heading", level=1)).to_have_text("Situation")
    return at


async def go_to_the_incident(at: Seat, key: str) -> None:
    await at.is_live()
    await at.page.keyboard.press("/")
    await at.page.keyboard.type("perle")
    await expect(at.page.get_by_role("option", selected=True)).to_contain_text("Hurricane Perle")
    await at.page.keyboard.press("Enter")
    await expect(at.page).to_have_url(re.compile(f"/i/{key}$"))
    await at.is_live()


async def walk(at: Seat) -> None:
    """J and K from card to card, arrows from lane to lane, Enter and Esc into a task and back."""
    await at.page.keyboard.press("j")
    await expect(at.titled(FUEL)).to_be_focused()
    await press(at, "j", "k", "ArrowRight", "j")
    await expect(at.titled(PLANE)).to_be_focused()
    await press(at, "ArrowLeft")
    await expect(at.page.locator("#cards-todo .card:focus")).to_have_count(1)
    await press(at, "ArrowRight", "k")
    await expect(at.titled(TEAM)).to_be_focused()
    await at.page.keyboard.press("Enter")
    await expect(at.drawer.get_by_role("heading", name=TEAM)).to_be_focused()
    await press(at, "j")
    await expect(at.drawer.get_by_role("heading", name=PLANE)).to_be_focused()
    await press(at, "k")
    await expect(at.drawer.get_by_role("heading", name=TEAM)).to_be_focused()
    await at.page.keyboard.press("Escape")
    await expect(at.titled(TEAM)).to_be_focused()


async def work_in_the_drawer(at: Seat) -> None:
    """Title, person, due, priority and a comment, each by its own key."""
    keyboard, drawer = at.page.keyboard, at.drawer
    await keyboard.press("a")
    await expect(drawer.get_by_label("Person")).to_be_focused()
    await keyboard.type("K")
    await press(at, "Control+Enter")
    await expect(at.titled(TEAM).locator(".person")).to_have_text("K. Baptiste")
    await press(at, "Escape", "u")
    await expect(drawer.get_by_label("Due")).to_be_focused()
    await keyboard.press("Control+A")
    await keyboard.type("T+19:00")
    await keyboard.press("Enter")
    await expect(at.titled(TEAM).locator(".due")).to_contain_text("Due T+19:00")
    await press(at, "Escape", "p")
    await expect(drawer.get_by_label("Priority")).to_be_focused()
    await keyboard.type("High")
    await press(at, "Tab", "Tab")
    await expect(at.titled(TEAM)).to_have_attribute("data-priority", "high")
    await press(at, "Escape", "e")
    await expect(drawer.get_by_role("textbox", name="Title")).to_be_focused()
    await keyboard.press("End")
    await keyboard.type(" to Roseau")
    await keyboard.press("Control+Enter")
    await expect(at.titled(f"{TEAM} to Roseau")).to_be_visible()
    await press(at, "Escape", "c")
    await expect(drawer.get_by_role("textbox", name="Comment")).to_be_focused()
    await keyboard.type("1 boat? L or D.")
    await expect(drawer.get_by_role("textbox", name="Comment")).to_have_value("1 boat? L or D.")
    await keyboard.press("Control+Enter")
    await expect(drawer.locator(".comments-list")).to_contain_text("1 boat? L or D.")
    await press(at, "Escape")
    await keyboard.press("Escape")
    await expect(drawer).to_be_hidden()
    await expect(at.titled(f"{TEAM} to Roseau")).to_be_focused()


async def move(at: Seat) -> None:
    """1 to 4 and Shift+D; Blocked asks why, Esc takes the question back, Z the last move."""
    keyboard, card = at.page.keyboard, at.titled(f"{TEAM} to Roseau")
    for digit, lane in (("1", "todo"), ("2", "doing")):
        await press(at, digit)
        await expect(at.page.locator(f"#cards-{lane}").locator(".card:focus")).to_have_count(1)
        await expect(card).to_have_attribute("data-lane", lane)
    await press(at, "3", "Escape")
    await expect(card).to_be_focused()
    await press(at, "3")
    await keyboard.type("no barge")
    await press(at, "Enter")
    await expect(card.locator(".reason")).to_have_text("no barge")
    await expect(card).to_be_focused()
    await press(at, "Shift+D")
    await expect(at.page.locator("#cards-done .card:focus")).to_have_count(1)
    await press(at, "z")
    await expect(card).to_have_attribute("data-lane", "blocked")
    await expect(card.locator(".reason")).to_have_text("no barge")
    await press(at, "4")
    await expect(card).to_have_attribute("data-lane", "done")
    await expect(at.page.locator("#status")).to_contain_text("Z undoes it")


async def write(at: Seat) -> None:
    """A task, a log entry and a decision; in a field every key is text."""
    keyboard, page = at.page.keyboard, at.page
    await press(at, "n")
    await keyboard.type("j/k? 1 mast for the airport @RSS !high due T+20:00")
    await press(at, "Enter")
    await expect(at.titled("j/k? 1 mast for the airport")).to_be_visible()
    await expect(page.locator("#quick-add-text")).to_be_focused()
    await press(at, "Escape", "l")
    await keyboard.type("The mast is up.")
    await press(at, "Control+Enter")
    await expect(page.locator("#entries")).to_contain_text("The mast is up.")
    await expect(page.locator("#write-entry")).to_be_hidden()
    await press(at, "d")
    await keyboard.type("The mast stays.")
    await press(at, "Tab")
    await keyboard.type("It is the only one.")
    await press(at, "Control+Enter")
    await expect(page.locator("#entries .entry-decision")).to_contain_text("The mast stays.")
    await press(at, "l")
    await keyboard.type("Half a sentence")
    await press(at, "Escape")
    await expect(page.locator("#write-entry")).to_be_hidden()
    await press(at, "l")
    await expect(page.get_by_label("What happened")).to_have_value("Half a sentence")
    await press(at, "Control+A", "Delete", "Escape")


async def filter_cards(at: Seat) -> None:
    """M and O show less and say how much less; F leads to all filters."""
    hidden = at.page.locator(".hidden-by-filter")
    await press(at, "m")
    await expect(at.page).to_have_url(re.compile("mine=1"))
    await expect(hidden).to_have_text("8 hidden by filter")
    await press(at, "m", "o")
    await expect(at.page).to_have_url(re.compile(r"\?overdue=1(#|$)"))
    await press(at, "o")
    await expect(hidden).to_be_hidden()
    await press(at, "f")
    assert await at.page.evaluate("document.activeElement.closest('.filters') !== null")


async def visit_regions(at: Seat) -> None:
    """F6 goes round the regions, Shift+F6 the other way; / opens a task by its number."""
    visited = []
    for _ in range(5):
        await press(at, "F6")
        visited.append(await at.page.evaluate(f"{REGION}?.id || 'header'"))
    assert visited == ["playbook", "lanes", "log", "quick-add", "header"]
    await press(at, "Shift+F6", "Shift+F6")
    assert await at.page.evaluate(f"{REGION}?.id") == "log"
    number = await at.titled(HOSPITAL).get_attribute("data-number")
    await press(at, "/")
    await at.page.keyboard.type(str(number))
    await at.page.keyboard.press("Enter")
    await expect(at.drawer.get_by_role("heading", name=HOSPITAL)).to_be_focused()
    await press(at, "F6", "Shift+F6")
    await expect(at.drawer.get_by_role("heading", name=HOSPITAL)).to_be_focused()
    await at.page.keyboard.press("Escape")
    await expect(at.drawer).to_be_hidden()


async def travel(at: Seat, key: str) -> None:
    """G and a letter from page to page, ? to the table of keys, where single keys can be turned off."""
    keyboard, page = at.page.keyboard, at.page
    for letter, address in (("l", f"/i/{key}/log"), ("v", f"/i/{key}/review"), ("b", f"/i/{key}"), ("p", "/playbooks")):
        await keyboard.press("g")
        await keyboard.press(letter)
        await page.wait_for_url(f"**{address}")
    await page.goto("/i/elena-26/review")
    before = await page.locator("#replay-time").text_content()
    await keyboard.press("Shift+ArrowLeft")
    await expect(page.locator("#replay-time")).not_to_have_text(str(before))
    await keyboard.press("?")
    await page.wait_for_url("**/keys")
    setting = page.get_by_label("Single keys on this device")
    await tab_to(at, setting)
    await keyboard.type("off")
    await page.goto(f"/i/{key}")
    await at.is_live()
    await page.keyboard.press("n")
    await page.keyboard.press("F6")
    await expect(page.locator("#quick-add-text")).not_to_be_focused()


async def test_focus_survives_every_swap(browser: Browser, server: Server, key: str) -> None:
    """Tasks move, change and leave for another room under the focus; it is always on something that is seen."""
    at = await seat(browser, server, "k.baptiste", f"/i/{key}")
    room = server.api("j.alexis").do(key, "open-room", name="Air", tlp="TLP:AMBER", agencies=EVERYBODY)["id"]
    await at.page.keyboard.press("j")
    await expect(at.titled(FUEL)).to_be_focused()
    await press(at, "ArrowRight", "j")
    await expect(at.titled(PLANE)).to_be_focused()
    storm(server, key, 12)
    await expect(at.page.locator("#entries")).to_contain_text("The storm is over.")
    await expect(at.titled(PLANE)).to_be_focused()
    server.api("j.alexis").do(key, "release", subject=number_of(server, key, PLANE), to_room=room)
    await expect(at.page.locator("#entries")).to_contain_text("Air")
    assert await at.page.evaluate(FOCUSED)
    await press(at, "j")
