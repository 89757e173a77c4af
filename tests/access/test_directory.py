"""Looking up agencies and people, as people write them."""

from __future__ import annotations

import pytest

from crisisroom.access.grants import OPERATOR
from crisisroom.core.errors import BadInput
from crisisroom.people.directory import DIRECTORY
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


async def test_somebody_disabled_can_be_named_no_more(world: World) -> None:
    await world.do("disable-person", OPERATOR, book=DIRECTORY, email=CAST["joseph"].email)
    with pytest.raises(BadInput):
        await world.do("add-task", world.people.regis, title="Count blankets", assignee=CAST["joseph"].email)
