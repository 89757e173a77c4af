"""`kill -9` of the server under writing clients: nothing acknowledged is lost, nothing happens twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.hammering import hammer, kills, report
from tests.support.server import Server


@pytest.mark.timeout(300)
async def test_nothing_acknowledged_is_lost_in_some_kills(own_server: Server, tmp_path: Path) -> None:
    outcome = await hammer(own_server, tmp_path, kills(own_server, 5), clients=16, rate=100)
    outcome.kept()
    assert outcome.figures["kill"] == 5
    assert outcome.figures["applied"] > 50


@pytest.mark.soak
@pytest.mark.timeout(3600)
async def test_nothing_acknowledged_is_lost_in_fifty_kills(own_server: Server, tmp_path: Path) -> None:
    outcome = await hammer(own_server, tmp_path, kills(own_server, 50), clients=16, rate=200, incidents=4)
    report("50 kills of the server", outcome)
    outcome.kept()
    assert outcome.figures["kill"] == 50
