"""Figures for Prometheus. With several workers each writes its own, and whichever is asked answers for all."""

from __future__ import annotations

import os

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from crisisroom.core.condition import Condition

# Set for the workers of one server, before any of them begins (see the library's "multiprocess mode").
SHARED = "PROMETHEUS_MULTIPROC_DIR"
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
COMMANDS = (1, 2, 4, 8, 16, 32, 64)


class Figures:
    """What this process measures of itself."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self._connections = Gauge(
            "crisisroom_live_connections", "Open live connections.", registry=registry, multiprocess_mode="livesum"
        )
        self._closed = Counter(
            "crisisroom_live_closed", "Live connections that ended, by close code (1013: too slow).", ["code"],
            registry=registry,
        )  # fmt: skip
        self._fan_out = Histogram(
            "crisisroom_fan_out_seconds", "From the commit until a change was handed to the last socket.",
            buckets=SECONDS, registry=registry,
        )  # fmt: skip
        self._commit = Histogram(
            "crisisroom_commit_seconds", "From the beginning of a batch until it was durable.", buckets=SECONDS,
            registry=registry,
        )  # fmt: skip
        self._batch = Histogram(
            "crisisroom_batch_commands", "Commands that shared one commit.", buckets=COMMANDS, registry=registry
        )
        self._entries = Gauge(
            "crisisroom_log_entries", "Entries in the log.", registry=registry, multiprocess_mode="mostrecent"
        )
        self._age = Gauge(
            "crisisroom_log_head_age_seconds", "Since the newest entry.", registry=registry,
            multiprocess_mode="mostrecent",
        )  # fmt: skip
        self._condition = Gauge(
            "crisisroom_condition", "0 ok, 1 degraded, 2 read-only, 3 stopped.", registry=registry,
            multiprocess_mode="livemax",
        )  # fmt: skip

    def committed(self, commands: int, seconds: float) -> None:
        """A batch was made durable."""
        self._commit.observe(seconds)
        self._batch.observe(commands)

    def fanned_out(self, seconds: float) -> None:
        """An audience has been told of a change."""
        self._fan_out.observe(seconds)

    def closed(self, code: int) -> None:
        """A live connection ended."""
        self._closed.labels(str(code or 1000)).inc()

    def text(self, connections: int, entries: int, head_age: float, condition: Condition) -> bytes:
        """All of it, in Prometheus's text format."""
        self._connections.set(connections)
        self._entries.set(entries)
        self._age.set(head_age)
        self._condition.set(condition.state.badness)
        if SHARED not in os.environ:
            return generate_latest(self._registry)
        shared = CollectorRegistry()
        MultiProcessCollector(shared)  # type: ignore[no-untyped-call]
        return generate_latest(shared)
