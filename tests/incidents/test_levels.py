"""Setting the level."""

from __future__ import annotations

import pytest

from crisisroom.core.errors import BadInput, NotAllowed
from tests.support.world import World


async def test_a_level_is_a_scheme_and_a_value_and_the_log_keeps_what_it_was(world: World) -> None:
    await world.do("set-level", world.people.regis, scheme="CDEMA", value="III")
    assert (world.incident.level_scheme, world.incident.level_value) == ("CDEMA", "III")
    told = (await world.last()).data.model_dump()
    assert (told["was_scheme"], told["was_value"]) == ("CDEMA", "II")


async def test_the_level_it_has_is_left_as_it_is(world: World) -> None:
    assert (await world.do("set-level", world.people.regis, scheme="CDEMA", value="II")).result == "unchanged"


@pytest.mark.parametrize("fields", [{"value": "III"}, {"scheme": "CDEMA"}, {"scheme": "CDEMA", "value": ""}], ids=str)
async def test_a_bare_number_is_no_level(fields: dict, world: World) -> None:
    with pytest.raises(BadInput):
        await world.do("set-level", world.people.regis, **fields)


async def test_coordinators_of_other_agencies_do_not_set_it(world: World) -> None:
    for actor in (world.people.daniel, world.people.baptiste):
        with pytest.raises(NotAllowed):
            await world.do("set-level", actor, scheme="CDEMA", value="III")
    await world.do("set-level", world.people.thomas, scheme="IHR", value="High")
