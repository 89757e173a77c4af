"""The directory: adding people, and taking their access away."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AfterValidator

from crisisroom.access.directory import Directory, Member
from crisisroom.access.grants import Actor, Role
from crisisroom.access.policy import Permission
from crisisroom.access.rooms import Room
from crisisroom.commanding.command import Command, Outcome, command, handles, unchanged
from crisisroom.commanding.scene import Scene
from crisisroom.core.errors import BadInput, NotFound
from crisisroom.core.markings import Tlp
from crisisroom.core.texts import Line
from crisisroom.log.event import Event, Stamp, event
from crisisroom.log.rows import Row
from crisisroom.log.snapshot import Rows
from crisisroom.people.models import Person

DIRECTORY = UUID("00000000-0000-7000-8000-00000000d1ec")
"""The directory's book, and its one room."""

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def _email(text: str) -> str:
    if not _EMAIL.fullmatch(text):
        raise ValueError("is not an e-mail address")
    return text.lower()


@event("directory.founded")
class DirectoryFounded(Event):
    """The directory was begun."""

    def apply(self, rows: Rows, stamp: Stamp) -> Iterable[Row]:
        yield Room(
            id=stamp.room, book=stamp.book, room=stamp.room, seq=stamp.seq, name="Directory", tlp=Tlp.AMBER,
            main=True, agencies=[], people=[], lead_agency="",
        )  # fmt: skip

    @classmethod
    def sample(cls) -> Event:
        return cls()


@event("person.added")
class PersonAdded(Event):
    """A person was added to the directory."""

    subject: ClassVar[str] = "person"
    person: UUID
    email: str
    name: str
    agency: str
    role: Role

    def apply(self, rows: Rows, stamp: Stamp) -> Iterable[Row]:
        yield Person(
            id=self.person, book=stamp.book, room=stamp.room, seq=stamp.seq, email=self.email, name=self.name,
            agency=self.agency, role=self.role, added_at=stamp.at,
        )  # fmt: skip

    @classmethod
    def sample(cls) -> Event:
        return cls(
            person=UUID(int=4), email="k.baptiste@cdema.example", name="Kevin Baptiste", agency="CDEMA",
            role=Role.OFFICER,
        )  # fmt: skip


@event("person.disabled")
class PersonDisabled(Event):
    """A person may no longer sign in."""

    subject: ClassVar[str] = "person"
    person: UUID
    name: str

    def apply(self, rows: Rows, stamp: Stamp) -> Iterable[Row]:
        person = rows.get(Person, self.person)
        assert person is not None  # noqa: S101
        yield person.but(disabled=True, seq=stamp.seq)

    @classmethod
    def sample(cls) -> Event:
        return cls(person=UUID(int=4), name="Kevin Baptiste")


@command("add-person", Permission.PEOPLE_MANAGE)
class AddPerson(Command):
    """Add a person to the directory."""

    opens_book: ClassVar[bool] = True
    email: Annotated[Line, AfterValidator(_email)]
    name: Line
    agency: Line
    role: Role

    @classmethod
    def sample(cls) -> Command:
        return cls(email="k.baptiste@cdema.example", name="Kevin Baptiste", agency="CDEMA", role=Role.OFFICER)


@handles(AddPerson)
def add_person(command: AddPerson, scene: Scene) -> Outcome:
    """One person an e-mail address. The first person founds the directory."""
    if scene.book != DIRECTORY:
        raise NotFound
    agency = scene.reference(Directory).agency(command.agency)
    if any(person.email == command.email for person in scene.state.rows(Person).values()):
        raise BadInput(f"{command.email} is in the directory already.", "email")
    added = PersonAdded(person=scene.new_id(), email=command.email, name=command.name, agency=agency, role=command.role)
    founded = [] if scene.state.rows(Room) else [(DIRECTORY, DirectoryFounded())]
    return Outcome([*founded, (DIRECTORY, added)])


@command("disable-person", Permission.PEOPLE_MANAGE)
class DisablePerson(Command):
    """Take a person's access away, open sockets included. What they did stays in every log."""

    email: Annotated[Line, AfterValidator(_email)]

    @classmethod
    def sample(cls) -> Command:
        return cls(email="k.baptiste@cdema.example")


@handles(DisablePerson)
def disable_person(command: DisablePerson, scene: Scene) -> Outcome:
    """Somebody disabled already stays so."""
    person = next((one for one in scene.state.rows(Person).values() if one.email == command.email), None)
    if person is None:
        raise BadInput(f"{command.email} is not in the directory.", "email")
    if person.disabled:
        return unchanged(person)
    return Outcome([(DIRECTORY, PersonDisabled(person=person.id, name=person.name))])


def directory_of(rows: Rows) -> Directory:
    """Who there is, from the directory's state."""
    people = {
        person.id: Member(Actor(person.id, person.name, person.agency, person.role), person.email, person.disabled)
        for person in rows.rows(Person).values()
    }
    return Directory(people)
