"""Servers for these tests."""

from tests.support.server import seeded

__all__ = ["seeded"]
