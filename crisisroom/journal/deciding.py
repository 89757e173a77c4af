"""Recording decisions: what was decided, why, and what else was on the table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from crisisroom.access.policy import Permission
from crisisroom.access.rooms import Room
from crisisroom.commanding.command import Command, Outcome, command, handles
from crisisroom.commanding.scene import Scene
from crisisroom.core.errors import BadInput, NotFound
from crisisroom.core.texts import Line, Prose
from crisisroom.incidents.numbers import next_number
from crisisroom.incidents.releasing import refuse_release, releases
from crisisroom.journal.models import Decision
from crisisroom.log.event import Event, Stamp, event
from crisisroom.log.rows import Row
from crisisroom.log.snapshot import Rows

MAX_OPTIONS = 20


@event("decision.recorded")
class DecisionRecorded(Event):
    """A decision was recorded, or came from another room when `released`."""

    subject: ClassVar[str] = "decision"
    decision: UUID
    number: int
    text: str
    reason: str
    options: list[str]
    item: UUID | None
    released: bool

    def apply(self, rows: Rows, stamp: Stamp) -> Iterable[Row]:
        by = stamp.by
        yield Decision(
            id=self.decision, book=stamp.book, room=stamp.room, seq=stamp.seq, number=self.number, text=self.text,
            reason=self.reason, options=self.options, item=self.item, by=by.person, name=by.name, agency=by.agency,
            at=stamp.at,
        )  # fmt: skip

    @classmethod
    def sample(cls) -> Event:
        return cls(
            decision=UUID(int=30), number=7, text="Airlift first to Roseau, then Portsmouth.", reason="Road cut.",
            options=["Wait for the road"], item=None, released=False,
        )  # fmt: skip


@event("decision.released")
class DecisionReleased(Event):
    """A decision was passed on to a wider room."""

    subject: ClassVar[str] = "decision"
    decision: UUID
    number: int
    to_room: UUID

    def apply(self, rows: Rows, stamp: Stamp) -> Iterable[Row]:
        decision = rows.get(Decision, self.decision)
        assert decision is not None  # noqa: S101
        yield decision.but(gone=True, seq=stamp.seq)

    @classmethod
    def sample(cls) -> Event:
        return cls(decision=UUID(int=30), number=7, to_room=UUID(int=2))


Settler = Callable[[UUID, Scene], Outcome]

_SETTLERS: list[Settler] = []


def settles(settler: Settler) -> Settler:
    """Decorator: how the thing that asked for a decision is settled by it. Raises NotFound for an id of another kind.

    The outcome's room is the thing's own, also where nothing is left to be done about it.
    """
    _SETTLERS.append(settler)
    return settler


@command("record-decision", Permission.DECISION_RECORD)
class RecordDecision(Command):
    """Record a decision with its reason and the options not taken. It settles the `item` that asked for it."""

    decision: Prose
    reason: Prose
    options: Annotated[list[Line], Field(max_length=MAX_OPTIONS)] = []
    room: UUID | None = None
    item: UUID | None = None

    @classmethod
    def sample(cls) -> Command:
        return cls(decision="Airlift first to Roseau, then Portsmouth.", reason="Road cut.", options=["Wait"])


@handles(RecordDecision)
def record_decision(command: RecordDecision, scene: Scene) -> Outcome:
    """Decisions are numbered within their room, which is the item's if there is one."""
    settled = _settled(command.item, scene) if command.item else Outcome()
    room = scene.room(command.room or settled.room)
    if settled.room not in (None, room.id):
        raise BadInput("The item is in another room. Record its decision there.", "item")
    recorded = DecisionRecorded(
        decision=scene.new_id(), number=next_number(scene.state, Decision, room.id), text=command.decision,
        reason=command.reason, options=command.options, item=command.item, released=False,
    )  # fmt: skip
    return Outcome([(room.id, recorded), *settled.events])


def _settled(item: UUID, scene: Scene) -> Outcome:
    for settler in _SETTLERS:
        with suppress(NotFound):
            return settler(item, scene)
    raise NotFound


@releases
def release_decision(subject: str, scene: Scene, target: Room) -> Outcome:
    """The decision gets a number of the target room. Raises NotFound if the reference is no decision's id."""
    decision = next((one for one in scene.state.rows(Decision).values() if str(one.id) == subject.lower()), None)
    if decision is None or decision.gone or decision.room not in scene.grant.rooms:
        raise NotFound
    refuse_release(scene, decision.room, target, decision.agency)
    recorded = DecisionRecorded(
        decision=scene.new_id(), number=next_number(scene.state, Decision, target.id), text=decision.text,
        reason=decision.reason, options=decision.options, item=None, released=True,
    )  # fmt: skip
    left = DecisionReleased(decision=decision.id, number=decision.number, to_room=target.id)
    return Outcome([(target.id, recorded), (decision.room, left)])
