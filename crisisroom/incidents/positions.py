"""Filling positions: who holds which role in the incident's structure, and the handover from one to the next."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar
from uuid import UUID

from crisisroom.access.directory import Directory
from crisisroom.access.policy import Permission
from crisisroom.access.positions import Position
from crisisroom.commanding.command import Command, Outcome, command, handles, unchanged
from crisisroom.commanding.scene import Scene
from crisisroom.core.errors import BadInput
from crisisroom.core.texts import Line
from crisisroom.log.event import Event, Stamp, event
from crisisroom.log.rows import Row
from crisisroom.log.snapshot import Rows


@event("position.filled")
class PositionFilled(Event):
    """A position has a new holder."""

    subject: ClassVar[str] = "position"
    position: UUID
    name: str
    person: UUID
    person_name: str
    agency: str
    was_name: str

    def apply(self, rows: Rows, stamp: Stamp) -> Iterable[Row]:
        yield Position(
            id=self.position, book=stamp.book, room=stamp.room, seq=stamp.seq, name=self.name, person=self.person,
            person_name=self.person_name, agency=self.agency, since=stamp.at,
        )  # fmt: skip

    def regions(self) -> Iterable[str]:
        return ("header",)

    @classmethod
    def sample(cls) -> Event:
        return cls(
            position=UUID(int=3), name="Operations lead", person=UUID(int=4), person_name="Kevin Baptiste",
            agency="CDEMA", was_name="",
        )  # fmt: skip


@command("fill-position", Permission.POSITION_FILL)
class FillPosition(Command):
    """Give a position to a person (e-mail or id) whose agency is in the incident."""

    position: Line
    person: Line

    @classmethod
    def sample(cls) -> Command:
        return cls(position="Operations lead", person="k.baptiste@cdema.example")


@handles(FillPosition)
def fill_position(command: FillPosition, scene: Scene) -> Outcome:
    """A position is known by its name; a new holder takes over from the present one."""
    person = scene.reference(Directory).person(command.person)
    room = scene.room(None)
    if person.id is None or (person.agency not in room.agencies and person.id not in room.people):
        raise BadInput(f"{person.name} ({person.agency}) is not in this incident. Invite the agency first.", "person")
    held = next(
        (one for one in scene.state.rows(Position).values() if one.name.casefold() == command.position.casefold()), None
    )
    if held and held.person == person.id:
        return unchanged(held)
    filled = PositionFilled(
        position=held.id if held else scene.new_id(), name=held.name if held else command.position, person=person.id,
        person_name=person.name, agency=person.agency, was_name=held.person_name if held else "",
    )  # fmt: skip
    return Outcome([(room.id, filled)])
