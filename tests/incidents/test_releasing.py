"""Releasing: a thing is issued anew in a wider room, and its old room keeps the record that it went."""

from __future__ import annotations

import pytest

from crisisroom.access.grants import OPERATOR
from crisisroom.core.errors import BadInput, NotAllowed, NotFound
from crisisroom.core.markings import Tlp
from crisisroom.journal.models import Decision, Note
from crisisroom.people.directory import DIRECTORY
from crisisroom.tasks.models import Comment, Lane, Task
from tests.support.builders import a_decision, a_room, a_task, an_entry
from tests.support.people import CAST
from tests.support.world import World


async def test_a_released_task_has_a_new_id_and_number_in_the_target_room(world: World) -> None:
    people = world.people
    await a_task(world, "Already there")
    room = await a_room(world)
    task = await a_task(
        world, "Check charter manifests", by=people.noel, room=str(room.id), priority="high", due="T+14:15",
        notes="Three aircraft.", assignee=CAST["joseph"].email,
    )  # fmt: skip
    await world.do("comment-task", people.joseph, task=str(task.id), text="For us alone.")
    receipt = await world.do("release", people.charles, subject=str(task.id), to_room=str(world.main.id))
    there = world.row(Task, receipt.id)
    assert receipt.room == there.room == world.main.id
    assert there.id != task.id
    assert (there.number, task.number) == (2, 1)
    assert (there.title, there.priority, there.due, there.notes) == (
        task.title, task.priority, task.due, task.notes,
    )  # fmt: skip
    assert (there.assignee, there.agency, there.lane) == (people.joseph.id, "RSS", Lane.TODO)
    assert (there.lane_since, there.done_at) == (task.lane_since, None)
    assert (there.created_agency, there.tlp) == ("IMPACS", Tlp.AMBER)
    assert [comment.task for comment in world.all(Comment)] == [task.id], "comments stay behind"


async def test_the_old_room_records_that_it_went_and_where(world: World) -> None:
    room = await a_room(world)
    task = await a_task(world, by=world.people.noel, room=str(room.id))
    await world.do("release", world.people.noel, subject="E-1", to_room=str(world.main.id))
    assert world.row(Task, task.id).gone
    last = [record for record in await world.records() if record.room == room.id][-1]
    assert (last.event, last.data.model_dump()["to_room"]) == ("task.released", world.main.id)
    with pytest.raises(NotFound):
        await world.do("comment-task", world.people.noel, task=str(task.id), text="Still here?")


async def test_what_a_target_room_is_told_says_nothing_of_the_old_room(world: World) -> None:
    room = await a_room(world, name="Source protection")
    task = await a_task(world, by=world.people.noel, room=str(room.id))
    await world.do("release", world.people.noel, subject=str(task.id), to_room=str(world.main.id))
    told = [record for record in await world.records() if record.room == world.main.id][-1]
    for secret in (str(room.id), str(task.id), "Source protection"):
        assert secret not in told.envelope + told.data_text


@pytest.mark.parametrize("lane", [Lane.DOING, Lane.BLOCKED, Lane.DONE])
async def test_a_released_task_goes_on_where_it_stood(lane: Lane, world: World) -> None:
    room = await a_room(world)
    task = await a_task(world, by=world.people.noel, room=str(room.id))
    await world.do("move-task", world.people.noel, task=str(task.id), lane=lane, reason="no crew")
    stood = world.row(Task, task.id)
    world.clock.advance(minutes=5)
    receipt = await world.do("release", world.people.noel, subject=str(task.id), to_room=str(world.main.id))
    there = world.row(Task, receipt.id)
    assert (there.lane, there.reason, there.lane_since) == (lane, stood.reason, stood.lane_since)
    assert there.done_at == stood.done_at
    assert there.created_at == world.clock.now()


@pytest.mark.parametrize(
    ("own", "there"), [("TLP:AMBER+STRICT", Tlp.AMBER), ("TLP:AMBER", Tlp.AMBER), ("TLP:GREEN", Tlp.GREEN)]
)
async def test_what_is_released_keeps_its_mark_as_far_as_the_room_allows(own: str, there: Tlp, world: World) -> None:
    noel, main = world.people.noel, str(world.main.id)
    room = await a_room(world, tlp="TLP:AMBER+STRICT", agencies=["IMPACS"])
    task = await a_task(world, by=noel, room=str(room.id), tlp=own)
    note = await an_entry(world, by=noel, room=str(room.id), tlp=own)
    released = [await world.do("release", noel, subject=str(one.id), to_room=main) for one in (task, note)]
    assert world.row(Task, released[0].id).tlp is there
    assert world.row(Note, released[1].id).tlp is there


async def test_nothing_is_released_to_where_some_of_its_room_are_not(world: World) -> None:
    """They would read in their own log of a room that they are not in."""
    noel = world.people.noel
    outside = await a_room(world, people=[CAST["outsider"].email])
    other = await a_room(world, "Health", by=noel, agencies=["IMPACS", "CARPHA"])
    room = await a_room(world)
    for source, target, without in ((outside, world.main, "Ines Campos"), (room, other, "RSS")):
        for one in (
            await a_task(world, by=noel, room=str(source.id)),
            await an_entry(world, by=noel, room=str(source.id)),
            await a_decision(world, by=noel, room=str(source.id)),
        ):
            with pytest.raises(BadInput, match=f"is not wider: it is without {without}") as refusal:
                await world.do("release", noel, subject=str(one.id), to_room=str(target.id))
            assert set(refusal.value.fields) == {"to_room"}


async def test_who_can_no_longer_sign_in_holds_up_no_release(world: World) -> None:
    noel = world.people.noel
    room = await a_room(world, tlp="TLP:RED", people=[CAST["outsider"].email])
    task = await a_task(world, by=noel, room=str(room.id), assignee=CAST["outsider"].email)
    await world.do("disable-person", OPERATOR, book=DIRECTORY, email=CAST["outsider"].email)
    receipt = await world.do("release", noel, subject=str(task.id), to_room=str(world.main.id))
    there = world.row(Task, receipt.id)
    assert (there.room, there.assignee, there.assignee_name, there.agency) == (world.main.id, None, "", "")


async def test_a_released_entry_is_written_again_in_the_target_room(world: World) -> None:
    room = await a_room(world)
    note = await an_entry(world, "Cartel vessel off Grenada.", by=world.people.charles, room=str(room.id))
    receipt = await world.do("release", world.people.noel, subject=str(note.id), to_room=str(world.main.id))
    there = world.row(Note, receipt.id)
    assert (there.text, there.room, there.agency) == (note.text, world.main.id, "IMPACS")
    assert world.row(Note, note.id).gone
    assert not there.gone


async def test_a_released_decision_gets_a_number_of_the_target_room(world: World) -> None:
    await a_decision(world)
    room = await a_room(world)
    decision = await a_decision(world, by=world.people.noel, room=str(room.id), options=["Wait"])
    receipt = await world.do("release", world.people.charles, subject=str(decision.id), to_room=str(world.main.id))
    there = world.row(Decision, receipt.id)
    assert (there.number, decision.number) == (2, 1)
    assert (there.text, there.reason, there.options) == (decision.text, decision.reason, ["Wait"])
    assert world.row(Decision, decision.id).gone


async def test_only_the_agency_it_comes_from_releases(world: World) -> None:
    room = await a_room(world)
    task = await a_task(world, by=world.people.noel, room=str(room.id), agency="RSS")
    note = await an_entry(world, by=world.people.noel, room=str(room.id))
    decision = await a_decision(world, by=world.people.noel, room=str(room.id))
    for one in (task, note, decision):
        with pytest.raises(NotAllowed, match="Only IMPACS"):
            await world.do("release", world.people.daniel, subject=str(one.id), to_room=str(world.main.id))


async def test_nothing_is_released_to_a_narrower_room_or_to_where_it_is(world: World) -> None:
    room = await a_room(world, tlp="TLP:AMBER+STRICT", agencies=["IMPACS"])
    task = await a_task(world, by=world.people.noel)
    for target, said in ((room, "narrower"), (world.main, "in that room already")):
        with pytest.raises(BadInput, match=said) as refusal:
            await world.do("release", world.people.noel, subject=str(task.id), to_room=str(target.id))
        assert set(refusal.value.fields) == {"to_room"}


async def test_nothing_is_released_twice(world: World) -> None:
    room = await a_room(world)
    noel, target = world.people.noel, str(world.main.id)
    for one in (
        await a_task(world, by=noel, room=str(room.id)),
        await an_entry(world, by=noel, room=str(room.id)),
        await a_decision(world, by=noel, room=str(room.id)),
    ):
        await world.do("release", noel, subject=str(one.id), to_room=target)
        with pytest.raises(NotFound):
            await world.do("release", noel, subject=str(one.id), to_room=target)


async def test_what_is_not_there_is_not_released(world: World) -> None:
    room = await a_room(world)
    for subject in (str(world.ids.new()), "E-99", "nonsense", str(room.id)):
        with pytest.raises(NotFound):
            await world.do("release", world.people.noel, subject=subject, to_room=str(world.main.id))
    await a_task(world, by=world.people.regis)
    with pytest.raises(NotFound):
        await world.do("release", world.people.regis, subject="E-1", to_room=str(room.id))
