"""Two people in one task: both win in different fields; in the same one both values are shown and somebody chooses."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, Route, expect

from tests.browser.boards import HOSPITAL, TEAM, number_of
from tests.browser.seats import Seat, assert_equal_boards, seat
from tests.support.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(180)]


async def two(browser: Browser, server: Server, key: str) -> tuple[Seat, Seat]:
    path = f"/i/{key}/t/{number_of(server, key, TEAM)}"
    return await seat(browser, server, "k.baptiste", path), await seat(browser, server, "c.grant", path)


async def test_different_fields_both_win(browser: Browser, server: Server, key: str) -> None:
    kezia, colin = await two(browser, server, key)
    await kezia.drawer.get_by_role("textbox", name="Notes").fill("By boat.")
    await colin.drawer.get_by_label("Due").fill("T+16:00")
    await kezia.page.keyboard.press("Control+Enter")
    await colin.page.keyboard.press("Control+Enter")
    for one in (kezia, colin):
        await expect(one.drawer.get_by_role("textbox", name="Notes")).to_have_value("By boat.")
        await expect(one.drawer.get_by_label("Due")).to_have_value("T+16:00")
        await expect(one.page.locator(".conflict")).to_have_count(0)
    await assert_equal_boards(server, key, kezia, colin)


@pytest.mark.parametrize(("choice", "stays"), [("Keep theirs", "By boat."), ("Use mine", "By road.")])
async def test_the_same_field_asks_which_value_stays(
    browser: Browser, server: Server, key: str, choice: str, stays: str
) -> None:
    kezia, colin = await two(browser, server, key)
    await colin.drawer.get_by_role("textbox", name="Notes").fill("By road.")
    await kezia.drawer.get_by_role("textbox", name="Notes").fill("By boat.")
    await kezia.page.keyboard.press("Control+Enter")
    await expect(colin.page.locator("#entries")).to_contain_text("By boat.")
    await expect(colin.drawer.get_by_role("textbox", name="Notes")).to_have_value("By road.")
    await colin.page.keyboard.press("Control+Enter")
    conflict = colin.drawer.locator(".conflict")
    await expect(conflict).to_contain_text("K. Baptiste (CDEMA) changed Notes while you were typing.")
    await expect(conflict.locator(".side")).to_have_text([re.compile("By boat."), re.compile("By road.")])
    await conflict.get_by_role("button", name=choice).click()
    await expect(conflict).to_have_count(0)
    await kezia.page.keyboard.press("Escape")
    for one in (kezia, colin):
        await expect(one.drawer.get_by_role("textbox", name="Notes")).to_have_value(stays)
    colin.trouble_is(["409"])
    written = [entry["data"] for entry in server.api("c.grant").entries(key) if entry["event"] == "task.edited"]
    assert [change["now"] for data in written[-2:] for change in data["changes"]][-1] == stays
    await assert_equal_boards(server, key, kezia, colin)


async def test_text_under_a_caret_stays_and_is_never_sent_over_newer_text(
    browser: Browser, server: Server, key: str
) -> None:
    kezia, colin = await two(browser, server, key)
    notes = kezia.drawer.get_by_role("textbox", name="Notes")
    await notes.click()
    await colin.drawer.get_by_role("textbox", name="Notes").fill("By road.")
    await colin.page.keyboard.press("Control+Enter")
    await expect(kezia.drawer.locator(".history-list")).to_contain_text("By road.")
    await expect(notes).to_have_value("")
    await kezia.page.keyboard.type("By boat.")
    await kezia.page.keyboard.press("Control+Enter")
    await expect(kezia.drawer.locator(".conflict")).to_contain_text("C. Grant (RSS) changed Notes")
    await kezia.drawer.get_by_role("button", name="Keep theirs").click()
    await expect(notes).to_have_value("By road.")
    kezia.trouble_is(["409"])


async def test_a_field_that_is_left_catches_up(browser: Browser, server: Server, key: str) -> None:
    kezia, colin = await two(browser, server, key)
    notes = kezia.drawer.get_by_role("textbox", name="Notes")
    await notes.click()
    await colin.drawer.get_by_role("textbox", name="Notes").fill("By road.")
    await colin.page.keyboard.press("Control+Enter")
    await expect(kezia.drawer.locator(".history-list")).to_contain_text("By road.")
    await kezia.page.keyboard.press("Escape")
    await expect(notes).to_have_value("By road.")


async def test_a_move_that_lost_the_race_asks_too(browser: Browser, server: Server, key: str) -> None:
    kezia = await seat(browser, server, "k.baptiste", f"/i/{key}")
    await kezia.titled(HOSPITAL).hover()
    await kezia.page.route("**/commands/move-task", lambda route: _after_another(server, key, route))
    await kezia.titled(HOSPITAL).focus()
    await kezia.page.keyboard.press("4")
    asked, number = kezia.page.locator("#notice-conflict"), number_of(server, key, HOSPITAL)
    await expect(asked).to_contain_text(f"C. Grant (RSS) moved {number} to To do. You moved it to Done.")
    await expect(kezia.titled(HOSPITAL)).to_have_attribute("data-lane", "todo")
    await kezia.page.unroute("**/commands/move-task")
    await asked.get_by_role("button", name="Use mine").click()
    await expect(kezia.titled(HOSPITAL)).to_have_attribute("data-lane", "done")
    kezia.trouble_is(["409"])
    await assert_equal_boards(server, key, kezia)


async def _after_another(server: Server, key: str, route: object) -> None:
    """Somebody else's move reaches the server first."""
    server.api("c.grant").do(key, "move-task", task=number_of(server, key, HOSPITAL), lane="todo")
    await route.continue_()  # type: ignore[attr-defined]


async def test_an_undo_does_not_overrule_who_moved_it_on(browser: Browser, server: Server, key: str) -> None:
    kezia = await seat(browser, server, "k.baptiste", f"/i/{key}")
    card, number = kezia.titled(HOSPITAL), number_of(server, key, HOSPITAL)
    await card.focus()
    await kezia.page.keyboard.press("4")
    await expect(card.locator(".undo")).to_be_visible()
    server.api("c.grant").do(key, "move-task", task=number, lane="todo")
    await expect(card).to_have_attribute("data-lane", "todo")
    await kezia.page.keyboard.press("z")
    await expect(kezia.page.locator("#notice-conflict")).to_contain_text(f"C. Grant (RSS) moved {number} to To do.")
    await expect(card).to_have_attribute("data-lane", "todo")
    kezia.trouble_is(["409"])


async def test_an_undo_gives_a_task_back(browser: Browser, server: Server, key: str) -> None:
    kezia = await seat(browser, server, "k.baptiste", f"/i/{key}/t/{number_of(server, key, TEAM)}")
    person, card = kezia.drawer.get_by_label("Person"), kezia.titled(TEAM)
    before = await card.get_attribute("data-assignee")
    choices = await person.locator("option").evaluate_all("all => all.map(one => one.value)")
    other = next(value for value in choices if value not in ("", before))
    await person.select_option(other)
    await expect(card).to_have_attribute("data-assignee", other)
    await kezia.page.locator(".undo").first.click(force=True)
    await expect(card).to_have_attribute("data-assignee", before or "")


async def test_people_in_a_conflict_are_named(browser: Browser, server: Server, key: str) -> None:
    kezia = await seat(browser, server, "k.baptiste", f"/i/{key}/t/{number_of(server, key, TEAM)}")
    person = kezia.drawer.get_by_label("Person")
    choices = await person.locator("option").evaluate_all("all => all.map(one => [one.text, one.value])")
    named = {text: id for text, id in choices if id}
    theirs, mine = list(named)[:2]

    async def after_another(route: Route) -> None:
        server.api("c.grant").do(key, "assign-task", task=number_of(server, key, TEAM), assignee=named[theirs])
        await route.continue_()

    await kezia.page.route("**/commands/edit-task", after_another)
    await person.select_option(named[mine])
    conflict = kezia.drawer.locator(".conflict")
    await expect(conflict).to_contain_text(theirs)
    await expect(conflict).to_contain_text(mine)
    shown = await conflict.inner_text()
    assert not any(id in shown for id in named.values())
    kezia.trouble_is(["409"])


async def test_a_drag_ends_where_it_began_when_somebody_moves_it(browser: Browser, server: Server, key: str) -> None:
    kezia = await seat(browser, server, "k.baptiste", f"/i/{key}")
    card, page = kezia.titled(HOSPITAL), kezia.page
    await card.hover()
    await page.mouse.down()
    done = page.locator('.lane[data-lane="done"]')
    await done.hover(force=True)
    await done.hover(force=True)
    server.api("c.grant").do(key, "move-task", task=number_of(server, key, HOSPITAL), lane="todo")
    await expect(card).to_have_attribute("data-lane", "todo")
    assert await card.evaluate("node => node.closest('.cards').id") == "cards-doing"
    await page.mouse.up()
    await expect(card.locator(".held-note")).to_have_text("Not moved: it was moved to To do while you were dragging.")
    assert await card.evaluate("node => node.closest('.cards').id") == "cards-todo"
    await assert_equal_boards(server, key, kezia)
