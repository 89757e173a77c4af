"""Comments: every one is kept."""

from __future__ import annotations

import pytest

from crisisroom.core.errors import BadInput, NotFound
from crisisroom.tasks.models import Comment
from tests.support.builders import a_task
from tests.support.world import World


async def test_comments_never_conflict(world: World) -> None:
    task = await a_task(world)
    for actor in (world.people.joseph, world.people.persaud, world.people.joseph):
        receipt = await world.do("comment-task", actor, task="E-1", text="Boat available\n16:45 UTC.")
    comments = sorted(world.all(Comment), key=lambda comment: comment.seq)
    assert receipt.id == comments[-1].id
    assert [comment.name for comment in comments] == ["Ruth Joseph", "Anil Persaud", "Ruth Joseph"]
    assert {(comment.task, comment.text) for comment in comments} == {(task.id, "Boat available\n16:45 UTC.")}


async def test_a_comment_says_something(world: World) -> None:
    await a_task(world)
    with pytest.raises(BadInput) as refusal:
        await world.do("comment-task", world.people.joseph, task="E-1", text=" \n ")
    assert set(refusal.value.fields) == {"text"}


async def test_there_is_a_task_to_comment_on(world: World) -> None:
    with pytest.raises(NotFound):
        await world.do("comment-task", world.people.joseph, task="E-1", text="Hello?")
