"""Moving tasks between lanes."""

from __future__ import annotations

import pytest

from crisisroom.core.errors import BadInput, Conflict, NotFound
from crisisroom.tasks.models import Lane, Task
from tests.support.builders import a_task
from tests.support.world import World


async def test_a_task_moves_and_the_log_keeps_where_it_was(world: World) -> None:
    task = await a_task(world)
    world.clock.advance(hours=1)
    receipt = await world.do("move-task", world.people.joseph, task=" e-1 ", lane="doing")
    moved = world.row(Task, task.id)
    assert receipt.id == task.id
    assert (moved.lane, moved.lane_since, moved.done_at) == (Lane.DOING, world.clock.now(), None)
    told = (await world.last()).data.model_dump()
    assert (told["from_lane"], told["lane"]) == ("todo", "doing")


@pytest.mark.parametrize("reason", ["", "  "])
async def test_a_blocked_task_says_what_blocks_it(reason: str, world: World) -> None:
    await a_task(world)
    with pytest.raises(BadInput) as refusal:
        await world.do("move-task", world.people.joseph, task="E-1", lane="blocked", reason=reason)
    assert set(refusal.value.fields) == {"reason"}


async def test_a_reason_is_kept_only_while_blocked(world: World) -> None:
    task = await a_task(world)
    await world.do("move-task", world.people.joseph, task="E-1", lane="blocked", reason="needs 2 loaders")
    assert world.row(Task, task.id).reason == "needs 2 loaders"
    await world.do("move-task", world.people.joseph, task="E-1", lane="doing", reason="not kept")
    assert world.row(Task, task.id).reason == ""


async def test_another_reason_does_not_begin_the_block_anew(world: World) -> None:
    task = await a_task(world)
    await world.do("move-task", world.people.joseph, task="E-1", lane="blocked", reason="needs 2 loaders")
    since = world.clock.now()
    world.clock.advance(hours=1)
    await world.do("move-task", world.people.joseph, task="E-1", lane="blocked", reason="needs a crane")
    assert (world.row(Task, task.id).reason, world.row(Task, task.id).lane_since) == ("needs a crane", since)


async def test_a_done_task_knows_when_and_forgets_when_it_is_taken_up_again(world: World) -> None:
    task = await a_task(world)
    world.clock.advance(hours=1)
    await world.do("move-task", world.people.joseph, task="E-1", lane="done")
    assert world.row(Task, task.id).done_at == world.clock.now()
    await world.do("move-task", world.people.joseph, task="E-1", lane="todo")
    assert world.row(Task, task.id).done_at is None


async def test_a_task_that_stands_there_already_stays(world: World) -> None:
    task = await a_task(world)
    receipt = await world.do("move-task", world.people.joseph, task="E-1", lane="todo")
    assert (receipt.result, receipt.id, receipt.room) == ("unchanged", task.id, world.main.id)
    assert receipt.seq == world.state.head(world.main.id).seq


async def test_with_a_base_a_lane_changed_meanwhile_is_a_conflict(world: World) -> None:
    task = await a_task(world)
    await world.do("move-task", world.people.daniel, task="E-1", lane="done")
    with pytest.raises(Conflict) as refusal:
        await world.do(
            "move-task", world.people.joseph, task="E-1", lane="blocked", reason="no boat", base={"lane": "todo"}
        )
    (one,) = refusal.value.conflict
    assert (one.field, one.base, one.theirs, one.yours) == ("lane", "todo", "done", "blocked")
    assert (one.by["name"], one.by["agency"]) == ("Elias Daniel", "RSS")
    assert world.row(Task, task.id).lane is Lane.DONE


async def test_with_a_base_a_reason_given_meanwhile_is_a_conflict(world: World) -> None:
    task = await a_task(world)
    await world.do("move-task", world.people.daniel, task="E-1", lane="blocked", reason="no boat")
    mine = {"task": "E-1", "lane": "blocked", "reason": "no crew"}
    for base in ({"lane": "todo"}, {"lane": "todo", "reason": ""}, {"lane": "blocked", "reason": "no fuel"}):
        with pytest.raises(Conflict) as refusal:
            await world.do("move-task", world.people.joseph, **mine, base=base)
        (one,) = refusal.value.conflict
        assert (one.field, one.base, one.theirs, one.yours) == ("reason", base.get("reason", ""), "no boat", "no crew")
    await world.do("move-task", world.people.joseph, **mine, base={"lane": "blocked", "reason": "no boat"})
    assert world.row(Task, task.id).reason == "no crew"


async def test_two_who_want_the_same_do_not_conflict(world: World) -> None:
    await a_task(world)
    await world.do("move-task", world.people.daniel, task="E-1", lane="done")
    receipt = await world.do("move-task", world.people.joseph, task="E-1", lane="done", base={"lane": "todo"})
    assert receipt.result == "unchanged"


async def test_with_the_right_base_it_moves(world: World) -> None:
    await a_task(world)
    receipt = await world.do("move-task", world.people.joseph, task="E-1", lane="done", base={"lane": "todo"})
    assert receipt.result == "applied"


@pytest.mark.parametrize("reference", ["E-2", "", "E", "task", "0", "E-99999999999999999999"])
async def test_a_task_that_is_not_there_is_not_found(reference: str, world: World) -> None:
    await a_task(world)
    with pytest.raises((NotFound, BadInput)):
        await world.do("move-task", world.people.joseph, task=reference, lane="done")


@pytest.mark.parametrize("lane", ["", "archive", "DONE", None, 1])
async def test_there_are_four_lanes(lane: object, world: World) -> None:
    with pytest.raises(BadInput) as refusal:
        await world.do("move-task", world.people.joseph, task="E-1", lane=lane)
    assert set(refusal.value.fields) == {"lane"}
