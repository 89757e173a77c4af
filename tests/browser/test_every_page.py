"""What holds for every page: accessible, within its bytes, no wider than the screen, whole without script or colour."""

from __future__ import annotations

import re
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from tests.browser.alerts import an_alert
from tests.browser.boards import PLANE, TEAM, number_of
from tests.browser.seats import seat
from tests.support.chromium import DESKTOP, PHONE, signed_in
from tests.support.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(240)]

INCIDENT = "/i/elena-26"
PAGES = (
    "/signin", "/situation", "/incidents/new", INCIDENT, f"{INCIDENT}/t/E-3", f"{INCIDENT}/log", f"{INCIDENT}/people",
    f"{INCIDENT}/review?at=6h", "/playbooks", "/playbooks/hurricane", "/playbooks/hurricane/activate?incident=elena-26",
    "/keys", "/i/nowhere-26",
)  # fmt: skip
BRIEF = {"resultTypes": ["violations"]}
RULES = BRIEF | {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
COLOURS = BRIEF | {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
NARROW = {"width": 320, "height": 640}
# What reaches beyond the screen at the right, with nothing round it that scrolls or cuts off by intent.
TOO_WIDE = """() => [...document.querySelectorAll("body *")].filter((node) => {
  const box = node.getBoundingClientRect();
  if (!box.width || box.right <= innerWidth + 1) return false;
  for (let up = node.parentElement; up && up !== document.body; up = up.parentElement)
    if (getComputedStyle(up).overflowX !== "visible") return false;
  return !node.closest("svg, .visually-hidden, details:not([open]) > :not(summary)");
}).map((node) => node.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_axe_finds_nothing_in_either_theme(browser: Browser, server: Server, viewport: dict[str, int]) -> None:
    context = await signed_in(browser, server, "j.alexis", color_scheme="light", viewport=viewport, bypass_csp=True)
    page = await context.new_page()
    found: list[str] = []
    for path in PAGES:
        await page.emulate_media(color_scheme="light")
        await page.goto(path)
        found += await complaints(page, RULES)
        await page.emulate_media(color_scheme="dark")
        found += await complaints(page, COLOURS)
    assert found == []


async def complaints(page: Page, rules: Any) -> list[str]:
    """What axe has to say of the page as it stands."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(Axe().axe_script)
    found = await page.evaluate("rules => axe.run(document, rules)", rules)
    return [f"{page.url}: {one['id']} {one['nodes'][0]['target']}" for one in found["violations"]]


async def test_axe_finds_nothing_in_what_opens_on_a_page(browser: Browser, server: Server, key: str) -> None:
    at = await seat(browser, server, "k.baptiste", f"/i/{key}", bypass_csp=True)
    found: list[str] = []
    await at.page.keyboard.press("/")
    await at.page.keyboard.type("a")
    await expect(at.page.get_by_role("option").first).to_be_visible()
    found += await complaints(at.page, RULES)
    await at.page.keyboard.press("Escape")
    for press in ("l", "d"):
        await at.page.keyboard.press(press)
        found += await complaints(at.page, RULES)
        await at.page.keyboard.press("Escape")
    await at.titled(TEAM).get_by_label("Move").click()
    found += await complaints(at.page, RULES)
    await at.titled(TEAM).get_by_role("button", name="Blocked").click()
    await expect(at.titled(TEAM).get_by_label("What blocks it?")).to_be_focused()
    found += await complaints(at.page, RULES)
    await at.page.keyboard.press("Escape")
    server.api("c.grant").do(key, "move-task", task=number_of(server, key, PLANE), lane="todo")
    await expect(at.page.locator(".flash").first).to_be_visible()
    found += await complaints(at.page, RULES)
    assert found == []


async def test_no_page_complains(browser: Browser, server: Server) -> None:
    """No error of a script, nothing that the content policy stops."""
    at = await seat(browser, server, "j.alexis", "/situation")
    for path in PAGES[:-1]:
        await at.go(path)
    assert at.trouble == []


async def test_no_page_is_wider_than_a_narrow_screen_or_than_large_text_allows(
    browser: Browser, server: Server
) -> None:
    """320 px, which is 400 % zoom; and 200 % text on a desktop."""
    context = await signed_in(browser, server, "j.alexis", viewport=NARROW, reduced_motion="reduce")
    page = await context.new_page()
    wide: list[str] = []
    for path in PAGES:
        await page.goto(path)
        wide += [f"{path} at 320 px: {one}" for one in await page.evaluate(TOO_WIDE)]
    await page.set_viewport_size({"width": DESKTOP["width"], "height": DESKTOP["height"]})
    client = await context.new_cdp_session(page)
    await client.send("Page.setFontSizes", {"fontSizes": {"standard": 32, "fixed": 26}})
    for path in PAGES:
        await page.goto(path)
        wide += [f"{path} at 200 % text: {one}" for one in await page.evaluate(TOO_WIDE)]
    assert wide == []


async def test_without_motion_words_say_what_changed(browser: Browser, server: Server, key: str) -> None:
    at = await seat(browser, server, "k.baptiste", f"/i/{key}", reduced_motion="reduce")
    server.api("c.grant").do(key, "comment-task", task=number_of(server, key, TEAM), text="Seen.")
    await expect(at.titled(TEAM).locator(".changed-ago")).to_have_text(re.compile(r"changed \d s ago"))
    await expect(at.page.locator(".flash")).to_have_count(0)
    await at.titled(TEAM).click()
    assert await at.drawer.evaluate("node => node.getAnimations().length") == 0


async def test_forced_colours_keep_every_sign(browser: Browser, server: Server) -> None:
    """Agency bars and chips have edges; the chosen filter and the card that is open are marked by an outline."""
    context = await signed_in(browser, server, "k.baptiste", forced_colors="active")
    page = await context.new_page()
    await page.goto(f"{INCIDENT}/t/E-3")
    await expect(page.locator(".card.chosen")).to_be_visible()
    edges = """names => names.map((name) => getComputedStyle(document.querySelector(name)))
        .map(({borderLeftWidth, outlineWidth}) => parseFloat(borderLeftWidth) || parseFloat(outlineWidth))"""
    signs = [".card .agency", ".card .tlp", ".card .overdue", ".priority-critical", ".blocked", ".card", ".chosen"]
    assert all(await page.evaluate(edges, signs))


async def test_a_board_is_worked_without_script(browser: Browser, server: Server, key: str) -> None:
    context = await signed_in(browser, server, "k.baptiste", java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"/i/{key}")
    await expect(page.get_by_role("combobox", name="Go to or search")).to_be_hidden()
    await page.get_by_label("New task").fill("Boats from Roseau @RSS !high due T+15:00")
    await page.keyboard.press("Enter")
    card = page.locator(".card", has_text="Boats from Roseau")
    await expect(card).to_have_attribute("data-agency", "RSS")
    await card.get_by_label("Move").click()
    await card.get_by_role("button", name="In progress").click()
    await expect(page.locator("#cards-doing .card", has_text="Boats from Roseau")).to_be_visible()
    await page.get_by_role("link", name="Boats from Roseau", exact=True).click()
    await page.get_by_role("textbox", name="Comment").fill("On the way.")
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator(".comments-list")).to_contain_text("On the way.")
    await page.goto(f"/i/{key}?agency=RSS")
    await expect(page.locator(".hidden-by-filter")).to_have_text("7 hidden by filter")
    await page.goto(f"/i/{key}/review")
    await page.get_by_role("link", name="15 minutes earlier").click()
    await expect(page.locator("#replay-board")).to_contain_text("The board at")


async def test_an_alert_is_confirmed_without_script(browser: Browser, server: Server) -> None:
    context = await signed_in(browser, server, "j.alexis", java_script_enabled=False)
    page = await context.new_page()
    await page.goto("/incidents/new")
    file: Any = {"name": "a.xml", "mimeType": "application/xml", "buffer": an_alert("Exercise").encode()}
    await page.get_by_label("Alert file").set_input_files(file)
    await page.get_by_role("button", name="Read the alert").click()
    await page.get_by_role("button", name="Open exercise and go to its board").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Marisol")


@pytest.mark.parametrize("path", [f"{INCIDENT}?agency=CDEMA", f"{INCIDENT}/log", f"{INCIDENT}/review?at=6h"])
async def test_paper_has_the_mark_and_no_controls(browser: Browser, server: Server, path: str) -> None:
    context = await signed_in(browser, server, "k.baptiste")
    page = await context.new_page()
    await page.goto(path)
    await page.emulate_media(media="print")
    await expect(page.locator(".tlp-strip .tlp-mark")).to_be_visible()
    assert await page.locator("main :is(button, input, textarea, select):visible").count() == 0
    assert await page.locator(".topbar:visible, .tabs:visible, #presence:visible, .bottom-bar:visible").count() == 0
    assert len(await page.pdf(format="A4", print_background=False)) > 20_000


async def test_a_first_load_stays_within_its_bytes(browser: Browser, server: Server) -> None:
    """100 kB with the font, 55 kB in low-data mode: page, styles, scripts, sprite and font as sent."""
    for cookies, most in (([], 100_000), ([{"name": "low_data", "value": "1", "url": server.url}], 55_000)):
        context = await signed_in(browser, server, "j.alexis")
        await context.add_cookies(cookies)  # type: ignore[arg-type]
        page = await context.new_page()
        client = await context.new_cdp_session(page)
        await client.send("Network.enable")
        sizes: list[float] = []
        client.on("Network.loadingFinished", lambda event, sizes=sizes: sizes.append(event["encodedDataLength"]))
        await page.goto(INCIDENT)
        await expect(page.locator("#connection")).to_have_attribute("data-state", "live")
        assert 20_000 < sum(sizes) <= most
