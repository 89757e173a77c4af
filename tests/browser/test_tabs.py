"""A board as a page of a browser: tabs side by side, back and forward, and what a reload keeps."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, expect

from tests.browser.boards import TEAM
from tests.browser.seats import Seat, assert_equal_boards, seat
from tests.support.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(180)]


async def test_two_tabs_of_one_person_are_one_person_and_two_boards(browser: Browser, server: Server, key: str) -> None:
    one = await seat(browser, server, "k.baptiste", f"/i/{key}")
    other = Seat(one.who, one.context, await one.context.new_page())
    other.watch()
    await other.go(f"/i/{key}")
    await expect(one.page.locator("#presence")).to_contain_text("1 here now")
    await one.page.locator("#quick-add-text").fill("Half a sentence")
    await expect(other.page.locator("#quick-add-text")).to_have_value("")
    await other.quick_add("From the other tab @RSS")
    await expect(one.titled("From the other tab")).to_have_class(re.compile("flash"))
    await expect(other.titled("From the other tab")).not_to_have_class(re.compile("flash"))
    await expect(one.page.locator("#quick-add-text")).to_have_value("Half a sentence")
    await other.page.close()
    await one.page.locator("#quick-add-text").fill("")
    await assert_equal_boards(server, key, one)


async def test_the_open_task_is_a_step_of_history(browser: Browser, server: Server, key: str) -> None:
    at = await seat(browser, server, "k.baptiste", f"/i/{key}?agency=CDEMA")
    await at.titled(TEAM).click()
    await expect(at.page).to_have_url(re.compile(r"/t/S-\d+\?agency=CDEMA$"))
    await at.page.go_back()
    await expect(at.drawer).to_be_hidden()
    await expect(at.page).to_have_url(re.compile(f"/i/{key}\\?agency=CDEMA$"))
    await at.page.go_forward()
    await expect(at.drawer.get_by_role("heading", name=TEAM)).to_be_visible()
    await at.page.keyboard.press("Escape")
    await expect(at.drawer).to_be_hidden()
    await expect(at.titled(TEAM)).to_be_focused()


async def test_a_reload_keeps_what_was_typed(browser: Browser, server: Server, key: str) -> None:
    at = await seat(browser, server, "k.baptiste", f"/i/{key}")
    await at.titled(TEAM).click()
    await at.drawer.get_by_role("textbox", name="Comment").fill("Not sent yet")
    await at.page.reload()
    await at.is_live()
    await expect(at.drawer.get_by_role("textbox", name="Comment")).to_have_value("Not sent yet")
