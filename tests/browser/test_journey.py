"""Two people, Joan of CDEMA and Terrence of IMPACS, take an incident from the alert to its review, side by side."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.alerts import an_alert
from tests.browser.seats import Seat, assert_equal_boards, change_underneath, seat
from tests.support.chromium import DESKTOP
from tests.support.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(300)]


async def test_from_the_alert_to_the_review(browser: Browser, own_server: Server) -> None:
    joan = await sign_in(browser, own_server, "j.alexis")
    terrence = await sign_in(browser, own_server, "t.noel")
    leader = await seat(browser, own_server, "p.moore", "/situation")
    await see_the_situation(joan, terrence)
    await open_by_form(joan)
    key = await open_from_alert(joan)
    await invite(joan, terrence, key)
    for one in (terrence, leader):
        await one.go(f"/i/{key}")
    await activate(joan, terrence)
    await add_tasks(joan, terrence)
    await move_tasks(joan, terrence)
    await work_in_the_drawer(joan, terrence)
    await tick_items(joan, terrence)
    await write_and_decide(joan, terrence)
    await filter_the_board(joan)
    await lose_the_server(own_server, joan, terrence, leader, key)
    await assert_equal_boards(own_server, key, joan, terrence, leader)
    await read_the_log(terrence, key)
    await look_back(own_server, joan, key)
    await read_only(own_server, leader, key)
    await see_tampering(own_server, joan, terrence, key)
    assert [one.trouble for one in (joan, terrence, leader)] == [[], [], []]


async def sign_in(browser: Browser, server: Server, who: str) -> Seat:
    """Step 1, by the form."""
    context = await browser.new_context(base_url=server.url, viewport=DESKTOP)
    at = Seat(who, context, await context.new_page())
    at.watch()
    await at.page.goto("/")
    await expect(at.page).to_have_url(re.compile("/signin"))
    person = server.person(who)
    await at.page.get_by_label("Work email").fill(person.email)
    await at.page.get_by_label("Password").fill(person.password)
    await at.page.keyboard.press("Enter")
    await expect(at.page.get_by_role("heading", level=1)).to_have_text("Situation")
    await at.is_live()
    return at


async def see_the_situation(joan: Seat, terrence: Seat) -> None:
    """Step 2: each sees the incidents of their agency, the latest first."""
    rows = joan.page.locator("tr[id^=incident-]")
    await expect(rows.first).to_contain_text("Hurricane Elena")
    await expect(rows.first).to_contain_text("3 overdue")
    await expect(terrence.page.locator("tr[id^=incident-]")).to_have_count(3)
    await expect(terrence.page.locator(".deadlines")).to_contain_text("Seat rows 14 to 18 traced")


async def open_by_form(joan: Seat) -> None:
    """Step 3, by form: what is wrong is said and what was typed is kept."""
    page = joan.page
    await page.get_by_role("link", name="Open incident").click()
    await page.get_by_label("Incident name").fill("Flooding at Castries")
    await page.get_by_label("Hazard").fill("flood")
    await page.get_by_text("A level of another scheme").click()
    await page.get_by_label("Level", exact=True).fill("II")
    await page.get_by_role("button", name="Open incident").click()
    await expect(page.locator("#error-summary")).to_be_visible()
    await expect(page.get_by_label("Incident name")).to_have_value("Flooding at Castries")
    await page.get_by_text("Choose from the states of the region").click()
    await page.get_by_label("Saint Lucia").check()
    await page.get_by_label("Level scheme").fill("CDEMA")
    await page.get_by_role("button", name="Open incident").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Flooding at Castries")
    await expect(page.locator(".exercise")).to_have_count(0)
    await expect(page.locator("#no-tasks")).to_be_visible()
    joan.trouble_is(["422"])


async def open_from_alert(joan: Seat) -> str:
    """Step 3, from an alert: shown first, opened when confirmed; an exercise opens nothing but an exercise."""
    page = joan.page
    await read_alert(page, an_alert("Actual"))
    await expect(page.get_by_label("Incident name")).to_have_value(re.compile("Marisol"))
    await expect(page.get_by_label("Dominica", exact=True)).to_be_checked()
    await expect(page.locator(".facts")).to_contain_text("met@weather.example")
    await expect(page.get_by_role("button", name="Open incident and go to its board")).to_be_visible()
    await read_alert(page, an_alert("Exercise"))
    await page.get_by_role("button", name="Open exercise and go to its board").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Marisol")
    await expect(page.locator("#header .exercise")).to_have_text("EXERCISE")
    return page.url.rsplit("/", 1)[1]


async def read_alert(page: Page, alert: str) -> None:
    await page.goto("/incidents/new")
    file: Any = {"name": "alert.xml", "mimeType": "application/cap+xml", "buffer": alert.encode()}
    await page.get_by_label("Alert file").set_input_files(file)
    await page.get_by_role("button", name="Read the alert").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Confirm the incident")


async def invite(joan: Seat, terrence: Seat, key: str) -> None:
    """Step 4: who is invited finds the incident at once, and nobody else does."""
    row = terrence.page.locator(f"#incident-{key}")
    await expect(row).to_have_count(0)
    await joan.go(f"/i/{key}/people")
    await joan.page.get_by_label("Invite an agency").select_option("IMPACS")
    await joan.page.get_by_role("button", name="Invite", exact=True).click()
    await expect(joan.page.locator("#agency-impacs")).to_contain_text("Terrence Noel")
    await expect(row).to_contain_text("Marisol")


async def activate(joan: Seat, terrence: Seat) -> None:
    """Step 5: the preview shows times and what nobody holds; then the items are on the other board too."""
    page = joan.page
    await expect(terrence.page.get_by_text("No playbook runs here")).to_be_visible()
    await page.get_by_role("link", name="Board").first.click()
    await joan.is_live()
    await page.get_by_role("link", name="Choose a playbook").click()
    await page.get_by_role("link", name="Activate Hurricane").click()
    await expect(page.locator(".activate-form")).to_contain_text("Marisol")
    onset = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(hours=30)
    await page.get_by_label("Forecast onset").fill(f"{onset:%Y-%m-%d %H:%MZ}")
    await page.keyboard.press("Tab")
    await expect(page.locator("#preview .figures .late")).to_contain_text("already past")
    await expect(page.locator("#preview")).to_contain_text("no person")
    await page.get_by_role("button", name="Activate and open board").click()
    await joan.is_live()
    await expect(page.locator("[data-count=run-all]").first).to_have_text("37")
    await expect(terrence.page.locator(".item")).to_have_count(37)
    await expect(terrence.page.locator("#header")).to_contain_text("Monitor")
    await expect(terrence.page.locator("[data-clock=t-plus]")).to_contain_text("T−29:5")


async def add_tasks(joan: Seat, terrence: Seat) -> None:
    """Step 6: the line at the bottom reads its tokens back and adds; step 7: the other sees it, lit."""
    page = joan.page
    await page.keyboard.press("n")
    await page.keyboard.type("Two loaders for the runway @CDEMA !critical due T+14:15")
    await expect(page.locator("#quick-add-reading")).to_have_text(
        re.compile(r"^Task · CDEMA · critical · due \d\d:\d\d UTC")
    )
    await page.keyboard.press("Enter")
    await expect(terrence.titled("Two loaders for the runway")).to_have_class(re.compile("flash"))
    await expect(joan.titled("Two loaders for the runway")).not_to_have_class(re.compile("flash"))
    first = await joan.titled("Two loaders for the runway").get_attribute("data-number")
    await joan.quick_add(f"Fuel for the loaders @impacs !high due +2h for {first}")
    await terrence.quick_add("Check the manifests @IMPACS")
    await expect(joan.titled("Check the manifests")).to_be_visible()
    await page.locator("#quick-add-text").fill("Nobody's task @NOBODY")
    await expect(page.locator("#quick-add-reading")).to_contain_text("@NOBODY: there is no such agency")
    await page.locator("#quick-add-text").fill("")
    for one in (joan, terrence):
        await expect(one.page.locator("[data-count=todo]").first).to_have_text("3")


async def move_tasks(joan: Seat, terrence: Seat) -> None:
    """Step 6: by key, by menu and by hand; Blocked asks why."""
    loaders, fuel, manifests = (
        joan.titled(title) for title in ("Two loaders for the runway", "Fuel for the loaders", "Check the manifests")
    )
    await loaders.focus()
    await joan.page.keyboard.press("2")
    await expect(terrence.page.locator("#cards-doing .card")).to_have_count(1)
    await loaders.focus()
    await joan.page.keyboard.press("3")
    await loaders.get_by_label("What blocks it?").fill("no barge")
    await joan.page.keyboard.press("Enter")
    await expect(terrence.page.locator("#cards-blocked .reason")).to_have_text("no barge")
    await fuel.get_by_label("Move").click()
    await fuel.get_by_role("button", name="In progress").click()
    await expect(terrence.page.locator("#cards-doing .card-title")).to_have_text("Fuel for the loaders")
    await manifests.drag_to(joan.page.locator('.lane[data-lane="done"]'))
    await expect(terrence.page.locator("#cards-done .card-title")).to_have_text("Check the manifests")
    await joan.page.keyboard.press("z")
    await expect(terrence.page.locator("#cards-todo .card-title")).to_have_text("Check the manifests")
    await joan.rest()


async def work_in_the_drawer(joan: Seat, terrence: Seat) -> None:
    """Step 6: fields, dependencies, comments and history; step 7: who edits what is seen."""
    await joan.titled("Fuel for the loaders").click()
    await expect(joan.drawer.get_by_role("heading", level=2)).to_be_focused()
    await expect(joan.page).to_have_url(re.compile(r"/t/[A-Z]-\d+"))
    await expect(joan.drawer).to_contain_text("Holds up")
    await joan.drawer.get_by_label("Notes").click()
    await expect(terrence.titled("Fuel for the loaders").locator(".editing")).to_contain_text("J. Alexis is editing")
    await joan.page.keyboard.type("Two drums are at the port.")
    await joan.drawer.get_by_label("Due").fill("T+15:00")
    await joan.page.keyboard.press("Enter")
    await expect(terrence.page.locator("#entries")).to_contain_text("Two drums are at the port.")
    await joan.drawer.get_by_label("Person").select_option(label="T. Noel")
    await expect(terrence.titled("Fuel for the loaders").locator(".person")).to_have_text("T. Noel")
    await expect(terrence.titled("Fuel for the loaders").locator(".due")).to_contain_text("T+15:00")
    await joan.drawer.get_by_role("textbox", name="Comment").fill("The port opens at six.")
    await joan.page.keyboard.press("Control+Enter")
    await expect(joan.drawer.locator(".comments-list")).to_contain_text("The port opens at six.")
    await expect(terrence.titled("Fuel for the loaders").locator(".comments")).to_have_text("1")
    await expect(joan.drawer.locator(".history-list li")).to_have_count(6)
    await joan.page.keyboard.press("Escape")
    await joan.page.keyboard.press("Escape")
    await expect(joan.drawer).to_be_hidden()
    await expect(terrence.titled("Fuel for the loaders").locator(".editing")).to_be_hidden()


async def tick_items(joan: Seat, terrence: Seat) -> None:
    """Step 6: the checklist. What one ticks is ticked for the other."""
    ticked = terrence.page.locator(".phase[open] .items .item").first
    text = str(await ticked.locator(".item-text").text_content())
    await ticked.get_by_role("button", name=f"Tick: {text}").click()
    await terrence.rest()
    await expect(joan.item(text)).to_have_attribute("data-state", "done")
    await expect(joan.page.locator("[data-count=run-done]").first).to_have_text("1")
    skipped = joan.page.locator('.phase[open] > .items .item[data-state="open"]').first
    text = str(await skipped.locator(".item-text").text_content())
    await skipped.get_by_label("More on").click()
    await skipped.get_by_label("Not needed because").fill("the other office did it")
    await joan.page.keyboard.press("Enter")
    await joan.rest()
    await expect(terrence.item(text)).to_have_attribute("data-state", "skipped")
    await advance(joan, terrence)


async def advance(joan: Seat, terrence: Seat) -> None:
    """Step 6: the next phase, for everybody, only after a question that can be taken back."""
    step, question = joan.page.locator("#header summary", has_text="Alert"), joan.page.locator("#notice-phase")
    await step.click()
    await expect(question).to_contain_text(re.compile(r"Leave Monitor\? \d+ (late )?items? stays? open\."))
    await joan.page.keyboard.press("Escape")
    await expect(question).to_have_count(0)
    await expect(terrence.page.locator("#header [aria-current=step]")).to_have_text("Monitor")
    await step.click()
    await question.get_by_role("button", name="Go on to Alert").click()
    await expect(terrence.page.locator("#header [aria-current=step]")).to_have_text("Alert")
    for one in (joan, terrence):
        await expect(one.page.locator(".phase.now[open] .phase-name")).to_have_text("Alert")


async def write_and_decide(joan: Seat, terrence: Seat) -> None:
    """Step 6: the log and decisions, from the keyboard."""
    await terrence.page.keyboard.press("l")
    await terrence.page.keyboard.type("Coast guard reports the channel clear.")
    await terrence.page.keyboard.press("Control+Enter")
    await expect(joan.page.locator("#entries .entry").first).to_contain_text("the channel clear")
    await joan.page.keyboard.press("d")
    await joan.page.get_by_label("What was decided").fill("Loaders go by sea.")
    await joan.page.locator("#record-decision").get_by_label("Reason").fill("The road is cut.")
    await joan.page.get_by_role("button", name="Record decision").click()
    await expect(terrence.page.locator(".entry-decision")).to_contain_text("Loaders go by sea.")


async def filter_the_board(joan: Seat) -> None:
    """Step 6: filters stand in the address and say what they hide."""
    page = joan.page
    await page.locator(".filters").get_by_role("button", name="IMPACS").click()
    await expect(page).to_have_url(re.compile("agency=IMPACS"))
    await expect(page.locator(".hidden-by-filter")).to_have_text("1 hidden by filter")
    await expect(joan.titled("Two loaders for the runway")).to_be_hidden()
    await page.reload()
    await joan.is_live()
    await expect(joan.titled("Two loaders for the runway")).to_be_hidden()
    await page.keyboard.press("o")
    await expect(page.locator("#none-shown h2")).to_have_text("No tasks for IMPACS that are overdue")
    await page.keyboard.press("Escape")
    await expect(page.locator("#none-shown")).to_be_hidden()
    await expect(joan.titled("Two loaders for the runway")).to_be_visible()


async def read_the_log(terrence: Seat, key: str) -> None:
    """Step 9: every change is a sentence with both times, and the chain is whole."""
    page = terrence.page
    await page.get_by_role("link", name="Log", exact=True).first.click()
    await expect(page.locator(".proof-whole")).to_contain_text("Verified.")
    row = page.locator("tr[data-event='task.moved']", has_text="no barge")
    await expect(row).to_contain_text("J. Alexis")
    await expect(row).to_contain_text(re.compile(r"T−29:\d\d\s+\d\d:\d\d:\d\d UTC \d\d:\d\d AST"))
    await page.get_by_role("link", name="Decisions").click()
    await expect(page.locator("tbody tr[data-seq]")).to_have_count(1)
    await terrence.go(f"/i/{key}")


async def look_back(server: Server, joan: Seat, key: str) -> None:
    """Step 10: at any moment the review is the board as it was."""
    page, api = joan.page, server.api("j.alexis")
    entries = api.entries(key)
    blocked = next(one for one in entries if one["event"] == "task.moved" and one["data"]["lane"] == "blocked")
    for at in (blocked["at"], entries[-1]["at"]):
        await joan.go(f"/i/{key}/review?at={at}")
        then = api.board(key, at=at)
        shown = await page.locator("#replay-board .card").evaluate_all(
            "all => all.map(({dataset}) => [dataset.number, dataset.lane])"
        )
        assert sorted(map(tuple, shown)) == sorted((task["number"], task["lane"]) for task in then["tasks"])
        states = await page.locator("#replay-board .item").evaluate_all(
            "all => all.map(({dataset}) => [dataset.item, dataset.state])"
        )
        assert dict(states) == {
            item["id"]: item["state"] for run in then["runs"] for phase in run["phases"] for item in phase["items"]
        }
    await expect(page.locator(".decisions")).to_contain_text("Loaders go by sea.")
    await expect(page.get_by_role("link", name="Log and proof")).to_be_visible()
    await joan.go("/i/elena-26/review?at=2h")
    await page.get_by_label("Moment shown").focus()
    for press, at in (("Home", api.entries("elena-26")[0]["at"]), ("End", entries[-1]["at"])):
        await page.keyboard.press(press)
        await expect(page.locator("#replay-board .card")).to_have_count(len(api.board("elena-26", at=at)["tasks"]))


async def lose_the_server(server: Server, joan: Seat, terrence: Seat, leader: Seat, key: str) -> None:
    """Step 8: it is said within ten seconds; what was typed is kept; what came meanwhile is caught up with."""
    await terrence.page.locator("#quick-add-text").fill("Half a sentence")
    server.kill()
    for one in (joan, terrence):
        await expect(one.page.locator("#connection")).to_have_attribute(
            "data-state", re.compile("reconnecting|offline")
        )
    server.start()
    server.api("j.alexis").do(key, "write-entry", text="Written before they were back.")
    for one in (joan, terrence, leader):
        await expect(one.page.locator("#entries")).to_contain_text("Written before they were back.", timeout=40_000)
        one.trouble.clear()
    await expect(terrence.page.locator("#quick-add-text")).to_have_value("Half a sentence")
    await terrence.page.locator("#quick-add-text").fill("")


async def read_only(server: Server, leader: Seat, key: str) -> None:
    """Step 11: the leader saw all of it, has no control that writes, and is refused when asking past the page."""
    await expect(leader.page.locator(".entry-decision")).to_contain_text("Loaders go by sea.")
    await expect(leader.page.locator('form[action*="/commands/"]').locator("visible=true")).to_have_count(0)
    task = server.api("p.moore").board(key)["tasks"][0]["number"]
    form = {"task": task, "lane": "done", "idempotency_key": str(uuid4())}
    answer = await leader.context.request.post(
        f"/i/{key}/commands/move-task", form=form, headers={"Origin": server.url}
    )
    assert answer.status == 403


async def see_tampering(server: Server, joan: Seat, terrence: Seat, key: str) -> None:
    """Step 9: an entry is changed underneath, and the open pages say so by themselves."""
    await joan.go(f"/i/{key}/log")
    await terrence.go(f"/i/{key}")
    await expect(terrence.page.locator("#proof")).to_have_text("Verified")
    change_underneath(server.database, "no barge", "no driver")
    await expect(joan.page.locator(".proof-broken")).to_contain_text("Tampering detected at entry", timeout=20_000)
    await expect(terrence.page.locator("#proof")).to_have_text("Not proven", timeout=20_000)
    await expect(terrence.page.locator("#notices")).to_contain_text("The log does not add up at entry")
