"""Decisions, with their reason and what was not chosen."""

from __future__ import annotations

import pytest

from crisisroom.core.errors import BadInput
from crisisroom.journal.models import Decision
from tests.support.builders import a_decision, a_room, a_run, items_of
from tests.support.world import World


async def test_a_decision_is_kept_with_reason_options_and_who_took_it(world: World) -> None:
    receipt = await world.do(
        "record-decision", world.people.regis, decision="Airlift first to Roseau.", reason="Road cut at Layou.",
        options=["Wait for the road", "Sea lift from Castries"],
    )  # fmt: skip
    decision = world.row(Decision, receipt.id)
    assert (decision.text, decision.reason) == ("Airlift first to Roseau.", "Road cut at Layou.")
    assert decision.options == ["Wait for the road", "Sea lift from Castries"]
    assert (decision.name, decision.agency, decision.at) == ("Maya Regis", "CDEMA", world.clock.now())


async def test_decisions_are_numbered_within_their_room(world: World) -> None:
    room = await a_room(world)
    noel = world.people.noel
    numbers = [(await a_decision(world, by=noel, room=place)).number for place in (None, str(room.id), None)]
    assert numbers == [1, 1, 2]


async def test_a_decision_can_belong_to_a_checklist_item(world: World) -> None:
    run = await a_run(world)
    item = next(item for item in items_of(world, run) if item.decision)
    assert (await a_decision(world, item=str(item.id))).item == item.id


@pytest.mark.parametrize(
    ("fields", "named"),
    [({"decision": ""}, "decision"), ({"reason": " "}, "reason"), ({"options": ["x"] * 21}, "options"),
     ({"options": [""]}, "options.0"), ({"item": "E-1"}, "item")],
    ids=lambda value: str(value)[:30],
)  # fmt: skip
async def test_a_wrong_field_is_named(fields: dict, named: str, world: World) -> None:
    with pytest.raises(BadInput) as refusal:
        await a_decision(world, **fields)
    assert set(refusal.value.fields) == {named}
