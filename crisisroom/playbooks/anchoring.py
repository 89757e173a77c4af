"""Setting an anchor time later, or anew: every open item counted from it moves, and the log says so."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel

from crisisroom.access.policy import Permission
from crisisroom.commanding.command import Command, Outcome, command, handles, unchanged
from crisisroom.commanding.scene import Scene
from crisisroom.core.errors import BadInput, Conflict, FieldConflict
from crisisroom.core.texts import Line, Reference
from crisisroom.core.times import rfc3339, shifted
from crisisroom.incidents.models import incident_of
from crisisroom.log.event import Event, Stamp, event
from crisisroom.log.rows import Row
from crisisroom.log.snapshot import Rows
from crisisroom.playbooks.activating import Moment, with_t0
from crisisroom.playbooks.models import Item, ItemState, Run
from crisisroom.playbooks.schema import ACTIVATION


class NewDue(BaseModel, extra="forbid", frozen=True):
    """An item's deadline after the anchor moved."""

    item: UUID
    due: datetime | None


@event("anchor.set")
class AnchorSet(Event):
    """An anchor of a run got a time, or another one."""

    subject: ClassVar[str] = "run"
    run: UUID
    anchor: str
    label: str
    at: datetime | None
    was: datetime | None
    dues: list[NewDue]
    moves_t0: bool

    def apply(self, rows: Rows, stamp: Stamp) -> Iterable[Row]:
        run = rows.get(Run, self.run)
        assert run is not None  # noqa: S101
        run = run.but(anchors=run.anchors | {self.anchor: self.at}, seq=stamp.seq)
        yield run
        for new in self.dues:
            item = rows.get(Item, new.item)
            assert item is not None  # noqa: S101
            yield item.but(due=new.due, seq=stamp.seq)
        if self.moves_t0:
            incident = with_t0(incident_of(rows), self.anchor, run.anchors, run.anchor_labels)
            yield incident.but(seq=stamp.seq)

    def regions(self) -> Iterable[str]:
        return (
            ("board",) if self.moves_t0 else ("header", f"run:{self.run}", *(f"item:{new.item}" for new in self.dues))
        )

    @classmethod
    def sample(cls) -> Event:
        return cls(
            run=UUID(int=40), anchor="all_clear", label="All clear", at="2026-09-10T12:00:00Z", was=None,
            dues=[NewDue(item=UUID(int=41), due="2026-09-10T20:00:00Z")], moves_t0=False,
        )  # fmt: skip


class AnchorBase(BaseModel, extra="forbid", frozen=True):
    """When the anchor was as its writer last saw it."""

    at: Moment = None


@command("set-anchor", Permission.PHASE_ADVANCE)
class SetAnchor(Command):
    """Say when an anchor of a run is, such as the all clear; an empty time takes it back.

    With `base`, a time set meanwhile is a conflict.
    """

    run: Reference
    anchor: Line
    at: Moment = None
    base: AnchorBase | None = None

    @classmethod
    def sample(cls) -> Command:
        return cls(run=str(UUID(int=40)), anchor="all_clear", at="2026-09-10T12:00:00Z")


@handles(SetAnchor)
def set_anchor(command: SetAnchor, scene: Scene) -> Outcome:
    """Items done or skipped keep the deadline they had."""
    run = scene.find(Run, command.run)
    if command.anchor not in run.anchors:
        raise BadInput(f"{run.title} has no anchor {command.anchor!r}.", "anchor")
    if command.anchor == ACTIVATION and command.at is None:
        raise BadInput("The activation has a time. Give another one.", "at")
    was = run.anchors[command.anchor]
    if was == command.at:
        return unchanged(run)
    if command.base and command.base.at != was:
        raise Conflict([FieldConflict("at", _written(command.base.at), _written(was), _written(command.at), {})])
    items = [
        item
        for item in scene.state.rows(Item).values()
        if item.run == run.id and item.anchor == command.anchor and item.state is ItemState.OPEN
    ]
    try:
        dues = [
            NewDue(item=item.id, due=shifted(command.at, timedelta(seconds=item.seconds)) if command.at else None)
            for item in sorted(items, key=lambda item: item.place)
        ]
    except ValueError:
        raise BadInput("This time is too far away to count from.", "at") from None
    incident = incident_of(scene.state)
    moves_t0 = incident.leading_run == run.id and run.t0_anchor == command.anchor and command.at is not None
    moved = AnchorSet(
        run=run.id, anchor=command.anchor, label=run.anchor_labels[command.anchor], at=command.at, was=was, dues=dues,
        moves_t0=moves_t0,
    )  # fmt: skip
    return Outcome([(run.room, moved)])


def _written(at: datetime | None) -> str | None:
    return rfc3339(at) if at else None
