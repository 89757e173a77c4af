"""Going on to a phase of the leading run."""

from __future__ import annotations

import pytest

from crisisroom.core.errors import BadInput, NotAllowed
from crisisroom.playbooks.models import Run
from tests.support.builders import a_run, items_of
from tests.support.world import World


async def test_the_log_keeps_how_much_of_the_phase_left_behind_was_open(world: World) -> None:
    run = await a_run(world)
    items = [item for item in items_of(world, run) if item.phase == "monitor"]
    await world.do("tick-item", world.people.baptiste, item=str(items[0].id))
    receipt = await world.do("advance-phase", world.people.regis, phase="alert")
    told = (await world.last()).data.model_dump()
    assert receipt.id == run.id
    assert world.row(Run, run.id).phase == "alert"
    assert (told["was"], told["name"], told["left_open"]) == ("monitor", "Alert", len(items) - 1)


async def test_one_may_go_back(world: World) -> None:
    run = await a_run(world, phase="response")
    await world.do("advance-phase", world.people.regis, phase="impact")
    assert world.row(Run, run.id).phase == "impact"


async def test_only_the_leading_run_goes_on(world: World) -> None:
    run, other = await a_run(world), await a_run(world)
    await world.do("advance-phase", world.people.regis, phase="alert")
    assert (world.row(Run, run.id).phase, world.row(Run, other.id).phase) == ("alert", "monitor")


async def test_the_phase_it_is_in_is_left_as_it_is(world: World) -> None:
    await a_run(world)
    assert (await world.do("advance-phase", world.people.regis, phase="monitor")).result == "unchanged"


async def test_without_a_run_there_is_no_phase(world: World) -> None:
    with pytest.raises(BadInput, match="Activate one first") as refusal:
        await world.do("advance-phase", world.people.regis, phase="alert")
    assert set(refusal.value.fields) == {"phase"}


async def test_a_phase_that_the_run_does_not_have_is_refused_with_those_it_has(world: World) -> None:
    await a_run(world)
    with pytest.raises(BadInput, match="monitor, alert") as refusal:
        await world.do("advance-phase", world.people.regis, phase="victory")
    assert set(refusal.value.fields) == {"phase"}


async def test_coordinators_of_other_agencies_do_not_go_on(world: World) -> None:
    await a_run(world)
    with pytest.raises(NotAllowed):
        await world.do("advance-phase", world.people.daniel, phase="alert")
