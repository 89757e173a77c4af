"""Servers for these tests, and Chromium."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from tests.browser.boards import a_board
from tests.support.chromium import a_browser
from tests.support.server import Server, own_server, seeded, server

__all__ = ["browser", "own_server", "seeded", "server"]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Chromium, without a profile."""
    async with a_browser() as started:
        yield started


@pytest.fixture
def key(server: Server) -> str:
    """An incident of the test's own."""
    return a_board(server)
