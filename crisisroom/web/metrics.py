"""Figures for Prometheus. With several workers each writes its own, and whichever is asked answers for all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

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

    def stand(self, connections: int, condition: Condition) -> None:
        """How this process stands now."""
        self._connections.set(connections)
        self._condition.set(condition.state.badness)

    def text(self, log: LogFigures | None) -> bytes:
        """All of it, in Prometheus's text format; without those of the log while nobody can look at it."""
        registry = self._registry
        if SHARED in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry) + (generate_latest(log.registry) if log else b"")


@dataclass(frozen=True)
class LogFigures(Collector):
    """The log as it is at this moment: the same whichever worker looks."""

    entries: int
    head_age: float

    @property
    def registry(self) -> CollectorRegistry:
        """They alone."""
        registry = CollectorRegistry()
        registry.register(self)
        return registry

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("crisisroom_log_entries", "Entries in the log.", self.entries)
        yield GaugeMetricFamily("crisisroom_log_head_age_seconds", "Since the newest entry.", self.head_age)


def forget_process(pid: int) -> None:
    """A worker is gone: how it stood no longer counts, what it did still does."""
    mark_process_dead(pid)  # type: ignore[no-untyped-call]
