"""What all tests share. Every test begins with a database as new, so tests can run in any order and side by side."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import hypothesis
import pytest
import structlog

from tests.support.databases import ENGINES, Databases
from tests.support.redis import RedisServer
from tests.support.world import World, a_world

# Short tracebacks: those for people at a terminal take seconds to draw, and show what is in every variable.
structlog.configure(processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()])

# A busy machine is slow, not wrong.
hypothesis.settings.register_profile("crisisroom", deadline=None)
hypothesis.settings.load_profile("crisisroom")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests that look into the embedded database's file have no use for another engine."""
    other = [item for item in items if item.get_closest_marker("embedded") and item.get_closest_marker("postgresql")]
    items[:] = [item for item in items if item not in other]
    config.hook.pytest_deselected(items=other)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--golden`: see `make golden`."""
    parser.addoption("--golden", action="store_true", help="write golden files that are missing; never change one")


@pytest.fixture(scope="session", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """Where fresh databases come from, for each engine."""
    made = ENGINES[request.param](tmp_path_factory.mktemp(request.param))
    yield made
    made.close()


@pytest.fixture
async def bare_world(databases: Databases) -> AsyncIterator[World]:
    """People and an empty log."""
    async with a_world(databases.again(incident=False)) as world:
        yield world


@pytest.fixture
async def world(databases: Databases) -> AsyncIterator[World]:
    """The same with an incident, Hurricane Elena, that all four core agencies are in."""
    async with a_world(databases.again(incident=True)) as world:
        yield world


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    """A Redis server of the test's own."""
    server = RedisServer()
    yield server
    server.kill()
