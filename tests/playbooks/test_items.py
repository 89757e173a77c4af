"""Checklist items."""

from __future__ import annotations

import pytest

from crisisroom.core.errors import BadInput, NotFound
from crisisroom.playbooks.models import Item, ItemState
from tests.support.builders import a_run, items_of
from tests.support.world import World


async def test_a_ticked_item_knows_who_and_when(world: World) -> None:
    run = await a_run(world)
    item = items_of(world, run)[0]
    world.clock.advance(minutes=7)
    receipt = await world.do("tick-item", world.people.joseph, item=str(item.id))
    done = world.row(Item, item.id)
    assert (receipt.id, receipt.room) == (item.id, run.room)
    assert (done.state, done.by, done.by_name, done.by_agency) == (
        ItemState.DONE, world.people.joseph.id, "Ruth Joseph", "RSS",
    )  # fmt: skip
    assert done.at == world.clock.now()


async def test_who_ticks_second_changes_nothing_and_the_first_stays_named(world: World) -> None:
    item = items_of(world, await a_run(world))[0]
    await world.do("tick-item", world.people.joseph, item=str(item.id))
    assert (await world.do("tick-item", world.people.regis, item=str(item.id))).result == "unchanged"
    assert world.row(Item, item.id).by_name == "Ruth Joseph"


async def test_an_item_that_is_not_needed_says_why(world: World) -> None:
    item = items_of(world, await a_run(world))[0]
    with pytest.raises(BadInput) as refusal:
        await world.do("skip-item", world.people.joseph, item=str(item.id), reason=" ")
    assert set(refusal.value.fields) == {"reason"}
    await world.do("skip-item", world.people.joseph, item=str(item.id), reason="Done by the liaison")
    skipped = world.row(Item, item.id)
    assert (skipped.state, skipped.reason, skipped.by_name) == (
        ItemState.SKIPPED, "Done by the liaison", "Ruth Joseph",
    )  # fmt: skip
    again = await world.do("skip-item", world.people.regis, item=str(item.id), reason="Done by the liaison")
    assert again.result == "unchanged"


async def test_an_item_found_needed_after_all_can_be_done_at_once(world: World) -> None:
    item = items_of(world, await a_run(world))[0]
    await world.do("skip-item", world.people.joseph, item=str(item.id), reason="Done by the liaison")
    await world.do("tick-item", world.people.regis, item=str(item.id))
    assert (world.row(Item, item.id).state, world.row(Item, item.id).reason) == (ItemState.DONE, "")


async def test_an_item_opened_again_is_as_it_was_before(world: World) -> None:
    item = items_of(world, await a_run(world))[0]
    assert (await world.do("reopen-item", world.people.joseph, item=str(item.id))).result == "unchanged"
    await world.do("tick-item", world.people.joseph, item=str(item.id))
    await world.do("reopen-item", world.people.joseph, item=str(item.id))
    assert world.row(Item, item.id) == item.but(seq=world.row(Item, item.id).seq)


@pytest.mark.parametrize("command", ["tick-item", "skip-item", "reopen-item"])
async def test_there_is_an_item(command: str, world: World) -> None:
    await a_run(world)
    reason = {"reason": "x"} if command == "skip-item" else {}
    for reference in (str(world.ids.new()), "1", "track-outlook", "E-1"):
        with pytest.raises(NotFound):
            await world.do(command, world.people.joseph, item=reference, **reason)
