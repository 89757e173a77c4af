"""The directory is a book of its own, with a log like every other."""

from __future__ import annotations

import pytest

from crisisroom.access.grants import OPERATOR, Role
from crisisroom.core.errors import BadInput, NotAllowed
from crisisroom.log.verify import verify_book
from crisisroom.people.directory import DIRECTORY, directory_of
from crisisroom.people.models import Person
from tests.support.people import CAST
from tests.support.world import World

ALLEYNE = {"email": "j.alleyne@cdema.example", "name": "June Alleyne", "agency": "CDEMA", "role": "officer"}


async def test_the_first_person_founds_the_directory(bare_world: World) -> None:
    records = await bare_world.records(DIRECTORY)
    assert [record.event for record in records[:2]] == ["directory.founded", "person.added"]
    assert {record.room for record in records} == {DIRECTORY}
    assert len(records) == len(CAST) + 1
    async with bare_world.database.read() as connection:
        assert await verify_book(connection, DIRECTORY) == []


async def test_a_person_is_added_with_agency_and_role(bare_world: World) -> None:
    world = bare_world
    receipt = await world.do("add-person", OPERATOR, book=DIRECTORY, **(ALLEYNE | {"email": "J.Alleyne@CDEMA.example"}))
    snapshot = world.books.known(DIRECTORY)
    assert snapshot is not None
    person = snapshot.get(Person, receipt.id)
    assert person is not None
    assert (person.email, person.agency, person.role) == ("j.alleyne@cdema.example", "CDEMA", Role.OFFICER)
    assert directory_of(snapshot).person("j.alleyne@cdema.example").name == "June Alleyne"


async def test_one_address_is_one_person(bare_world: World) -> None:
    with pytest.raises(BadInput) as refusal:
        await bare_world.do("add-person", OPERATOR, book=DIRECTORY, **(ALLEYNE | {"email": CAST["regis"].email}))
    assert set(refusal.value.fields) == {"email"}


@pytest.mark.parametrize(
    ("field", "value"),
    [("email", "june"), ("email", "j@cdema"), ("email", "a b@c.example"), ("name", ""), ("agency", "FBI"),
     ("role", "king")],
)  # fmt: skip
async def test_a_wrong_field_is_named(field: str, value: str, bare_world: World) -> None:
    with pytest.raises(BadInput) as refusal:
        await bare_world.do("add-person", OPERATOR, book=DIRECTORY, **(ALLEYNE | {field: value}))
    assert set(refusal.value.fields) == {field}


async def test_a_person_whose_access_is_taken_stays_in_every_log(world: World) -> None:
    joseph = world.people.joseph
    await world.do("write-entry", joseph, text="On post.")
    receipt = await world.do("disable-person", OPERATOR, book=DIRECTORY, email=CAST["joseph"].email)
    assert receipt.id == joseph.id
    assert (await world.do("disable-person", OPERATOR, book=DIRECTORY, email=CAST["joseph"].email)).result == (
        "unchanged"
    )
    assert (await world.last()).by.name == "Ruth Joseph"


async def test_nobody_unknown_can_be_disabled(bare_world: World) -> None:
    with pytest.raises(BadInput) as refusal:
        await bare_world.do("disable-person", OPERATOR, book=DIRECTORY, email="nobody@cdema.example")
    assert set(refusal.value.fields) == {"email"}


async def test_only_an_administrator_manages_people(bare_world: World) -> None:
    with pytest.raises(NotAllowed):
        await bare_world.do("add-person", bare_world.people.regis, book=DIRECTORY, **ALLEYNE)
    assert (await bare_world.do("add-person", bare_world.people.thomas, book=DIRECTORY, **ALLEYNE)).result == "applied"
