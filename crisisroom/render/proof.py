"""What a verification found, in words: what is proven still, what is not, and where it begins."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from crisisroom.access.positions import Position
from crisisroom.access.rooms import Room
from crisisroom.incidents.models import Incident, incident_of
from crisisroom.journal.models import Decision
from crisisroom.log.rows import Row
from crisisroom.log.snapshot import Snapshot
from crisisroom.log.verify import Problem
from crisisroom.playbooks.models import Item, Run
from crisisroom.tasks.models import Task

Standing = Literal["proven", "broken", "unprovable"]
# A wrong state table leaves the log itself proven: it is the board that cannot be trusted.
_OF_STATE = "the state table"
_STATE_ROW = re.compile(rf"{_OF_STATE}'s (\w+) ([0-9a-f-]{{36}}) ")
# How people name what the board shows, where it has a name of its own.
_NAMES: dict[str, tuple[type[Row], Callable[[Any, str], str]]] = {
    "incident": (Incident, lambda incident, letter: f"What the header says of {incident.title}"),
    "room": (Room, lambda room, letter: f"The room “{room.name}”"),
    "task": (Task, lambda task, letter: f"Task {letter}-{task.number}"),
    "item": (Item, lambda item, letter: f"The checklist item “{item.text}”"),
    "run": (Run, lambda run, letter: f"The playbook {run.title}"),
    "decision": (Decision, lambda decision, letter: f"Decision {decision.number}"),
    "position": (Position, lambda position, letter: f"The position “{position.name}”"),
}


@dataclass(frozen=True)
class CheckpointLine:
    """A signed head that was written down earlier, and whether the log still reaches it."""

    room: UUID
    seq: int
    at: datetime
    signer: str
    good: bool = True
    what: str = ""
    reached: bool = True
    """Whether the chain is whole up to it. It may fit hashes that the entries before it do not lead to."""

    @property
    def wrong(self) -> str:
        """Why the log does not reach it, as a sentence; nothing for one that proves what it should."""
        if self.good:
            return "" if self.reached else "Signature good, chain does not reach it"
        return sentence(Problem(self.room, self.seq, self.what)) if self.what else "The log does not reach it."


@dataclass(frozen=True)
class Head:
    """The newest entry of a room, for what leaves on paper: whoever has the log can find it there by its hash."""

    name: str
    entries: int
    head: str


def heads_of(snapshot: Snapshot, rooms: Collection[UUID]) -> list[Head]:
    """The heads of these rooms, the main one's first."""
    inside = sorted((room for room in snapshot.rows(Room).values() if room.id in rooms), key=_by_name)
    return [Head(room.name, head.seq, head.hash) for room in inside if (head := snapshot.head(room.id)).seq]


def _by_name(room: Room) -> tuple[bool, str]:
    return not room.main, room.name


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

    def elsewhere(self, snapshot: Snapshot) -> list[str]:
        """Sentences on what is wrong beside the chains of entries: the state tables, the order, the heads."""
        return [_of_the_board(one, snapshot) or sentence(one) for one in self.problems if not _in_a_chain(one)]

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

    def leads_to(self, room: UUID, seq: int) -> bool:
        """Whether a room's chain is whole up to and with an entry."""
        first = self.first(room)
        return first is None or seq < first.seq

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
    view = ProofView("broken" if broken else "whole", checked_at, entries, found)
    return replace(view, checkpoints=tuple(replace(one, reached=view.leads_to(one.room, one.seq)) for one in lines))


def sentence(problem: Problem) -> str:
    """What is wrong, as a sentence."""
    what = problem.what
    if what.startswith(("the ", "it ")):
        return f"{what[0].upper()}{what[1:]}."
    return f"Entry {problem.seq} {what}." if problem.seq else f"The log {what}."


def _of_the_board(problem: Problem, snapshot: Snapshot) -> str:
    """What is wrong with a row of the state tables, named as people name it; empty for anything else.

    The problem is of a room that the viewer is in, so what the row is called is theirs to read if it is of that room.
    """
    if not (match := _STATE_ROW.match(problem.what)):
        return ""
    kind, id = match[1], UUID(match[2])
    name = f"A {kind} on the board"
    if kind in _NAMES:
        model, words = _NAMES[kind]
        row = snapshot.rows(model).get(id)
        if row is not None and row.room == problem.room and not getattr(row, "gone", False):
            name = words(row, incident_of(snapshot).letter)
    return f"{name} is not what the log adds up to."


def _in_a_chain(problem: Problem) -> bool:
    return problem.seq > 0 and not problem.what.startswith(_OF_STATE)
