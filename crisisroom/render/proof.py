"""What a verification found, in words: what is proven still, what is not, and where it begins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from crisisroom.log.verify import Problem

Standing = Literal["proven", "broken", "unprovable"]
# A wrong state table leaves the log itself proven: it is the board that cannot be trusted.
_OF_STATE = "the state table"


@dataclass(frozen=True)
class CheckpointLine:
    """A signed head that was written down earlier, and whether the log still reaches it."""

    room: UUID
    seq: int
    at: datetime
    signer: str
    good: bool = True
    what: str = ""

    @property
    def wrong(self) -> str:
        """Why the log does not reach it, as a sentence."""
        return sentence(Problem(self.room, self.seq, self.what)) if self.what else "The log does not reach it."


@dataclass(frozen=True)
class ProofView:
    """What the verification said of some rooms. `proof_view` makes it for what one viewer may know."""

    state: Literal["whole", "broken"]
    checked_at: datetime
    entries: int
    problems: tuple[Problem, ...] = ()
    checkpoints: tuple[CheckpointLine, ...] = ()

    @property
    def good_checkpoints(self) -> int:
        """How many checkpoints the log still reaches."""
        return sum(one.good for one in self.checkpoints)

    @property
    def bad_checkpoints(self) -> list[CheckpointLine]:
        """The checkpoints the log does not reach: something was cut off or written anew."""
        return [one for one in self.checkpoints if not one.good]

    @property
    def elsewhere(self) -> list[str]:
        """Sentences on what is wrong beside the chains of entries: the state tables, the order, the heads."""
        return [sentence(one) for one in self.problems if not _in_a_chain(one)]

    def first(self, room: UUID) -> Problem | None:
        """The earliest thing wrong in a room's chain: from there on it proves nothing."""
        inside = (one for one in self.problems if one.room == room and _in_a_chain(one))
        return min(inside, key=lambda one: one.seq, default=None)

    def at(self, room: UUID, seq: int) -> Problem | None:
        """What is wrong with one entry, if anything."""
        return next(
            (one for one in self.problems if (one.room, one.seq) == (room, seq) and _in_a_chain(one)),
            None,
        )

    def standing(self, room: UUID, seq: int) -> Standing:
        """What its chain proves of one entry."""
        if self.at(room, seq):
            return "broken"
        first = self.first(room)
        return "unprovable" if first and seq > first.seq else "proven"


def proof_view(
    problems: Iterable[Problem],
    *,
    book: UUID,
    rooms: Iterable[UUID],
    entries: int,
    checked_at: datetime,
    checkpoints: Iterable[CheckpointLine] = (),
) -> ProofView:
    """What the members of these rooms may know of a verification; `entries` counts those of the rooms."""
    known = {*rooms, book}
    found = tuple(one for one in problems if one.room in known)
    lines = tuple(one for one in checkpoints if one.room in known)
    broken = bool(found) or any(not one.good for one in lines)
    return ProofView("broken" if broken else "whole", checked_at, entries, found, lines)


def sentence(problem: Problem) -> str:
    """What is wrong, as a sentence."""
    what = problem.what
    if what.startswith(("the ", "it ")):
        return f"{what[0].upper()}{what[1:]}."
    return f"Entry {problem.seq} {what}." if problem.seq else f"The log {what}."


def _in_a_chain(problem: Problem) -> bool:
    return problem.seq > 0 and not problem.what.startswith(_OF_STATE)
