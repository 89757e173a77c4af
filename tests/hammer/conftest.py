"""Servers for these tests."""

from tests.support.server import seeded, server

__all__ = ["seeded", "server"]
