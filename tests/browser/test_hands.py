"""Nothing moves under a hand: not what is typed, not the caret, not what the pointer is on."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.boards import HOSPITAL, LAST, PLANE, TEAM, number_of, storm
from tests.browser.seats import assert_equal_boards, seat
from tests.support.server import Server

# How often something was said; a line that is emptied again says nothing.
COUNT_ANNOUNCEMENTS = """() => {
  window.announced = 0;
  for (const region of document.querySelectorAll("#status, #alert")) {
    const count = () => { if (region.textContent) window.announced += 1; };
    new MutationObserver(count).observe(region, {childList: true});
  }
}"""

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(180)]


async def test_typing_goes_on_undisturbed_in_the_drawer(browser: Browser, server: Server, key: str) -> None:
    kezia = await seat(browser, server, "k.baptiste", f"/i/{key}/t/{number_of(server, key, TEAM)}")
    notes = kezia.drawer.get_by_role("textbox", name="Notes")
    await notes.fill("one two four")
    await notes.evaluate("node => node.setSelectionRange(8, 8)")
    await kezia.drawer.locator(".drawer-body").evaluate("node => { node.scrollTop = 40 }")
    scrolled = await kezia.drawer.locator(".drawer-body").evaluate("node => node.scrollTop")
    server.api("c.grant").do(key, "comment-task", task=number_of(server, key, TEAM), text="Seen from the air.")
    await asyncio.to_thread(storm, server, key)
    await expect(kezia.drawer.locator(".comments-list")).to_contain_text("Seen from the air.")
    await expect(kezia.page.locator("#entries, .new-entries").first).to_be_attached()
    await kezia.page.keyboard.type("three ")
    await expect(notes).to_be_focused()
    await expect(notes).to_have_value("one two three four")
    assert await kezia.drawer.locator(".drawer-body").evaluate("node => node.scrollTop") == scrolled
    await kezia.page.keyboard.press("Control+Enter")
    await expect(kezia.drawer.locator("#drawer-saved")).to_contain_text("All changes saved")
    await expect(kezia.drawer.locator(".history-list")).to_contain_text("one two three four")
    await kezia.page.keyboard.press("Escape")
    await kezia.page.keyboard.press("Escape")
    await assert_equal_boards(server, key, kezia)


async def test_a_task_typed_into_the_line_survives_a_storm(browser: Browser, server: Server, key: str) -> None:
    kezia = await seat(browser, server, "k.baptiste", f"/i/{key}")
    line = kezia.page.locator("#quick-add-text")
    await line.click()
    await kezia.page.keyboard.type("Boats from Rosau")
    for _ in "au":
        await kezia.page.keyboard.press("ArrowLeft")
    await asyncio.to_thread(storm, server, key)
    await expect(kezia.page.locator("#entries")).to_contain_text(LAST)
    await kezia.page.keyboard.type("e")
    await expect(line).to_have_value("Boats from Roseau")
    await expect(line).to_be_focused()


async def test_a_card_under_the_pointer_stays_where_it_is(browser: Browser, server: Server, key: str) -> None:
    kezia = await seat(browser, server, "k.baptiste", f"/i/{key}")
    card = kezia.titled(HOSPITAL)
    await card.hover()
    place, order = await top_left(card), await lane(kezia.page, "doing")
    await asyncio.to_thread(storm, server, key)
    await expect(kezia.page.locator("#entries")).to_contain_text(LAST)
    assert await top_left(card) == place
    assert await lane(kezia.page, "doing") == order
    moved = kezia.page.locator("#cards-doing .held-note").first
    await expect(moved).to_have_text(re.compile(r"^Moves to To do when you leave the list\. C\. Grant, \d\d:\d\d UTC$"))
    await kezia.rest()
    await expect(kezia.page.locator(".held-note")).to_have_count(0)
    await assert_equal_boards(server, key, kezia)


async def test_a_card_with_focus_stays_and_keeps_it(browser: Browser, server: Server, key: str) -> None:
    kezia = await seat(browser, server, "k.baptiste", f"/i/{key}")
    await kezia.page.keyboard.press("j")
    await expect(kezia.page.locator(".card:focus")).to_have_count(1)  # the keys are there
    await kezia.titled(PLANE).focus()
    await kezia.page.keyboard.press("ArrowDown")
    await expect(kezia.titled(HOSPITAL)).to_be_focused()
    order = await lane(kezia.page, "doing")
    await asyncio.to_thread(storm, server, key)
    await expect(kezia.page.locator("#entries")).to_contain_text(LAST)
    assert await lane(kezia.page, "doing") == order
    await expect(kezia.titled(HOSPITAL)).to_be_focused()
    await assert_equal_boards(server, key, kezia)


async def test_the_log_follows_only_while_its_top_is_in_sight(browser: Browser, server: Server, key: str) -> None:
    kezia = await seat(browser, server, "k.baptiste", f"/i/{key}")
    log = kezia.page.locator("#log")
    await log.hover()
    await kezia.page.mouse.wheel(0, 200)
    await expect(log).not_to_have_js_property("scrollTop", 0)
    await kezia.rest()
    for i in range(3):
        server.api("c.grant").do(key, "write-entry", text=f"Report {i}")
    waits = kezia.page.get_by_role("button", name="3 new")
    await expect(waits).to_be_visible()
    assert await log.locator(".entry", has_text="Report").count() == 0
    await waits.click()
    await expect(log.locator(".entry").first).to_contain_text("Report 2")
    assert await log.evaluate("node => node.scrollTop") == 0


async def test_many_changes_are_said_in_one_line_and_to_a_screen_reader_as_a_digest(
    browser: Browser, server: Server, key: str
) -> None:
    kezia = await seat(browser, server, "k.baptiste", f"/i/{key}")
    await kezia.page.evaluate("localStorage.setItem('crisisroom.announce', '3')")
    await kezia.page.evaluate(COUNT_ANNOUNCEMENTS)
    await asyncio.to_thread(storm, server, key)
    await expect(kezia.page.locator("#notice-burst")).to_contain_text(re.compile(r"\d+ changes arrived\."))
    assert await kezia.page.locator(".flash, .flash-fade").count() <= 5
    await expect(kezia.page.locator("#status")).to_contain_text(re.compile(r"\d+ changes.*by RSS"))
    assert await kezia.page.evaluate("window.announced") <= 3


async def test_who_is_here_and_who_edits_what_is_seen(browser: Browser, server: Server, key: str) -> None:
    kezia = await seat(browser, server, "k.baptiste", f"/i/{key}")
    sandra = await seat(browser, server, "s.wilson", f"/i/{key}/t/{number_of(server, key, TEAM)}")
    await expect(kezia.page.locator("#presence")).to_contain_text("2")
    await expect(kezia.page.locator('#presence [title="S. Wilson, CARPHA"]')).to_be_visible()
    await sandra.drawer.get_by_label("Due").focus()
    await expect(kezia.titled(TEAM).locator(".editing")).to_have_text("S. Wilson is editing")
    await kezia.titled(TEAM).click()
    due = kezia.field("due")
    await expect(due).to_have_class(re.compile(r"\bheld\b.*\bagency-carpha\b"))
    await expect(due.locator(".holder .initials")).to_have_text("SW")
    await expect(kezia.drawer.locator(".held-by")).to_contain_text(
        "S. Wilson (CARPHA) is editing Due. You can edit the other fields."
    )
    await sandra.context.close()
    await expect(kezia.page.locator('#presence [title="S. Wilson, CARPHA"]')).to_have_count(0)
    await expect(due).not_to_have_class(re.compile("held"))
    await expect(kezia.titled(TEAM).locator(".editing")).to_be_hidden()


async def top_left(card: Locator) -> tuple[float, float]:
    """Where it begins; its text may grow."""
    box = await card.bounding_box()
    assert box
    return box["x"], box["y"]


async def lane(page: Page, name: str) -> Any:
    """The numbers in a lane, from the top."""
    return await page.locator(f"#cards-{name} .card").evaluate_all("all => all.map(({dataset}) => dataset.number)")
