"""Assigning tasks."""

from __future__ import annotations

import pytest

from crisisroom.core.errors import BadInput
from crisisroom.tasks.models import Task
from tests.support.builders import a_task
from tests.support.people import CAST
from tests.support.world import World


def held(world: World, task: Task) -> tuple[str, object, str, str]:
    now = world.row(Task, task.id)
    return now.agency, now.assignee, now.assignee_name, now.position


async def test_a_person_brings_their_agency_along(world: World) -> None:
    task = await a_task(world, agency="CDEMA")
    await world.do("assign-task", world.people.regis, task="E-1", assignee=CAST["joseph"].email)
    assert held(world, task) == ("RSS", world.people.joseph.id, "Ruth Joseph", "")


async def test_another_agency_takes_the_task_from_its_person(world: World) -> None:
    task = await a_task(world, assignee=CAST["joseph"].email)
    await world.do("assign-task", world.people.regis, task="E-1", agency="CARPHA")
    assert held(world, task) == ("CARPHA", None, "", "")


async def test_the_same_agency_leaves_it_with_its_person(world: World) -> None:
    task = await a_task(world, assignee=CAST["joseph"].email)
    assert (await world.do("assign-task", world.people.regis, task="E-1", agency="rss")).result == "unchanged"
    assert held(world, task)[1] == world.people.joseph.id


async def test_a_position_alone_changes_nothing_else(world: World) -> None:
    task = await a_task(world, assignee=CAST["joseph"].email)
    await world.do("assign-task", world.people.regis, task="E-1", position="Air liaison")
    assert held(world, task) == ("RSS", world.people.joseph.id, "Ruth Joseph", "Air liaison")


async def test_an_empty_value_takes_it_away(world: World) -> None:
    task = await a_task(world, assignee=CAST["joseph"].email, position="Air liaison")
    await world.do("assign-task", world.people.regis, task="E-1", assignee="")
    assert held(world, task) == ("RSS", None, "", "Air liaison")
    await world.do("assign-task", world.people.regis, task="E-1", agency="", position="")
    assert held(world, task) == ("", None, "", "")


async def test_both_can_be_given(world: World) -> None:
    task = await a_task(world)
    await world.do("assign-task", world.people.regis, task="E-1", agency="RSS", assignee=CAST["joseph"].email)
    assert held(world, task)[:2] == ("RSS", world.people.joseph.id)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"agency": "FBI"}, "agency"),
        ({"agency": "PAHO"}, "agency"),
        ({"assignee": CAST["outsider"].email}, "assignee"),
        ({"assignee": "nobody@rss.example"}, "assignee"),
        ({}, "agency"),
    ],
    ids=str,
)
async def test_only_who_is_in_the_room_can_have_a_task(fields: dict, named: str, world: World) -> None:
    await a_task(world)
    with pytest.raises(BadInput) as refusal:
        await world.do("assign-task", world.people.regis, task="E-1", **fields)
    assert set(refusal.value.fields) == {named}
