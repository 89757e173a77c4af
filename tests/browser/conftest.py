"""Servers for these tests, and Chromium, which all tests of a process share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.boards import a_board
from tests.support.chromium import a_browser
from tests.support.server import Server, own_server, seeded, server

__all__ = ["browser", "own_server", "seeded", "server"]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """Chromium, without a profile."""
    async with a_browser() as started:
        yield started


@pytest_asyncio.fixture(loop_scope="session")
async def browser(chromium: Browser) -> AsyncIterator[Browser]:
    """Chromium with no window open; those that the test opens are closed after it."""
    yield chromium
    for context in chromium.contexts:
        await context.close()


@pytest.fixture
def key(server: Server) -> str:
    """An incident of the test's own."""
    return a_board(server)
