"""Every right there is has an entry, and every refusal can say whom the right needs."""

from __future__ import annotations

import pytest

from crisisroom.access.policy import PERMISSIONS, WHO, Permission
from crisisroom.commanding.command import Command, command


@pytest.mark.parametrize("permission", list(Permission))
def test_every_permission_has_an_entry_and_can_say_whom_it_needs(permission: Permission) -> None:
    assert PERMISSIONS[permission]
    assert all(WHO[predicate] for predicate in PERMISSIONS[permission])


def test_a_command_whose_permission_has_no_entry_stops_the_start() -> None:
    with pytest.raises(RuntimeError, match="no entry in the permission table"):

        @command("sell-islands", "islands.sell")  # type: ignore[arg-type]
        class SellIslands(Command):
            """Never."""
