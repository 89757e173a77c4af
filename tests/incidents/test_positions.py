"""Positions and their holders."""

from __future__ import annotations

import pytest

from crisisroom.access.positions import Position
from crisisroom.core.errors import BadInput, NotAllowed
from tests.support.people import CAST
from tests.support.world import World


async def test_a_position_is_handed_over_from_one_to_the_next(world: World) -> None:
    people = world.people
    first = await world.do("fill-position", people.regis, position="Operations lead", person=CAST["baptiste"].email)
    world.clock.advance(hours=12)
    second = await world.do("fill-position", people.daniel, position="operations LEAD", person=str(people.joseph.id))
    assert second.id == first.id
    position = world.row(Position, first.id)
    assert (position.name, position.person, position.agency) == ("Operations lead", people.joseph.id, "RSS")
    assert position.since == world.clock.now()
    handover = (await world.last()).data.model_dump()
    assert (handover["was_name"], handover["person_name"]) == ("Kevin Baptiste", "Ruth Joseph")


async def test_a_holder_who_is_named_again_stays(world: World) -> None:
    fields = {"position": "Operations lead", "person": CAST["baptiste"].email}
    await world.do("fill-position", world.people.regis, **fields)
    world.clock.advance(hours=1)
    assert (await world.do("fill-position", world.people.daniel, **fields)).result == "unchanged"
    assert world.all(Position)[0].since < world.clock.now()


async def test_a_person_may_hold_several_positions(world: World) -> None:
    for name in ("Operations lead", "Planning lead"):
        await world.do("fill-position", world.people.regis, position=name, person=CAST["baptiste"].email)
    assert [position.name for position in world.all(Position)] == ["Operations lead", "Planning lead"]


@pytest.mark.parametrize("person", ["nobody@cdema.example", CAST["outsider"].email, "Kevin Baptiste"])
async def test_a_holder_is_somebody_in_the_incident(person: str, world: World) -> None:
    with pytest.raises(BadInput) as refusal:
        await world.do("fill-position", world.people.regis, position="Operations lead", person=person)
    assert set(refusal.value.fields) == {"person"}


async def test_officers_fill_no_position(world: World) -> None:
    with pytest.raises(NotAllowed):
        await world.do(
            "fill-position", world.people.baptiste, position="Operations lead", person=CAST["baptiste"].email
        )
