"""The people of the tests: two of each core agency, one who only reads, one who runs the installation, one outsider."""

from __future__ import annotations

from dataclasses import dataclass, fields

from crisisroom.access.directory import Directory
from crisisroom.access.grants import Actor, Role


@dataclass(frozen=True)
class Invented:
    """Somebody who does not exist."""

    name: str
    agency: str
    role: Role

    @property
    def email(self) -> str:
        """Their address."""
        first, last = self.name.lower().split()
        return f"{first[0]}.{last}@{self.agency.lower()}.example"


CAST = {
    "regis": Invented("Maya Regis", "CDEMA", Role.COORDINATOR),
    "baptiste": Invented("Kevin Baptiste", "CDEMA", Role.OFFICER),
    "daniel": Invented("Elias Daniel", "RSS", Role.COORDINATOR),
    "joseph": Invented("Ruth Joseph", "RSS", Role.OFFICER),
    "wilson": Invented("Sarah Wilson", "CARPHA", Role.COORDINATOR),
    "persaud": Invented("Anil Persaud", "CARPHA", Role.OFFICER),
    "noel": Invented("Theo Noel", "IMPACS", Role.COORDINATOR),
    "charles": Invented("Nadia Charles", "IMPACS", Role.OFFICER),
    "grant": Invented("Olive Grant", "CDEMA", Role.LEADER),
    "thomas": Invented("Peter Thomas", "IMPACS", Role.ADMINISTRATOR),
    "outsider": Invented("Ines Campos", "PAHO", Role.COORDINATOR),
}
CORE = ("CDEMA", "RSS", "CARPHA", "IMPACS")


@dataclass(frozen=True)
class People:
    """The same people as the directory knows them."""

    regis: Actor
    baptiste: Actor
    daniel: Actor
    joseph: Actor
    wilson: Actor
    persaud: Actor
    noel: Actor
    charles: Actor
    grant: Actor
    thomas: Actor
    outsider: Actor


def people_of(directory: Directory) -> People:
    """Look everybody up."""
    return People(**{field.name: directory.person(CAST[field.name].email) for field in fields(People)})
