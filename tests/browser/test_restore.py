"""A backup is restored under open pages: they come back by themselves, and so does what the backup did not have."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.seats import assert_equal_boards, seat
from tests.support.server import Server, cli

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(240)]


async def test_the_lost_tail_is_back_exactly_once(browser: Browser, own_server: Server, tmp_path: Path) -> None:
    seats = [await seat(browser, own_server, who, f"/i/{own_server.incident}") for who in ("j.alexis", "c.grant")]
    joan, colin = seats
    await joan.quick_add("Before the backup")
    await expect(colin.titled("Before the backup")).to_be_visible()
    back_up(own_server, tmp_path)
    await joan.quick_add("Lost and sent again")
    await expect(colin.titled("Lost and sent again")).to_be_visible()
    await colin.titled("Lost and sent again").focus()
    await colin.page.keyboard.press("2")  # what Joan's lost task became in Colin's hands
    await expect(joan.page.locator("#cards-doing .card", has_text="Lost and sent again")).to_be_visible()
    before = await colin.titled("Lost and sent again").get_attribute("data-task")
    restore_under(own_server, tmp_path)
    for one in seats:
        await expect(one.page.locator("#notice-offered")).to_contain_text("sent again", timeout=60_000)
    for one in seats:
        await expect(one.page.locator("#cards-doing .card", has_text="Lost and sent again")).to_have_count(1)
        await expect(one.page.locator("[id^=notice-lost]")).to_have_count(0)
        one.trouble.clear()  # of the line that was lost
    assert await joan.titled("Lost and sent again").get_attribute("data-task") == before
    await assert_equal_boards(own_server, own_server.incident, joan, colin)
    events = [entry["event"] for entry in own_server.api("j.alexis").entries(own_server.incident)[-2:]]
    assert events == ["task.added", "task.moved"]
    verified = cli(own_server, "log", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr


def back_up(server: Server, folder: Path) -> None:
    made = cli(server, "backup", str(folder / "backup"))
    assert made.returncode == 0, made.stderr


def restore_under(server: Server, folder: Path) -> None:
    """Stop, restore, start again at the same address."""
    server.stop()
    done = cli(server, "restore", str(folder / "backup"), "--replace", "--keep-sign-ins", "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    server.start()
