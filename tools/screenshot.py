"""Pictures of the product, taken from its own demo.

`python -m tools.screenshot` writes docs/screenshot.png, the board. With `--all FOLDER` every screen goes there instead,
light and dark, wide, as on a phone, and as narrow as 400 % zoom makes it.
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from playwright.async_api import Browser, Page

from tests.browser.alerts import an_alert
from tests.support.chromium import DESKTOP, PHONE, a_browser, signed_in
from tests.support.server import Server
from tools.png import shrink

README_PICTURE = Path(__file__).resolve().parents[1] / "docs" / "screenshot.png"
INCIDENT = "/i/elena-26"
NARROW = {"width": 320, "height": 640}
WHO = "k.baptiste"
LEADS = "j.alexis"
# Somebody else is at the board, so that the people present are seen.
OTHERS = ("t.noel", "s.wilson", "c.grant")
SETTLED = "document.fonts.ready.then(() => document.querySelector('#connection')?.dataset.state ?? 'live')"


@dataclass(frozen=True)
class Screen:
    """A picture's name, its address and what to wait for."""

    name: str
    path: str
    who: str = WHO
    phone: bool = False
    alert: bool = False  # what follows when an alert is given to the page


SCREENS = (
    Screen("01-sign-in", "/signin", who="", phone=True),
    Screen("02-situation", "/situation", phone=True),
    Screen("02b-open-incident", "/incidents/new", LEADS, phone=True),
    Screen("02c-confirm-incident", "/incidents/new", LEADS, phone=True, alert=True),
    Screen("03-board", INCIDENT, phone=True),
    Screen("04-drawer", f"{INCIDENT}/t/E-3", phone=True),
    Screen("05a-playbooks", "/playbooks", LEADS),
    Screen("05b-playbook", "/playbooks/hurricane", LEADS),
    Screen("05c-activate", "/playbooks/hurricane/activate?incident=elena-26", LEADS),
    Screen("08a-log", f"{INCIDENT}/log", phone=True),
    Screen("09-review", f"{INCIDENT}/review?at=6h"),
    Screen("12-people", f"{INCIDENT}/people", LEADS),
    Screen("13-keys", "/keys"),
    Screen("14-not-found", "/i/nowhere-26"),
)
TAMPERED = (Screen("08b-log-tampered", f"{INCIDENT}/log"), Screen("08b-board-tampered", INCIDENT))


def main() -> None:
    """Take the pictures that were asked for."""
    parser = argparse.ArgumentParser(description="Take pictures of the product.")
    parser.add_argument("--all", metavar="FOLDER", type=Path, help="every screen, light and dark, into this folder")
    parser.add_argument("--only", default="", help="with --all: only screens whose name has this in it")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        with Server(Path(folder) / "data") as server:
            if asked.all:
                asked.all.mkdir(parents=True, exist_ok=True)
                asyncio.run(take_all(server, asked.all, asked.only))
            else:
                asyncio.run(take_one(server))


async def take_one(server: Server) -> None:
    """The picture in the README."""
    async with a_browser() as browser:
        await bring_others(browser, server)
        picture = await take(browser, server, Screen("board", INCIDENT), "light", DESKTOP)
    README_PICTURE.parent.mkdir(exist_ok=True)
    README_PICTURE.write_bytes(shrink(picture))
    print(f"{README_PICTURE}: {README_PICTURE.stat().st_size // 1000} kB")


async def take_all(server: Server, folder: Path, only: str) -> None:
    """Every screen, and last the ones that show tampering."""
    async with a_browser() as browser:
        await bring_others(browser, server)
        for screen in SCREENS:
            if only in screen.name:
                await take_forms(browser, server, screen, folder)
        if any(only in screen.name for screen in TAMPERED):
            tamper(server.database)
            for screen in TAMPERED:
                await take_forms(browser, server, screen, folder)


async def take_forms(browser: Browser, server: Server, screen: Screen, folder: Path) -> None:
    """One screen in both themes and, where it differs, on a phone."""
    for theme in ("light", "dark"):
        (folder / f"{screen.name}-{theme}.png").write_bytes(await take(browser, server, screen, theme, DESKTOP))
        if screen.phone:
            for form, size in (("phone", PHONE), ("narrow", NARROW)):
                picture = await take(browser, server, screen, theme, size, has_touch=True, is_mobile=True)
                (folder / f"{screen.name}-{form}-{theme}.png").write_bytes(picture)


async def take(
    browser: Browser, server: Server, screen: Screen, theme: Literal["light", "dark"], size: Any, **more: Any
) -> bytes:
    """One picture, taken when the page is live and its font is there."""
    options: dict[str, Any] = {"viewport": size, "base_url": server.url, "color_scheme": theme} | more
    if screen.who:
        context = await signed_in(browser, server, screen.who, **options)
    else:
        context = await browser.new_context(**options)
    page = await context.new_page()
    await page.goto(screen.path)
    if screen.alert:
        await give_alert(page)
    await wait_until_live(page)
    picture = await page.screenshot()
    await context.close()
    return picture


async def give_alert(page: Page) -> None:
    """Upload an alert, which is then shown for confirmation."""
    file: Any = {"name": "alert.xml", "mimeType": "application/xml", "buffer": an_alert("Exercise").encode()}
    await page.get_by_label("Alert file").set_input_files(file)
    await page.get_by_role("button", name="Read the alert").click()
    await page.wait_for_selector("text=Confirm the incident")


async def wait_until_live(page: Page) -> None:
    """The font has come, and the line to the server where there is one."""
    await page.wait_for_function(f"{SETTLED}.then(state => state === 'live')")


async def bring_others(browser: Browser, server: Server) -> None:
    """People at the board beside the one whose screen is taken."""
    for who in OTHERS:
        page = await (await signed_in(browser, server, who)).new_page()
        await page.goto(INCIDENT)
        await wait_until_live(page)


def tamper(database: Path) -> None:
    """Change a word of the log behind the product's back, as somebody with the disk in hand could."""
    with sqlite3.connect(database, timeout=10) as connection:
        changed = connection.execute(
            "update log_entry set data = replace(data, 'Boat available 16:45', 'Boat available 18:45') "
            "where data like '%Boat available%'"
        )
        assert changed.rowcount == 1


if __name__ == "__main__":
    main()
