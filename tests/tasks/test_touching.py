"""Finding the task that a command speaks of: by id or number, and only in one's own rooms."""

from __future__ import annotations

import pytest

from crisisroom.core.errors import BadInput, NotFound
from crisisroom.tasks.models import Task
from tests.support.builders import a_room, a_task
from tests.support.world import World


@pytest.mark.parametrize("reference", ["E-1", "e-1", "#1", "1"])
async def test_a_task_is_found_by_its_number(reference: str, world: World) -> None:
    task = await a_task(world)
    assert (await world.do("move-task", world.people.regis, task=reference, lane="doing")).id == task.id


async def test_a_number_with_another_letter_is_another_incidents(world: World) -> None:
    await a_task(world)
    for reference in ("X-1", "x1"):
        with pytest.raises(NotFound):
            await world.do("move-task", world.people.regis, task=reference, lane="doing")
        with pytest.raises(NotFound):
            await world.do("add-task", world.people.regis, title="Another", waits_for=[reference])
    with pytest.raises(BadInput, match="for X-1: there is no such task"):
        await world.do("add-task", world.people.regis, quick="Loaders for X-1")


async def test_a_number_is_the_main_rooms_before_any_others(world: World) -> None:
    noel = world.people.noel
    room = await a_room(world)
    there = await a_task(world, "There", by=noel, room=str(room.id))
    assert (await world.do("comment-task", noel, task="E-1", text="Only one.")).room == room.id
    here = await a_task(world, "Here")
    assert (await world.do("move-task", noel, task="E-1", lane="doing")).id == here.id
    assert (await world.do("move-task", noel, task=str(there.id), lane="doing")).id == there.id


async def test_a_number_of_two_further_rooms_asks_for_the_id(world: World) -> None:
    noel = world.people.noel
    for name in ("Intelligence", "Finance"):
        await a_task(world, "There", by=noel, room=str((await a_room(world, name)).id))
    with pytest.raises(BadInput, match="Use its id") as refusal:
        await world.do("move-task", noel, task="E-1", lane="doing")
    assert set(refusal.value.fields) == {"task"}


async def test_tasks_that_wait_are_named_by_the_numbers_of_their_own_room(world: World) -> None:
    noel = world.people.noel
    here, room = await a_task(world, "Here"), await a_room(world)
    there = await a_task(world, "There", by=noel, room=str(room.id))
    quick = await world.do("add-task", noel, quick="Loaders for E-1", room=str(room.id))
    assert world.row(Task, there.id).waits_for == [quick.id]
    third = await a_task(world, "Third", by=noel, room=str(room.id))
    set_, base = {"waits_for": ["E-1"]}, {"waits_for": []}
    await world.do("edit-task", noel, task=str(third.id), set=set_, base=base)
    assert world.row(Task, third.id).waits_for == [there.id]
    assert not world.row(Task, here.id).waits_for
    for title in ("Two", "Three", "Four"):
        await a_task(world, title)
    with pytest.raises(NotFound):
        await world.do("add-task", noel, title="Fourth", room=str(room.id), waits_for=["E-4"])
