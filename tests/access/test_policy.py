"""Who may do what: one table, written out a second time."""

from __future__ import annotations

from uuid import UUID

import pytest

from crisisroom.access.grants import Actor, Grant, Role
from crisisroom.access.policy import PERMISSIONS, Permission, allows, require
from crisisroom.core.errors import NotAllowed, NotFound

ROOM = frozenset({UUID(int=1)})


def held(role: Role, *, rooms: frozenset[UUID] = ROOM, leads: bool = False) -> Grant:
    return Grant(Actor(UUID(int=4), "Kevin Baptiste", "CDEMA", role), rooms, leads)


GRANTS = {
    "outsider": held(Role.COORDINATOR, rooms=frozenset()),
    "leader": held(Role.LEADER),
    "officer": held(Role.OFFICER),
    "coordinator": held(Role.COORDINATOR),
    "lead coordinator": held(Role.COORDINATOR, leads=True),
    "administrator": held(Role.ADMINISTRATOR, leads=True),
}
EVERYBODY = ("outsider", "leader", "officer", "coordinator", "lead coordinator", "administrator")
WHO_MAY = {
    Permission.PUBLIC: EVERYBODY,
    Permission.SIGNED_IN: EVERYBODY,
    Permission.INCIDENT_READ: EVERYBODY[1:],
    Permission.INCIDENT_OPEN: ("outsider", *EVERYBODY[3:]),
    Permission.INCIDENT_CLOSE: EVERYBODY[4:],
    Permission.AGENCY_INVITE: EVERYBODY[3:],
    Permission.ROOM_OPEN: EVERYBODY[3:],
    Permission.TASK_WRITE: EVERYBODY[2:],
    Permission.ITEM_WRITE: EVERYBODY[2:],
    Permission.ENTRY_WRITE: EVERYBODY[2:],
    Permission.DECISION_RECORD: EVERYBODY[2:],
    Permission.PLAYBOOK_ACTIVATE: EVERYBODY[3:],
    Permission.PHASE_ADVANCE: EVERYBODY[4:],
    Permission.LEVEL_SET: EVERYBODY[4:],
    Permission.POSITION_FILL: EVERYBODY[3:],
    Permission.RELEASE: EVERYBODY[2:],
    Permission.PEOPLE_MANAGE: EVERYBODY[5:],
    Permission.METRICS_READ: EVERYBODY[5:],
}


def test_the_table_names_every_permission() -> None:
    assert set(WHO_MAY) == set(Permission) == set(PERMISSIONS)


@pytest.mark.parametrize("permission", list(Permission))
@pytest.mark.parametrize("who", EVERYBODY)
def test_the_table(who: str, permission: Permission) -> None:
    assert allows(GRANTS[who], permission) == (who in WHO_MAY[permission])


@pytest.mark.parametrize("permission", list(Permission))
@pytest.mark.parametrize("who", EVERYBODY)
def test_requiring_a_right_refuses_just_whom_the_table_refuses(who: str, permission: Permission) -> None:
    if who in WHO_MAY[permission]:
        require(GRANTS[who], permission)
        return
    with pytest.raises((NotFound, NotAllowed)) as refusal:
        require(GRANTS[who], permission)
    hidden = who == "outsider" and permission not in (Permission.PEOPLE_MANAGE, Permission.METRICS_READ)
    assert refusal.type is (NotFound if hidden else NotAllowed)


def test_who_may_not_is_told_whom_it_takes() -> None:
    with pytest.raises(NotAllowed) as refusal:
        require(GRANTS["officer"], Permission.LEVEL_SET)
    assert refusal.value.detail == (
        "This needs a coordinator of the lead agency. You can read, and nothing was changed."
    )
