"""What one person holds in one incident: rooms, leadership, position."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from crisisroom.access.positions import Position
from crisisroom.access.rooms import Room
from crisisroom.log.event import By
from crisisroom.log.snapshot import Rows


class Role(StrEnum):
    """What a person is in the whole installation. Lead coordinator is not given but follows from the incident."""

    LEADER = "leader"
    OFFICER = "officer"
    COORDINATOR = "coordinator"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True)
class Actor:
    """Somebody who acts: a person signed in, or the operator at the command line (`id` None)."""

    id: UUID | None
    name: str
    agency: str
    role: Role


OPERATOR = Actor(None, "Operator", "", Role.ADMINISTRATOR)


@dataclass(frozen=True)
class Grant:
    """An actor within one incident (or the directory): the rooms they are in, whether they lead it, and the positions
    they hold, by the room in which it is known that they do.
    """

    actor: Actor
    rooms: frozenset[UUID]
    leads: bool = False
    positions: Mapping[UUID, str] = field(default_factory=dict)

    def by(self, room: UUID) -> By:
        """How a room's log names the actor."""
        return By(self.actor.id, self.actor.agency, self.actor.name, self.positions.get(room, ""))


def grant_for(actor: Actor, rows: Rows) -> Grant:
    """What the actor holds now. The opener coordinates until the lead agency does."""
    rooms = [room for room in rows.rows(Room).values() if is_member(actor, room)]
    leads = actor.role is Role.ADMINISTRATOR or any(
        actor.role is Role.COORDINATOR and (actor.agency == room.lead_agency or actor.id == room.opened_by)
        for room in rooms
        if room.main
    )
    positions: dict[UUID, str] = {}
    holds = [held for held in rows.rows(Position).values() if held.person == actor.id]
    for held in sorted(holds, key=lambda held: held.name):
        positions[held.room] = ", ".join(filter(None, (positions.get(held.room), held.name)))
    return Grant(actor, frozenset(room.id for room in rooms), leads, positions)


def is_member(actor: Actor, room: Room) -> bool:
    """Whether a room shows itself to the actor. The command line's operator reads what the disk holds anyway."""
    return actor.id is None or actor.agency in room.agencies or actor.id in room.people
