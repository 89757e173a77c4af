"""Assigning tasks."""

from __future__ import annotations

import pytest

from crisisroom.core.errors import BadInput, Conflict
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


async def test_with_a_base_what_was_assigned_meanwhile_is_a_conflict(world: World) -> None:
    people = world.people
    task = await a_task(world, agency="CDEMA")
    await world.do("assign-task", people.daniel, task="E-1", agency="RSS", position="Air liaison")
    base = {"agency": "CDEMA", "assignee": None, "position": ""}
    with pytest.raises(Conflict) as refusal:
        await world.do(
            "assign-task", people.wilson, task="E-1", agency="CARPHA", assignee=CAST["persaud"].email, position="Lead",
            base=base,
        )  # fmt: skip
    assert [(one.field, one.base, one.theirs, one.yours) for one in refusal.value.conflict] == [
        ("agency", "CDEMA", "RSS", "CARPHA"), ("position", "", "Air liaison", "Lead"),
    ]  # fmt: skip
    assert {one.by["name"] for one in refusal.value.conflict} == {"Elias Daniel"}
    assert held(world, task) == ("RSS", None, "", "Air liaison")
    seen = base | {"agency": "rss", "position": "Air liaison"}
    await world.do("assign-task", people.wilson, task="E-1", agency="CARPHA", base=seen)
    assert held(world, task) == ("CARPHA", None, "", "Air liaison")


async def test_an_agency_that_somebody_else_has_set_does_not_give_way_to_a_persons_unasked(world: World) -> None:
    """Nor a person to another agency; with the base it does."""
    people, joseph = world.people, CAST["joseph"].email
    task = await a_task(world, agency="CDEMA")
    await world.do("assign-task", people.wilson, task="E-1", agency="CARPHA")
    for base in ({}, {"assignee": None}, {"agency": "CDEMA"}):
        with pytest.raises(Conflict) as refusal:
            await world.do("assign-task", people.daniel, task="E-1", assignee=joseph, base=base)
        (one,) = refusal.value.conflict
        assert (one.field, one.base, one.theirs, one.yours) == ("agency", base.get("agency"), "CARPHA", "RSS")
        assert one.by == {"name": "Sarah Wilson", "agency": "CARPHA", "position": ""}
    await world.do("assign-task", people.daniel, task="E-1", assignee=joseph, base={"agency": "CARPHA"})
    assert held(world, task)[:2] == ("RSS", people.joseph.id)
    with pytest.raises(Conflict) as refusal:
        await world.do("assign-task", people.regis, task="E-1", agency="CDEMA")
    (one,) = refusal.value.conflict
    assert (one.field, one.theirs, one.yours) == ("assignee", str(people.joseph.id), None)
    await world.do("assign-task", people.regis, task="E-1", agency="CDEMA", base={"agency": "RSS", "assignee": joseph})
    assert held(world, task)[:2] == ("CDEMA", None)


async def test_who_says_what_they_saw_overwrites_nothing_else(world: World) -> None:
    people = world.people
    task = await a_task(world)
    await world.do("assign-task", people.regis, task="E-1", agency="RSS", assignee=CAST["joseph"].email)
    back = {"agency": "", "assignee": "", "base": {"assignee": str(people.joseph.id)}}
    await world.do("assign-task", people.daniel, task="E-1", agency="RSS", position="Air liaison")
    with pytest.raises(Conflict) as refusal:
        await world.do("assign-task", people.daniel, task="E-1", **back)
    assert [one.field for one in refusal.value.conflict] == ["agency"]
    await world.do("assign-task", people.regis, task="E-1", **back)
    assert held(world, task) == ("", None, "", "Air liaison")


async def test_what_one_has_set_oneself_goes_along_unasked(world: World) -> None:
    task = await a_task(world)
    for fields in ({"agency": "CARPHA"}, {"assignee": CAST["joseph"].email}, {"agency": "CDEMA"}):
        await world.do("assign-task", world.people.regis, task="E-1", **fields)
    assert held(world, task)[:2] == ("CDEMA", None)


async def test_assigning_a_position_leaves_others_values_theirs(world: World) -> None:
    """So that the person, who was in the task from the beginning, goes along with another agency."""
    task = await a_task(world, assignee=CAST["joseph"].email)
    await world.do("assign-task", world.people.wilson, task="E-1", position="Air liaison")
    await world.do("assign-task", world.people.regis, task="E-1", agency="CDEMA")
    assert held(world, task) == ("CDEMA", None, "", "Air liaison")


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
