"""Servers for these tests."""

from tests.support.server import own_server, seeded, server

__all__ = ["own_server", "seeded", "server"]
