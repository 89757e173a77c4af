"""Decisions, with their reason and what was not chosen."""

from __future__ import annotations

import pytest

from crisisroom.core.errors import BadInput, NotFound
from crisisroom.journal.models import Decision
from crisisroom.playbooks.models import Item, ItemState
from tests.support.builders import a_decision, a_room, a_run, a_task, items_of
from tests.support.people import CAST
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


async def an_asking_item(world: World) -> Item:
    """A checklist item that asks for a decision."""
    run = await a_run(world)
    return next(item for item in items_of(world, run) if item.decision)


async def test_a_decision_settles_the_item_that_asked_for_it(world: World) -> None:
    item = await an_asking_item(world)
    decision = await a_decision(world, item=str(item.id))
    now = world.row(Item, item.id)
    assert (decision.item, decision.room) == (item.id, item.room)
    assert (now.state, now.by, now.at) == (ItemState.DONE, world.people.regis.id, decision.at)
    assert [record.event for record in await world.records()][-2:] == ["decision.recorded", "item.ticked"]
    assert world.receipts[-1].id == decision.id


async def test_a_further_decision_leaves_the_item_as_it_is(world: World) -> None:
    item = await an_asking_item(world)
    await world.do("tick-item", world.people.baptiste, item=str(item.id))
    ticked = world.row(Item, item.id)
    first, second = [await a_decision(world, item=str(item.id), decision=text) for text in ("Stay.", "Go.")]
    assert (first.number, second.number) == (1, 2)
    assert world.row(Item, item.id) == ticked


async def test_a_decision_is_for_an_item_that_asks_for_one_in_its_own_room(world: World) -> None:
    item = await an_asking_item(world)
    room = await a_room(world)
    other = next(one for one in world.all(Item) if not one.decision)
    for fields in ({"item": str(other.id)}, {"item": str(item.id), "room": str(room.id)}):
        with pytest.raises(BadInput) as refusal:
            await a_decision(world, by=world.people.noel, **fields)
        assert set(refusal.value.fields) == {"item"}
    assert not world.all(Decision)


async def test_an_item_that_is_not_there_is_not_found(world: World) -> None:
    await an_asking_item(world)
    room = await a_room(world)
    task = await a_task(world)
    for id in (task.id, room.id, world.ids.new()):
        with pytest.raises(NotFound):
            await a_decision(world, item=str(id))


async def test_who_is_not_in_the_main_room_finds_no_item_there(world: World) -> None:
    item = await an_asking_item(world)
    room = await a_room(world, people=[CAST["outsider"].email])
    for fields in ({"item": str(item.id)}, {"item": str(item.id), "room": str(room.id)}):
        with pytest.raises(NotFound):
            await a_decision(world, by=world.people.outsider, **fields)


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
