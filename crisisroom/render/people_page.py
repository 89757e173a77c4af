"""People: the agencies in an incident, who is of them, who holds which position, and who is here now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from crisisroom.access.directory import Directory, Member
from crisisroom.access.grants import Role
from crisisroom.access.positions import Position
from crisisroom.access.rooms import Room
from crisisroom.core.agencies import AGENCIES
from crisisroom.log.snapshot import Snapshot
from crisisroom.playbooks.models import Item, ItemState

ROLES = {
    Role.LEADER: "Leader, reads only",
    Role.OFFICER: "Officer",
    Role.COORDINATOR: "Coordinator",
    Role.ADMINISTRATOR: "Administrator",
}


@dataclass(frozen=True)
class PersonLine:
    """One person of an agency."""

    id: UUID
    name: str
    email: str
    role: str
    positions: list[str]
    here: bool


@dataclass(frozen=True)
class AgencyBlock:
    """An agency in the incident and its people."""

    code: str
    name: str
    leads: bool
    people: list[PersonLine]

    @property
    def here(self) -> int:
        """How many of them are here now."""
        return sum(person.here for person in self.people)


@dataclass(frozen=True)
class PositionLine:
    """A position that somebody holds, or that the playbook names and nobody holds."""

    name: str
    person: str
    agency: str
    since: datetime | None
    open_items: int


@dataclass(frozen=True)
class PeopleView:
    """The people page for the rooms the viewer is in."""

    agencies: list[AgencyBlock]
    guests: list[PersonLine]
    """Named people of a room whose agency is not in the incident."""
    positions: list[PositionLine]
    rooms: list[Room]
    not_invited: list[tuple[str, str]]
    """Agencies that could join the main room; empty for who is not in it."""
    names: dict[UUID, str]

    @property
    def here(self) -> int:
        """How many people are here now."""
        return sum(block.here for block in self.agencies) + sum(guest.here for guest in self.guests)

    @property
    def in_main(self) -> bool:
        """Whether the viewer is in the main room, where positions are filled."""
        return any(room.main for room in self.rooms)

    @property
    def choices(self) -> list[tuple[str, str]]:
        """People who can hold a position, by agency."""
        everybody = [(person, block.code) for block in self.agencies for person in block.people]
        return [("", "Choose a person"), *((str(one.id), f"{one.name}, {code}") for one, code in everybody)]

    @property
    def invitations(self) -> list[tuple[str, str]]:
        """Agencies of the directory that are not in the incident."""
        return [(code, f"{code}, {name}") for code, name in self.not_invited]

    @property
    def vacant(self) -> list[PositionLine]:
        """Positions that the playbook names and nobody holds."""
        return [one for one in self.positions if not one.person]


def people_view(
    snapshot: Snapshot,
    rooms: frozenset[UUID],
    directory: Directory,
    here: Collection[UUID] = (),
    me: UUID | None = None,
) -> PeopleView:
    """`here` are the people present now, as the rooms of the viewer see them; whoever looks is here, socket or not."""
    here = {*here, me} if me else here
    inside = sorted(
        (room for room in snapshot.rows(Room).values() if room.id in rooms),
        key=lambda room: (not room.main, room.name),
    )
    held = [one for one in snapshot.rows(Position).values() if one.room in rooms]
    codes = _ordered({code for room in inside for code in room.agencies})
    named = {person for room in inside for person in room.people}
    main = next((room for room in inside if room.main), None)
    leads = main.lead_agency if main else ""
    lines = {id: _person(id, member, held, here) for id, member in directory.people.items() if not member.disabled}
    return PeopleView(
        agencies=[AgencyBlock(code, _name(code), code == leads, _of_agency(directory, lines, code)) for code in codes],
        guests=sorted(
            (lines[id] for id in named if id in lines and directory.people[id].actor.agency not in codes),
            key=lambda line: line.name,
        ),
        positions=_positions(snapshot, rooms, held),
        rooms=inside,
        not_invited=[
            (code, agency.name) for code, agency in directory.agencies.items() if main and code not in main.agencies
        ],
        names={id: directory.people[id].actor.name for id in named if id in directory.people},
    )


def _person(id: UUID, member: Member, held: Iterable[Position], here: Collection[UUID]) -> PersonLine:
    positions = sorted(one.name for one in held if one.person == id)
    return PersonLine(id, member.actor.name, member.email, ROLES[member.actor.role], positions, id in here)


def _of_agency(directory: Directory, lines: dict[UUID, PersonLine], code: str) -> list[PersonLine]:
    people = [line for id, line in lines.items() if directory.people[id].actor.agency == code]
    return sorted(people, key=lambda line: (not line.here, line.name))


def _positions(snapshot: Snapshot, rooms: frozenset[UUID], held: Iterable[Position]) -> list[PositionLine]:
    waiting = Counter(
        item.position
        for item in snapshot.rows(Item).values()
        if item.room in rooms and item.position and item.state is ItemState.OPEN
    )
    lines = {
        one.name.casefold(): PositionLine(one.name, one.person_name, one.agency, one.since, waiting.get(one.name, 0))
        for one in held
    }
    for name, count in waiting.items():
        lines.setdefault(name.casefold(), PositionLine(name, "", "", None, count))
    return sorted(lines.values(), key=lambda line: (not line.person, line.name.casefold()))


def _ordered(codes: Collection[str]) -> list[str]:
    order = list(AGENCIES)
    return sorted(codes, key=lambda code: (order.index(code) if code in AGENCIES else len(order), code))


def _name(code: str) -> str:
    return AGENCIES[code].name if code in AGENCIES else ""
