"""Chromium under Playwright: how it is started, and how a person's window is opened."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, BrowserContext, async_playwright

from tests.support.server import Server
from tests.support.system import chromium

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


@asynccontextmanager
async def a_browser() -> AsyncIterator[Browser]:
    """The machine's own Chromium, without a profile."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()


async def signed_in(browser: Browser, server: Server, who: str, **options: Any) -> BrowserContext:
    """A fresh window in which somebody has signed in, without the page for it."""
    options = {"viewport": DESKTOP, "base_url": server.url} | options
    context = await browser.new_context(**options)
    person = next(one for one in server.facts["people"] if one["email"].startswith(f"{who}@"))
    answer = await context.request.post(
        "/signin",
        form={"email": person["email"], "password": person["password"]},
        headers={"Origin": server.url},
        max_redirects=0,
    )
    assert answer.status == 303, await answer.text()
    return context
