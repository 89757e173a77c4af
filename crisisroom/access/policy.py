"""The one table of permissions: what each needs. Commands and routes name a permission; one without an entry is refused
at start-up.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from crisisroom.access.grants import Grant, Role
from crisisroom.core.errors import NotAllowed, NotFound

Predicate = Callable[[Grant], bool]


class Permission(StrEnum):
    """Each right there is."""

    PUBLIC = "public"
    SIGNED_IN = "signed-in"
    INCIDENT_READ = "incident.read"
    INCIDENT_OPEN = "incident.open"
    INCIDENT_CLOSE = "incident.close"
    AGENCY_INVITE = "agency.invite"
    ROOM_OPEN = "room.open"
    TASK_WRITE = "task.write"
    ITEM_WRITE = "item.write"
    ENTRY_WRITE = "entry.write"
    DECISION_RECORD = "decision.record"
    PLAYBOOK_ACTIVATE = "playbook.activate"
    PHASE_ADVANCE = "phase.advance"
    LEVEL_SET = "level.set"
    POSITION_FILL = "position.fill"
    RELEASE = "release"
    PEOPLE_MANAGE = "people.manage"
    METRICS_READ = "metrics.read"


def everyone(grant: Grant) -> bool:
    """Anybody at all."""
    return True


def in_a_room(grant: Grant) -> bool:
    """Somebody who is in at least one room of the incident."""
    return bool(grant.rooms)


def works(grant: Grant) -> bool:
    """An officer, a coordinator or an administrator; a leader reads only."""
    return grant.actor.role in (Role.OFFICER, Role.COORDINATOR, Role.ADMINISTRATOR)


def coordinates(grant: Grant) -> bool:
    """A coordinator of any agency, or an administrator."""
    return grant.actor.role in (Role.COORDINATOR, Role.ADMINISTRATOR)


def leads(grant: Grant) -> bool:
    """A coordinator of the lead agency, or who opened the incident, or an administrator."""
    return grant.leads


def administers(grant: Grant) -> bool:
    """An administrator of the installation."""
    return grant.actor.role is Role.ADMINISTRATOR


PERMISSIONS: dict[Permission, tuple[Predicate, ...]] = {
    Permission.PUBLIC: (everyone,),
    Permission.SIGNED_IN: (everyone,),
    Permission.INCIDENT_READ: (in_a_room,),
    Permission.INCIDENT_OPEN: (coordinates,),
    Permission.INCIDENT_CLOSE: (in_a_room, leads),
    Permission.AGENCY_INVITE: (in_a_room, coordinates),
    Permission.ROOM_OPEN: (in_a_room, coordinates),
    Permission.TASK_WRITE: (in_a_room, works),
    Permission.ITEM_WRITE: (in_a_room, works),
    Permission.ENTRY_WRITE: (in_a_room, works),
    Permission.DECISION_RECORD: (in_a_room, works),
    Permission.PLAYBOOK_ACTIVATE: (in_a_room, coordinates),
    Permission.PHASE_ADVANCE: (in_a_room, leads),
    Permission.LEVEL_SET: (in_a_room, leads),
    Permission.POSITION_FILL: (in_a_room, coordinates),
    Permission.RELEASE: (in_a_room, works),
    Permission.PEOPLE_MANAGE: (administers,),
    Permission.METRICS_READ: (administers,),
}

WHO: dict[Predicate, str] = {
    everyone: "anybody",
    in_a_room: "somebody who is in the incident",
    works: "an officer or a coordinator",
    coordinates: "a coordinator",
    leads: "a coordinator of the lead agency",
    administers: "an administrator",
}


def allows(grant: Grant, permission: Permission) -> bool:
    """Whether the grant carries the permission."""
    return all(holds(grant) for holds in PERMISSIONS[permission])


def is_of_an_incident(permission: Permission) -> bool:
    """Whether the permission is for something within one incident."""
    return in_a_room in PERMISSIONS[permission]


def require(grant: Grant, permission: Permission) -> None:
    """Raise NotFound to whom the incident does not exist, NotAllowed to whom it may be shown but not this."""
    needed = PERMISSIONS[permission]
    if is_of_an_incident(permission) and not in_a_room(grant):
        raise NotFound
    for holds in needed:
        if not holds(grant):
            raise NotAllowed(f"This needs {WHO[holds]}. You can read, and nothing was changed.")
