"""Opening rooms and inviting agencies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from crisisroom.access.directory import Directory
from crisisroom.access.policy import Permission
from crisisroom.access.rooms import Room
from crisisroom.commanding.command import Command, Outcome, command, handles, unchanged
from crisisroom.commanding.scene import Scene
from crisisroom.core.errors import BadInput
from crisisroom.core.markings import AnyTlp, Tlp
from crisisroom.core.texts import Line
from crisisroom.log.event import Event, Stamp, event
from crisisroom.log.rows import Row
from crisisroom.log.snapshot import Rows

MAX_MEMBERS = 60


@event("room.opened")
class RoomOpened(Event):
    """A room was opened. Its own chain tells who is in it."""

    subject: ClassVar[str] = "opened"
    opened: UUID
    name: str
    tlp: Tlp
    main: bool
    agencies: list[str]
    people: list[UUID]
    lead_agency: str

    def apply(self, rows: Rows, stamp: Stamp) -> Iterable[Row]:
        fields = self.model_dump(exclude={"opened"})
        yield Room(id=self.opened, book=stamp.book, room=stamp.room, seq=stamp.seq, opened_by=stamp.by.person, **fields)

    @classmethod
    def sample(cls) -> Event:
        return cls(
            opened=UUID(int=2), name="Intelligence", tlp=Tlp.AMBER, main=False, agencies=["IMPACS", "RSS"], people=[],
            lead_agency="IMPACS",
        )  # fmt: skip


@event("agency.invited")
class AgencyInvited(Event):
    """An agency was invited into a room; its people see it from then on, history included."""

    subject: ClassVar[str] = "invited_to"
    invited_to: UUID
    agency: str

    def apply(self, rows: Rows, stamp: Stamp) -> Iterable[Row]:
        room = rows.get(Room, self.invited_to)
        assert room is not None  # noqa: S101
        yield room.but(agencies=[*room.agencies, self.agency], seq=stamp.seq)

    def regions(self) -> Iterable[str]:
        return ("header",)

    @classmethod
    def sample(cls) -> Event:
        return cls(invited_to=UUID(int=2), agency="RSS")


@command("invite-agency", Permission.AGENCY_INVITE)
class InviteAgency(Command):
    """Invite an agency of the directory into the incident's main room."""

    agency: Line

    @classmethod
    def sample(cls) -> Command:
        return cls(agency="CARPHA")


@handles(InviteAgency)
def invite_agency(command: InviteAgency, scene: Scene) -> Outcome:
    """An agency that is in already stays as it is."""
    agency = scene.reference(Directory).agency(command.agency)
    room = scene.room(None)
    if agency in room.agencies:
        return unchanged(room)
    if room.tlp is Tlp.AMBER_STRICT:
        raise BadInput("This room is TLP:AMBER+STRICT: it is for one agency only.", "agency")
    return Outcome([(room.id, AgencyInvited(invited_to=room.id, agency=agency))])


@command("open-room", Permission.ROOM_OPEN)
class OpenRoom(Command):
    """Open a further room for agencies or for named people. TLP:RED needs named people, AMBER+STRICT one agency."""

    name: Line
    tlp: AnyTlp
    agencies: Annotated[list[Line], Field(max_length=MAX_MEMBERS)] = []
    people: Annotated[list[Line], Field(max_length=MAX_MEMBERS)] = []

    @classmethod
    def sample(cls) -> Command:
        return cls(name="Intelligence", tlp=Tlp.AMBER, agencies=["IMPACS", "RSS"])


@handles(OpenRoom)
def open_room(command: OpenRoom, scene: Scene) -> Outcome:
    """The opener is in the room: through their agency, or by name in a room of named people."""
    directory = scene.reference(Directory)
    actor = scene.grant.actor
    agencies = list(dict.fromkeys(directory.agency(code, "agencies") for code in command.agencies))
    people = [directory.person(person, "people").id for person in command.people]
    if not agencies and not people:
        raise BadInput("Say which agencies or which people the room is for.", "agencies")
    if actor.id and (not agencies or actor.agency not in agencies):
        people.append(actor.id)
    refuse_marking(command.tlp, agencies, people)
    members = list(dict.fromkeys(person for person in people if person))
    room = scene.new_id()
    opened = RoomOpened(
        opened=room, name=command.name, tlp=command.tlp, main=False, agencies=agencies, people=members,
        lead_agency=actor.agency,
    )  # fmt: skip
    return Outcome([(room, opened)])


def refuse_marking(tlp: Tlp, agencies: list[str], people: list[UUID | None]) -> None:
    """Raise BadInput when the mark does not allow these members (TLP 2.0: RED for people, STRICT for one agency)."""
    if tlp is Tlp.RED and agencies:
        raise BadInput("TLP:RED is for named people only. List people instead of agencies.", "tlp")
    if tlp is Tlp.AMBER_STRICT and (len(agencies) != 1 or people):
        raise BadInput("TLP:AMBER+STRICT is for your own agency only.", "tlp")


def mark_for(room: Room, wanted: Tlp | None, field: str = "tlp") -> Tlp:
    """The mark of something posted in a room: the room's own, or a wider one if asked. Raises BadInput if stricter."""
    if wanted is None:
        return room.tlp
    if wanted.strictness > room.tlp.strictness:
        raise BadInput(
            f"{wanted.value} is stricter than this room, which is {room.tlp.value}. Open a room for it and post there.",
            field,
        )
    return wanted
