"""Looking up agencies and people, as people write them."""

from __future__ import annotations

import pytest

from crisisroom.access.grants import OPERATOR
from crisisroom.core.errors import BadInput
from crisisroom.people.directory import DIRECTORY
from tests.support.builders import a_task
from tests.support.people import CAST
from tests.support.world import World


def test_an_agency_is_known_by_its_code_however_it_is_written(bare_world: World) -> None:
    assert bare_world.directory.agency(" cdema ") == "CDEMA"
    with pytest.raises(BadInput) as refusal:
        bare_world.directory.agency("FBI", "lead_agency")
    assert set(refusal.value.fields) == {"lead_agency"}


def test_a_person_is_known_by_address_or_id(bare_world: World) -> None:
    regis = bare_world.people.regis
    assert bare_world.directory.person(" M.REGIS@cdema.example ") == regis
    assert bare_world.directory.person(str(regis.id).upper()) == regis
    with pytest.raises(BadInput) as refusal:
        bare_world.directory.person("nobody@cdema.example")
    assert set(refusal.value.fields) == {"person"}


@pytest.mark.parametrize(
    ("command", "fields", "named"),
    [
        ("add-task", {"title": "Count blankets"}, "assignee"),
        ("assign-task", {"task": "E-1"}, "assignee"),
        ("fill-position", {"position": "Operations lead"}, "person"),
    ],
)
async def test_somebody_disabled_can_be_given_nothing_more(
    command: str, fields: dict, named: str, world: World
) -> None:
    await a_task(world)
    await world.do("disable-person", OPERATOR, book=DIRECTORY, email=CAST["joseph"].email)
    for reference in (CAST["joseph"].email, str(world.people.joseph.id)):
        with pytest.raises(BadInput, match="Ruth Joseph can no longer sign in") as refusal:
            await world.do(command, world.people.regis, **fields, **{named: reference})
        assert set(refusal.value.fields) == {named}
