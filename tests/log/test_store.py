"""Reading entries from the tables."""

from __future__ import annotations

from crisisroom.log.store import read_naming
from tests.support.builders import a_task
from tests.support.world import World


async def test_the_history_of_one_thing_is_found_among_all_others(world: World) -> None:
    task, joseph = await a_task(world), world.people.joseph
    other = (await world.do("add-task", joseph, title="Water")).id
    for one in (task.id, other):
        await world.do("comment-task", joseph, task=str(one), text=f'{{"task":"{task.id}"}}')
    await world.do("move-task", joseph, task=str(task.id), lane="doing")
    await world.do("write-entry", joseph, text=f'"task":"{task.id}"')
    async with world.database.read() as connection:
        found = await read_naming(connection, task.room, "task", task.id)
        elsewhere = await read_naming(connection, task.id, "task", task.id)
    assert found == [one for one in await world.records() if getattr(one.data, "task", None) == task.id]
    assert [one.event for one in found] == ["task.added", "task.commented", "task.moved"]
    assert elsewhere == []
