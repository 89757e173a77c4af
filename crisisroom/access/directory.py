"""The people and agencies that commands may name. Kept by `people`, read by everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from crisisroom.access.grants import Actor
from crisisroom.core.agencies import AGENCIES, Agency
from crisisroom.core.errors import BadInput


@dataclass(frozen=True)
class Member:
    """A person of the directory."""

    actor: Actor
    email: str
    disabled: bool = False


@dataclass(frozen=True)
class Directory:
    """Who there is."""

    people: Mapping[UUID, Member] = field(default_factory=dict)
    agencies: Mapping[str, Agency] = field(default_factory=lambda: AGENCIES)

    def agency(self, code: str, field: str = "agency") -> str:
        """The code as the directory writes it. Raises BadInput for an unknown one."""
        known = code.strip().upper()
        if known not in self.agencies:
            raise BadInput(f"{code!r} is not an agency of the directory.", field)
        return known

    def person(self, reference: str, field: str = "person") -> Actor:
        """Somebody by id or e-mail who may still sign in. Raises BadInput for anybody else."""
        wanted = reference.strip().lower()
        member = next((one for id, one in self.people.items() if wanted in (str(id), one.email)), None)
        if member and member.disabled:
            raise BadInput(f"{member.actor.name} can no longer sign in. Choose somebody else.", field)
        if member:
            return member.actor
        raise BadInput(f"{reference!r} is nobody in the directory. Give an e-mail address or an id.", field)
