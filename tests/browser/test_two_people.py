"""Two people side by side, from signing in to looking back, and a leader who only reads."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from tests.support.chromium import DESKTOP, PHONE, a_browser, signed_in
from tests.support.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

SOON = 15_000
WITHIN_TEN_SECONDS = 10_000


@dataclass
class Stage:
    """Three windows on one server."""

    browser: Browser
    server: Server
    joan: Page
    colin: Page
    leader: Page


@pytest.fixture
async def stage(own_server: Server) -> AsyncIterator[Stage]:
    async with a_browser() as browser:
        pages = [
            await (await signed_in(browser, own_server, who)).new_page() for who in ("j.alexis", "c.grant", "p.moore")
        ]
        yield Stage(browser, own_server, *pages)


async def settled(page: Page) -> None:
    """Until the page is live."""
    await expect(page.locator("#connection")).to_have_attribute("data-state", "live", timeout=SOON)


async def open_board(page: Page, key: str) -> None:
    await page.goto(f"/i/{key}")
    await settled(page)


async def quick_add(page: Page, text: str) -> None:
    await page.locator("#quick-add-text").fill(text)
    await page.keyboard.press("Enter")


def card(page: Page, title: str) -> Any:
    return page.locator(".card", has_text=title)


async def board_of(page: Page) -> list[tuple[str, ...]]:
    """Everything on the board that people work with, as the page has it."""
    names = ("task", "number", "lane", "item", "state", "seq", "room")
    script = """(names) => [...document.querySelectorAll('[data-task][data-lane], [data-item], .entry[data-seq]')]
        .map((one) => names.map((name) => one.dataset[name] ?? ''))"""
    return sorted(tuple(one) for one in await page.evaluate(script, list(names)))


async def test_an_incident_from_its_opening_to_its_review(stage: Stage) -> None:
    joan, colin, leader = stage.joan, stage.colin, stage.leader
    await colin.goto("/situation")
    await settled(colin)
    key = await open_incident(joan)
    await expect(colin.locator(f"#incident-{key}")).to_have_count(0)
    await invite(joan, key, "RSS")
    await expect(colin.locator(f"#incident-{key}")).to_be_visible(timeout=SOON)
    await activate(joan, key)
    for page in (joan, colin, leader):
        await open_board(page, key)
    await work_together(joan, colin)
    await edit_together(joan, colin)
    await lose_the_line(stage, key)
    await read_only(stage, key)
    await expect(joan.locator(".entry")).to_have_count(await colin.locator(".entry").count())
    assert await board_of(joan) == await board_of(colin) == await board_of(leader)
    await look_back(joan, key)
    await tamper(stage, key)


async def open_incident(page: Page) -> str:
    await page.goto("/incidents/new")
    await page.get_by_label("Incident name").fill("Hurricane Marisol")
    await page.get_by_label("Dominica", exact=True).check()
    await page.get_by_label("This is an exercise").check()
    await page.get_by_role("button", name="Open incident and go to its board").click()
    await page.wait_for_url(re.compile(r"/i/[a-z0-9-]+$"))
    return page.url.rsplit("/", 1)[1]


async def invite(page: Page, key: str, agency: str) -> None:
    await page.goto(f"/i/{key}/people")
    await page.locator("select[name=agency]").select_option(agency)
    await page.get_by_role("button", name="Invite").click()
    await expect(page.locator(f"#agency-{agency.lower()}")).to_be_visible(timeout=SOON)


async def activate(page: Page, key: str) -> None:
    await page.goto(f"/playbooks/hurricane/activate?incident={key}")
    await expect(page.locator("#preview tbody tr")).to_have_count(37)
    await page.get_by_role("button", name="Activate and open board").click()
    await expect(page.locator(".item")).to_have_count(37, timeout=SOON)


async def work_together(joan: Page, colin: Page) -> None:
    """Each change arrives in the other window and disturbs nobody."""
    await colin.locator("#quick-add-text").fill("Half a sentence that")
    await quick_add(joan, "Two loaders to the runway @CDEMA !critical due T+14:15")
    await expect(card(colin, "Two loaders to the runway")).to_have_attribute("data-priority", "critical", timeout=SOON)
    await expect(colin.locator("#quick-add-text")).to_have_value("Half a sentence that")
    await expect(colin.locator("#quick-add-text")).to_be_focused()
    await colin.locator("#quick-add-text").fill("")
    await colin.keyboard.press("Escape")
    await card(colin, "Two loaders").focus()
    await colin.keyboard.press("2")
    await expect(joan.locator("#cards-doing .card", has_text="Two loaders")).to_be_visible(timeout=SOON)
    item = joan.locator(".item").first
    await item.evaluate("(one) => one.closest('details')?.setAttribute('open', '')")
    await item.locator("form button, form input[type=checkbox]").first.click()
    identity = await item.get_attribute("id")
    await expect(colin.locator(f"#{identity}")).to_have_attribute("data-state", "done", timeout=SOON)


async def edit_together(joan: Page, colin: Page) -> None:
    """The same field in two windows: both values are shown, and the second person chooses."""
    number = await card(joan, "Two loaders").get_attribute("data-number")
    for page in (joan, colin):
        await card(page, "Two loaders").locator("a.card-title").click()
        await expect(page.locator("article.drawer")).to_have_attribute("data-number", str(number), timeout=SOON)
    await joan.locator("[name='set.notes']").fill("By barge from Castries.")
    await colin.locator("[name='set.notes']").fill("By road, escorted.")
    await colin.locator("[name='set.notes']").press("Control+Enter")
    await expect(joan.locator(".entry", has_text="By road, escorted.").first).to_be_attached(timeout=SOON)
    await expect(joan.locator("[name='set.notes']")).to_have_value("By barge from Castries.")
    await joan.locator("[name='set.notes']").press("Control+Enter")
    conflict = joan.locator(".conflict")
    await expect(conflict).to_contain_text("By road, escorted.", timeout=SOON)
    await expect(conflict).to_contain_text("By barge from Castries.")
    await conflict.get_by_role("button", name="Use mine").click()
    await expect(colin.locator(".entry", has_text="By barge from Castries.").first).to_be_attached(timeout=SOON)
    for page in (joan, colin):
        await page.keyboard.press("Escape")
        await page.keyboard.press("Escape")
        await expect(page.locator("article.drawer")).to_have_count(0, timeout=SOON)
        await page.mouse.move(2, 2)  # off the log: nothing moves in a list under the pointer


async def lose_the_line(stage: Stage, key: str) -> None:
    """The server dies: the page says so within ten seconds, keeps what is typed, and catches up by itself."""
    joan, colin = stage.joan, stage.colin
    await joan.locator("#quick-add-text").fill("Typed before the line was lost")
    stage.server.kill()
    state = re.compile("reconnecting|offline")
    await expect(joan.locator("#connection")).to_have_attribute("data-state", state, timeout=WITHIN_TEN_SECONDS)
    stage.server.start()
    stage.server.api("c.grant").do(key, "write-entry", text="Written while nobody was connected.")
    for page in (joan, colin):
        await expect(page.locator("#connection")).to_have_attribute("data-state", "live", timeout=60_000)
        entry = page.locator(".entry", has_text="Written while nobody was connected.")
        await expect(entry).to_have_count(1, timeout=SOON)
    await expect(joan.locator("#quick-add-text")).to_have_value("Typed before the line was lost")
    await settled(stage.leader)


async def read_only(stage: Stage, key: str) -> None:
    """The leader sees the same and can write nothing, in the page or past it."""
    await expect(stage.leader.locator(".entry", has_text="Written while nobody was connected.")).to_have_count(
        1, timeout=SOON
    )
    visible = stage.leader.locator(
        "form[action*='/commands/'] :is(button, input:not([type=hidden]), textarea, select):visible"
    )
    await expect(visible).to_have_count(0)
    answer = stage.server.api("p.moore").send(key, "write-entry", {"text": "not mine to write"})
    assert answer.status_code == 403


async def look_back(page: Page, key: str) -> None:
    """The review at the end is the board; the log is proven."""
    tasks = await lanes_of(page, "body")
    await page.goto(f"/i/{key}/log")
    await expect(page.locator("#main")).to_contain_text("Verified")
    await page.goto(f"/i/{key}/review")
    assert await lanes_of(page, "#replay-board") == tasks


async def lanes_of(page: Page, inside: str) -> list[str]:
    """Every task with its lane."""
    script = """(inside) => [...document.querySelectorAll(`${inside} [data-task][data-lane]`)]
        .map((one) => one.dataset.task + one.dataset.lane).sort()"""
    return list(await page.evaluate(script, inside))


async def tamper(stage: Stage, key: str) -> None:
    """Somebody edits the database underneath: the open log page turns by itself and names the entry."""
    page = stage.joan
    await page.goto(f"/i/{key}/log")
    await settled(page)
    with sqlite3.connect(stage.server.database) as database:
        changed = database.execute("UPDATE log_entry SET data = replace(data, 'nobody was', 'somebody was')").rowcount
    database.close()
    assert changed
    await expect(page.locator("#main")).to_contain_text("Tampering detected at entry", timeout=30_000)


PAGES = (
    "/signin", "/situation", "/incidents/new", "/i/elena-26", "/i/elena-26/t/E-3", "/i/elena-26/log",
    "/i/elena-26/people", "/i/elena-26/review?at=6h", "/playbooks", "/playbooks/hurricane",
    "/playbooks/hurricane/activate?incident=elena-26", "/keys", "/i/nowhere-26",
)  # fmt: skip
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


@pytest.mark.parametrize(("scheme", "viewport"), [("light", DESKTOP), ("dark", PHONE)])
async def test_axe_finds_nothing_on_any_page(server: Server, scheme: str, viewport: dict[str, int]) -> None:
    found: list[str] = []
    async with a_browser() as browser:
        context = await signed_in(browser, server, "j.alexis", color_scheme=scheme, viewport=viewport, bypass_csp=True)
        page = await context.new_page()
        for path in PAGES:
            await page.goto(path)
            violations = (await Axe().run(page, options=RULES)).response["violations"]
            found += [f"{path}: {one['id']} {one['nodes'][0]['target']}" for one in violations]
    assert found == []


async def test_no_page_breaks_the_content_policy(server: Server) -> None:
    complaints: list[str] = []
    async with a_browser() as browser:
        page = await (await signed_in(browser, server, "k.baptiste")).new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        for path in ("/situation", "/i/elena-26", "/i/elena-26/t/E-3", "/i/elena-26/log", "/i/elena-26/review"):
            await page.goto(path)
            await expect(page.locator("main")).to_be_visible()
    assert complaints == []


async def test_a_first_load_stays_within_its_bytes(server: Server) -> None:
    """100 kB with the font, 55 kB in low-data mode: page, styles, scripts, sprite and font as sent."""
    async with a_browser() as browser:
        for cookies, most in (([], 100_000), ([{"name": "low_data", "value": "1", "url": server.url}], 55_000)):
            context = await signed_in(browser, server, "j.alexis")
            await context.add_cookies(cookies)
            page = await context.new_page()
            client = await context.new_cdp_session(page)
            await client.send("Network.enable")
            sizes: list[float] = []
            client.on("Network.loadingFinished", lambda event, sizes=sizes: sizes.append(event["encodedDataLength"]))
            await page.goto("/i/elena-26")
            await settled(page)
            assert 20_000 < sum(sizes) <= most
