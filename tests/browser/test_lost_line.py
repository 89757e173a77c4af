"""The line is lost: said within ten seconds, read-only, no text lost; then nothing is missing and nothing twice."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, WebSocketRoute, expect

from tests.browser.seats import assert_equal_boards, seat
from tests.support.server import Server

INCIDENT = "elena-26"

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(180)]


async def test_the_server_is_killed_and_comes_back(browser: Browser, own_server: Server) -> None:
    kezia = await seat(browser, own_server, "k.baptiste", f"/i/{INCIDENT}/t/E-3")
    colin = await seat(browser, own_server, "c.grant", f"/i/{INCIDENT}")
    comment = kezia.drawer.get_by_role("textbox", name="Comment")
    await comment.click()
    await kezia.page.keyboard.type("Half a ")
    own_server.kill()
    connection, notice = kezia.page.locator("#connection"), kezia.page.locator("#notice-connection")
    await expect(connection).to_have_attribute("data-state", re.compile("reconnecting|offline"), timeout=10_000)
    await kezia.page.keyboard.type("sentence")
    await expect(notice).to_have_text(
        re.compile(r"Not live since \d\d:\d\d UTC\. You can read; what you type is kept\."), timeout=15_000
    )
    await expect(kezia.page.locator("#presence")).to_have_text("presence unknown")
    await expect(kezia.page.locator("#proof")).to_have_text("Cannot check (offline)")
    await expect(comment).to_be_focused()
    await expect(kezia.drawer.get_by_role("button", name="Mark done")).to_be_disabled()
    await kezia.page.keyboard.press("Control+Enter")
    await expect(kezia.drawer).to_contain_text("Not live: nothing can be sent now. Your text is kept.")
    await kezia.page.keyboard.press("Escape")
    await kezia.page.keyboard.press("Shift+D")
    await expect(kezia.page.locator("#notice-command")).to_contain_text("Not live")
    await expect(kezia.card("E-3")).to_have_attribute("data-lane", "doing")
    await colin.card("E-5").focus()
    await colin.page.keyboard.press("4")
    await expect(colin.card("E-5")).to_have_attribute("data-lane", "doing")
    own_server.start()
    for i in range(12):
        own_server.api("e.daniel").do(INCIDENT, "write-entry", text=f"Written in the dark {i}")
    own_server.api("e.daniel").do(INCIDENT, "move-task", task="E-11", lane="doing")
    await expect(kezia.page.locator("#entries")).to_contain_text("Written in the dark 11", timeout=45_000)
    await expect(notice).to_have_count(0)
    await expect(kezia.page.locator("#presence")).to_contain_text("here now")
    await expect(kezia.page.locator("#proof")).to_have_text("Verified")
    await expect(kezia.drawer.get_by_role("button", name="Mark done")).to_be_enabled()
    await expect(comment).to_have_value("Half a sentence")
    await comment.click()
    await kezia.page.keyboard.press("Control+Enter")
    await expect(kezia.drawer.locator(".comments-list")).to_contain_text("Half a sentence")
    await expect(colin.page.locator("#entries")).to_contain_text("Half a sentence", timeout=45_000)
    await colin.card("E-5").focus()
    await colin.page.keyboard.press("4")
    await expect(colin.card("E-5")).to_have_attribute("data-lane", "done")
    for one in (kezia, colin):
        assert await one.page.locator(".entry", has_text="Written in the dark 7").count() == 1
    await assert_equal_boards(own_server, INCIDENT, colin)


async def test_a_page_left_for_hours_finds_out_it_is_signed_out_and_keeps_the_text(
    browser: Browser, server: Server, key: str
) -> None:
    kezia = await seat(browser, server, "k.baptiste", f"/i/{key}")
    await kezia.page.locator("#quick-add-text").fill("Not yet sent")
    other = await kezia.context.new_page()
    await other.goto("/situation")
    await other.get_by_label("your menu").click()
    await other.get_by_role("button", name="Sign out").click()
    notice = kezia.page.locator("#notice-connection")
    await expect(notice).to_contain_text("Sign in again to continue.")
    await expect(kezia.page.locator("#connection")).to_contain_text("Signed out")
    await notice.get_by_role("link").click()
    person = server.person("k.baptiste")
    await kezia.page.get_by_label("Work email").fill(person.email)
    await kezia.page.get_by_label("Password").fill(person.password)
    await kezia.page.keyboard.press("Enter")
    await kezia.is_live()
    await expect(kezia.page.locator("#quick-add-text")).to_have_value("Not yet sent")


async def test_where_sockets_are_blocked_a_stream_brings_the_changes(
    browser: Browser, server: Server, key: str
) -> None:
    kezia = await seat(browser, server, "k.baptiste", "/situation")

    async def refuse(socket: WebSocketRoute) -> None:
        await socket.close(code=1011)

    await kezia.page.route_web_socket(re.compile("/live"), refuse)
    await kezia.page.goto(f"/i/{key}")
    await expect(kezia.page.locator("#connection")).to_have_attribute("data-state", "live", timeout=40_000)
    server.api("c.grant").do(key, "write-entry", text="By the other way.")
    await expect(kezia.page.locator("#entries")).to_contain_text("By the other way.")
