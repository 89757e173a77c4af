"""Setting an anchor time later: what is open and counts from it moves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crisisroom.core.errors import BadInput, Conflict, NotAllowed, NotFound
from crisisroom.playbooks.models import Item, Run
from tests.support.builders import a_run, items_of
from tests.support.world import World

LATER = "2026-09-10T08:30:00Z"
T0 = datetime(2026, 9, 10, 2, 30, tzinfo=UTC)


async def test_every_open_item_that_counts_from_it_moves_and_no_other(world: World) -> None:
    run = await a_run(world)
    before = {item.id: item for item in items_of(world, run)}
    await world.do("set-anchor", world.people.regis, run=str(run.id), anchor="onset", at=LATER)
    for item in items_of(world, run):
        was = before[item.id].due
        if item.anchor == "onset":
            assert was is not None
            assert item.due == was + timedelta(hours=6)
        else:
            assert item.due == was
    assert world.row(Run, run.id).anchors["onset"] == T0 + timedelta(hours=6)


async def test_the_anchor_that_is_t0_moves_the_incidents_t0(world: World) -> None:
    run = await a_run(world)
    await world.do("set-anchor", world.people.regis, run=str(run.id), anchor="onset", at=LATER)
    assert world.incident.t0 == T0 + timedelta(hours=6)


async def test_an_anchor_not_known_before_dates_its_items(world: World) -> None:
    run = await a_run(world, anchors={})
    assert all(item.due is None for item in items_of(world, run) if item.anchor == "onset")
    await world.do("set-anchor", world.people.regis, run=str(run.id), anchor="onset", at="2026-09-10T02:30:00Z")
    assert all(
        item.due == T0 + timedelta(seconds=item.seconds) for item in items_of(world, run) if item.anchor == "onset"
    )
    assert world.incident.t0 == T0


async def test_the_anchor_of_a_run_that_does_not_lead_moves_no_t0(world: World) -> None:
    await a_run(world)
    second = await a_run(world)
    await world.do("set-anchor", world.people.regis, run=str(second.id), anchor="onset", at=LATER)
    assert world.incident.t0 == T0
    await world.do("set-anchor", world.people.regis, run=str(second.id), anchor="all_clear", at=LATER)


async def test_an_item_that_is_settled_keeps_the_deadline_it_had(world: World) -> None:
    run = await a_run(world)
    item = next(item for item in items_of(world, run) if item.anchor == "onset")
    await world.do("tick-item", world.people.baptiste, item=str(item.id))
    await world.do("set-anchor", world.people.regis, run=str(run.id), anchor="onset", at=LATER)
    assert world.row(Item, item.id).due == item.due


async def test_an_item_that_is_opened_again_counts_from_the_anchor_as_it_is_now(world: World) -> None:
    run = await a_run(world)
    item = next(item for item in items_of(world, run) if item.anchor == "onset")
    assert item.due is not None
    await world.do("tick-item", world.people.baptiste, item=str(item.id))
    await world.do("set-anchor", world.people.regis, run=str(run.id), anchor="onset", at=LATER)
    await world.do("reopen-item", world.people.baptiste, item=str(item.id))
    assert world.row(Item, item.id).due == item.due + timedelta(hours=6)


async def test_a_time_can_be_taken_back(world: World) -> None:
    run = await a_run(world)
    await world.do("set-anchor", world.people.regis, run=str(run.id), anchor="all_clear", at=LATER)
    await world.do("set-anchor", world.people.regis, run=str(run.id), anchor="all_clear", at="")
    assert world.row(Run, run.id).anchors["all_clear"] is None
    assert all(item.due is None for item in items_of(world, run) if item.anchor == "all_clear")


async def test_the_same_time_again_changes_nothing(world: World) -> None:
    run = await a_run(world)
    receipt = await world.do(
        "set-anchor", world.people.regis, run=str(run.id), anchor="onset", at="2026-09-09T22:30:00-04:00"
    )
    assert (receipt.result, receipt.id) == ("unchanged", run.id)


async def test_with_a_base_a_time_set_meanwhile_is_a_conflict(world: World) -> None:
    run = await a_run(world)
    mine = {"run": str(run.id), "anchor": "onset", "at": "2026-09-10T20:30:00Z"}
    await world.do("set-anchor", world.people.regis, run=str(run.id), anchor="onset", at=LATER)
    with pytest.raises(Conflict) as refusal:
        await world.do("set-anchor", world.people.regis, **mine, base={"at": "2026-09-10T02:30:00Z"})
    (one,) = refusal.value.conflict
    assert (one.field, one.base, one.theirs, one.yours) == (
        "at", "2026-09-10T02:30:00.000Z", LATER.replace("Z", ".000Z"), "2026-09-10T20:30:00.000Z"
    )  # fmt: skip
    assert (await world.do("set-anchor", world.people.regis, **mine, base={"at": LATER})).result == "applied"


@pytest.mark.parametrize(
    ("fields", "named"),
    [({"anchor": "landfall", "at": LATER}, "anchor"), ({"anchor": "onset", "at": "soon"}, "at"),
     ({"anchor": "onset", "at": 1789000000}, "at"), ({"anchor": "activation", "at": ""}, "at"),
     ({"anchor": "onset", "at": "9999-12-31T23:59:59Z"}, "at")],
    ids=str,
)  # fmt: skip
async def test_a_wrong_field_is_named(fields: dict, named: str, world: World) -> None:
    run = await a_run(world)
    with pytest.raises(BadInput) as refusal:
        await world.do("set-anchor", world.people.regis, run=str(run.id), **fields)
    assert set(refusal.value.fields) == {named}


async def test_there_is_a_run_to_set_it_for_and_one_leads(world: World) -> None:
    run = await a_run(world)
    with pytest.raises(NotFound):
        await world.do("set-anchor", world.people.regis, run=str(world.ids.new()), anchor="onset", at=LATER)
    with pytest.raises(NotAllowed):
        await world.do("set-anchor", world.people.daniel, run=str(run.id), anchor="onset", at=LATER)
