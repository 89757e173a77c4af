"""Activating a playbook: its items become the incident's checklist, dated from the named anchor times."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, BeforeValidator

from crisisroom.access.policy import Permission
from crisisroom.commanding.command import Command, Outcome, command, handles
from crisisroom.commanding.scene import Scene
from crisisroom.core.clock import to_milliseconds
from crisisroom.core.errors import BadInput
from crisisroom.core.texts import Line
from crisisroom.core.times import read_instant
from crisisroom.incidents.models import Incident, incident_of
from crisisroom.log.event import Event, Stamp, event
from crisisroom.log.rows import Row
from crisisroom.log.snapshot import Rows
from crisisroom.playbooks.dating import dated_items
from crisisroom.playbooks.library import Library
from crisisroom.playbooks.models import Item, Run
from crisisroom.playbooks.schema import ACTIVATION, Playbook


class ItemPlan(BaseModel, extra="forbid", frozen=True):
    """One item as the run begins."""

    id: UUID
    place: int
    phase: str
    ref: str
    text: str
    agency: str
    position: str
    due: datetime | None
    anchor: str
    offset: str
    seconds: int
    depends: list[UUID]
    decision: bool
    trigger: str
    source: str


@event("playbook.activated")
class PlaybookActivated(Event):
    """A playbook was activated. The run keeps this version whatever happens to the playbook later."""

    subject: ClassVar[str] = "run"
    run: UUID
    playbook: str
    version: str
    digest: str
    title: str
    anchors: dict[str, datetime | None]
    anchor_labels: dict[str, str]
    anchor_letters: dict[str, str]
    t0_anchor: str
    phases: list[dict[str, str]]
    phase: str
    items: list[ItemPlan]
    lead: bool

    def apply(self, rows: Rows, stamp: Stamp) -> Iterable[Row]:
        place: dict[str, Any] = {"book": stamp.book, "room": stamp.room, "seq": stamp.seq}
        fields = self.model_dump(exclude={"run", "items", "lead"})
        yield Run(id=self.run, activated_at=stamp.at, **place, **fields)
        for item in self.items:
            yield Item(run=self.run, **place, **item.model_dump())
        if self.lead:
            incident = incident_of(rows)
            yield with_t0(incident, self.t0_anchor, self.anchors, self.anchor_labels).but(
                leading_run=self.run, seq=stamp.seq if incident.room == stamp.room else incident.seq
            )

    def regions(self) -> Iterable[str]:
        return ("board",) if self.lead else (f"run:{self.run}", *(f"item:{item.id}" for item in self.items))

    @classmethod
    def sample(cls) -> Event:
        item = ItemPlan(
            id=UUID(int=41), place=1, phase="alert", ref="call-offices", text="Call national offices", agency="CDEMA",
            position="Preparedness", due="2026-09-07T02:30:00Z", anchor="onset", offset="L−72:00",
            seconds=-72 * 3600, depends=[], decision=False, trigger="", source="Regional Response Mechanism",
        )  # fmt: skip
        return cls(
            run=UUID(int=40), playbook="hurricane", version="1.0", digest="0" * 64, title="Hurricane",
            anchors={"activation": "2026-09-07T00:00:00Z", "onset": "2026-09-10T02:30:00Z"},
            anchor_labels={"activation": "Activation", "onset": "Onset"},
            anchor_letters={"activation": "A", "onset": "L"}, t0_anchor="onset",
            phases=[{"id": "alert", "name": "Alert"}], phase="alert", items=[item], lead=True,
        )  # fmt: skip


def _moment(value: object) -> object:
    """An anchor's time; nothing means that it is not known yet."""
    if isinstance(value, str):
        return to_milliseconds(read_instant(value)) if value.strip() else None
    if isinstance(value, int | float):
        raise ValueError("is a time with a date and a zone, such as 2026-09-10T02:30:00Z")
    return value


Moment = Annotated[datetime | None, BeforeValidator(_moment)]


@command("activate-playbook", Permission.PLAYBOOK_ACTIVATE)
class ActivatePlaybook(Command):
    """Activate a playbook of the library. Anchors that are not known yet can be set later."""

    playbook: Line
    anchors: dict[Line, Moment] = {}
    phase: Line | None = None

    @classmethod
    def sample(cls) -> Command:
        return cls(playbook="hurricane", anchors={"onset": "2026-09-10T02:30:00Z"})


@handles(ActivatePlaybook)
def activate_playbook(command: ActivatePlaybook, scene: Scene) -> Outcome:
    """The first run of an incident leads it: its phases and its T0 stand in the header."""
    playbook = scene.reference(Library).get(command.playbook)
    if playbook is None:
        raise BadInput(f"There is no playbook {command.playbook!r}.", "playbook")
    incident = incident_of(scene.state)
    room = scene.room(incident.room)
    anchors = known_anchors(playbook, command.anchors, scene.now)
    phases = [{"id": phase.id, "name": phase.name} for phase in playbook.phases]
    if command.phase is not None and command.phase not in {phase["id"] for phase in phases}:
        raise BadInput(f"{playbook.title} has no phase {command.phase!r}.", "phase")
    activated = PlaybookActivated(
        run=scene.new_id(),
        playbook=playbook.slug,
        version=playbook.version,
        digest=playbook.digest,
        title=playbook.title,
        anchors=anchors,
        anchor_labels={name: anchor.label for name, anchor in playbook.all_anchors.items()},
        anchor_letters={name: anchor.letter for name, anchor in playbook.all_anchors.items()},
        t0_anchor=playbook.t0,
        phases=phases,
        phase=command.phase or phases[0]["id"],
        items=plan(playbook, anchors, scene),
        lead=incident.leading_run is None,
    )
    return Outcome([(room.id, activated)])


def known_anchors(
    playbook: Playbook, given: Mapping[str, datetime | None], now: datetime
) -> dict[str, datetime | None]:
    """The time of each anchor, None for one not known yet. Activation is now unless given. Raises BadInput."""
    for name in given:
        if name not in playbook.all_anchors:
            raise BadInput(f"{playbook.title} has no anchor {name!r}.", f"anchors.{name}")
    anchors = {name: given.get(name) for name in playbook.all_anchors}
    anchors[ACTIVATION] = anchors[ACTIVATION] or now
    return anchors


def plan(playbook: Playbook, anchors: Mapping[str, datetime | None], scene: Scene) -> list[ItemPlan]:
    """The items with ids of their own, dated."""
    try:
        dated = dated_items(playbook, anchors)
    except ValueError as error:
        raise BadInput(str(error), "anchors") from None
    ids = {one.item.id: scene.new_id() for one in dated}
    return [
        ItemPlan(
            id=ids[one.item.id],
            place=place,
            phase=one.phase.id,
            ref=one.item.id,
            text=one.item.text,
            agency=one.item.agency,
            position=one.item.position or "",
            due=one.due,
            anchor=one.item.due.anchor if one.item.due else "",
            offset=one.offset,
            seconds=int(one.item.due.span.total_seconds()) if one.item.due else 0,
            depends=[ids[after] for after in one.after],
            decision=one.item.decision,
            trigger=one.item.trigger or "",
            source=one.item.source or "",
        )
        for place, one in enumerate(dated, 1)
    ]


def with_t0(
    incident: Incident, anchor: str, anchors: Mapping[str, datetime | None], labels: Mapping[str, str]
) -> Incident:
    """The incident counting from the run's T0 anchor, once that is known."""
    moment = anchors.get(anchor)
    return incident.but(t0=moment, t0_label=labels[anchor]) if moment else incident
