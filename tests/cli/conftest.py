"""A data folder to work on, and servers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.server import copy_of, own_server, seeded

__all__ = ["own_server", "seeded"]


@pytest.fixture
def folder(seeded: Path, tmp_path: Path) -> Path:
    """The demo's data, without a server, for one test."""
    return copy_of(seeded, tmp_path)
