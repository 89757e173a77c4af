"""What state the installation is in, decided in one place: pages, API, `/readyz` and metrics all show the same.

ok -> degraded (correct, but slower) -> read-only (no change can be stored) -> stopped (what was stored can no longer be
vouched for; only a restart after a look at the machine leads out).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from crisisroom.core.clock import Clock
from crisisroom.core.times import utc


class State(StrEnum):
    """From best to worst."""

    OK = "ok"
    DEGRADED = "degraded"
    READ_ONLY = "read-only"
    STOPPED = "stopped"

    @property
    def badness(self) -> int:
        """0 for ok up to 3 for stopped."""
        return list(State).index(self)


@dataclass(frozen=True)
class Ailment:
    """One thing that is wrong: with which part, how bad that is, and what it means for people."""

    part: str
    state: State
    words: str
    since: datetime

    @property
    def sentence(self) -> str:
        """What people are told; when nothing can be stored, with the age of what they see."""
        if self.state is State.DEGRADED:
            return self.words
        return f"{self.words} Shown as of {utc(self.since)}."


class Condition:
    """Everything that is wrong now. `changed` is called when the whole got better or worse."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ailments: dict[str, Ailment] = {}
        self.worst: Ailment | None = None
        """What decides the state."""
        self.takes_changes = True
        """Whether a command has a chance."""
        self.changed: list[Callable[[], None]] = []

    def report(self, part: str, state: State, words: str) -> None:
        """Something is wrong with a part. What stopped stays so."""
        before = self._ailments.get(part)
        if before is not None and (before.state is State.STOPPED or (before.state, before.words) == (state, words)):
            return
        self._ailments[part] = Ailment(part, state, words, self._clock.now())
        self._tell()

    def clear(self, part: str) -> None:
        """The part works again."""
        before = self._ailments.get(part)
        if before is not None and before.state is not State.STOPPED:
            del self._ailments[part]
            self._tell()

    def ails(self, part: str) -> bool:
        """Whether something is wrong with a part."""
        return part in self._ailments

    @property
    def ailments(self) -> list[Ailment]:
        """All that is wrong, worst first."""
        return sorted(self._ailments.values(), key=lambda one: (-one.state.badness, one.since))

    @property
    def state(self) -> State:
        """The installation's state."""
        return self.worst.state if self.worst else State.OK

    @property
    def words(self) -> str:
        """What people are told; nothing when all is well."""
        return self.worst.words if self.worst else ""

    def _tell(self) -> None:
        self.worst = next(iter(self.ailments), None)
        self.takes_changes = self.state.badness < State.READ_ONLY.badness
        for tell in self.changed:
            tell()
