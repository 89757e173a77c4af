"""Adding tasks, from fields or from one quick line."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crisisroom.core.errors import BadInput, NotFound
from crisisroom.core.markings import Tlp
from crisisroom.tasks.models import Lane, Priority, Task
from tests.support.builders import a_room, a_task
from tests.support.people import CAST
from tests.support.world import World


async def test_a_task_begins_in_to_do_with_what_was_given(world: World) -> None:
    people = world.people
    receipt = await world.do(
        "add-task", people.baptiste, title="  Deploy assessment team ", agency="cdema", assignee=CAST["regis"].email,
        position="Operations lead", priority="critical", due="2026-09-10T14:30:00Z", notes="Roseau\nfirst",
    )  # fmt: skip
    task = world.row(Task, receipt.id)
    assert (task.number, task.title, task.lane, task.reason) == (1, "Deploy assessment team", Lane.TODO, "")
    assert (task.agency, task.assignee, task.assignee_name) == ("CDEMA", people.regis.id, "Maya Regis")
    assert (task.position, task.priority, task.notes) == ("Operations lead", Priority.CRITICAL, "Roseau\nfirst")
    assert task.due == datetime(2026, 9, 10, 14, 30, tzinfo=UTC)
    assert (task.tlp, task.room, task.seq) == (Tlp.AMBER, world.main.id, receipt.seq)
    assert (task.created_by, task.created_agency, task.created_at) == (people.baptiste.id, "CDEMA", world.clock.now())


async def test_a_bare_task_belongs_to_nobody(world: World) -> None:
    task = await a_task(world, "Count blankets")
    assert (task.agency, task.assignee, task.position, task.due, task.priority) == ("", None, "", None, "normal")


async def test_a_person_brings_their_agency_along(world: World) -> None:
    task = await a_task(world, assignee=CAST["joseph"].email)
    assert (task.agency, task.assignee) == ("RSS", world.people.joseph.id)


async def test_a_quick_line_holds_everything(world: World) -> None:
    await a_task(world, "Clear the runway")
    receipt = await world.do(
        "add-task", world.people.regis,
        quick="Two loaders to Hewanorra runway @rss !critical due T+14:15 for E-1 #tlp:green",
    )  # fmt: skip
    task = world.row(Task, receipt.id)
    assert task.title == "Two loaders to Hewanorra runway"
    assert (task.agency, task.priority, task.tlp) == ("RSS", Priority.CRITICAL, Tlp.GREEN)
    assert task.due == datetime(2026, 9, 9, 4, 15, tzinfo=UTC)
    waiting = next(one for one in world.all(Task) if one.number == 1)
    assert waiting.waits_for == [task.id]


async def test_the_receipt_of_a_quick_line_names_the_new_task_not_the_one_it_holds_up(world: World) -> None:
    first = await a_task(world, "Clear the runway")
    receipt = await world.do("add-task", world.people.regis, quick="Loaders for E-1")
    assert receipt.id != first.id
    assert (await world.records())[-2].seq == receipt.seq


@pytest.mark.parametrize(
    "fields",
    [{}, {"title": ""}, {"title": " \t"}, {"quick": ""}, {"quick": "@CDEMA !high due T+2:00"}, {"title": None}],
    ids=str,
)
async def test_a_task_says_what_is_to_be_done(fields: dict, world: World) -> None:
    with pytest.raises(BadInput) as refusal:
        await world.do("add-task", world.people.regis, **fields)
    assert set(refusal.value.fields) == {"title"}


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"agency": "FBI"}, "agency"),
        ({"agency": "PAHO"}, "agency"),
        ({"assignee": "nobody@rss.example"}, "assignee"),
        ({"assignee": CAST["outsider"].email}, "assignee"),
        ({"priority": "urgent"}, "priority"),
        ({"due": "soon"}, "due"),
        ({"tlp": "TLP:RED"}, "tlp"),
        ({"notes": "x" * 10_001}, "notes"),
        ({"title": "x" * 201}, "title"),
        ({"title": "one\ntwo"}, "title"),
        ({"waits_for": ["E-1"] * 51}, "waits_for"),
        ({"waits_for": "E-1"}, "waits_for"),
        ({"room": "main"}, "room"),
        ({"quick": "Loaders @FBI"}, "agency"),
        ({"quick": "Loaders !urgent"}, "priority"),
        ({"quick": "Loaders !urgent " * 20}, "quick"),
    ],
    ids=lambda value: str(value)[:60],
)
async def test_a_wrong_field_is_named(fields: dict, named: str, world: World) -> None:
    given = fields if "quick" in fields else {"title": "Loaders"} | fields
    with pytest.raises(BadInput) as refusal:
        await world.do("add-task", world.people.regis, **given)
    assert set(refusal.value.fields) == {named}


@pytest.mark.parametrize(
    ("quick", "words"),
    [
        ("Loaders !urgent", "!urgent is no priority: use !critical, !high, !normal or !low."),
        ("Loaders for E-999", "for E-999: there is no such task in this room."),
        ("Loaders @XYZ", "@XYZ: there is no such agency in this room."),
        ("Loaders due yesterday", "due yesterday: write a time, as in due T+14:15, due 18:30 UTC or due +2h."),
        ("Loaders due 18:30 now", "due 18:30: write a time, as in due T+14:15, due 18:30 UTC or due +2h."),
    ],
)
async def test_a_wrong_token_of_a_quick_line_is_named_as_it_was_written(quick: str, words: str, world: World) -> None:
    with pytest.raises(BadInput) as refusal:
        await world.do("add-task", world.people.regis, quick=quick)
    assert list(refusal.value.fields.values()) == [words]


async def test_a_task_waits_for_others_of_its_room(world: World) -> None:
    first, second = await a_task(world, "One"), await a_task(world, "Two")
    task = await a_task(world, "Three", waits_for=["e-2", str(first.id), "2"])
    assert task.waits_for == [second.id, first.id]


async def test_a_task_waits_for_nothing_in_another_room(world: World) -> None:
    room = await a_room(world)
    there = await a_task(world, "There", by=world.people.noel, room=str(room.id))
    with pytest.raises(BadInput, match="own room") as refusal:
        await world.do("add-task", world.people.noel, title="Here", waits_for=[str(there.id)])
    assert set(refusal.value.fields) == {"waits_for"}
    with pytest.raises(NotFound):
        await world.do("add-task", world.people.regis, title="Here", waits_for=[str(there.id)])
    with pytest.raises(BadInput) as refusal:
        await world.do("add-task", world.people.noel, title="Here", holds_up=[str(there.id)])
    assert set(refusal.value.fields) == {"holds_up"}


async def test_a_task_waits_for_nothing_that_has_gone(world: World) -> None:
    room = await a_room(world)
    there = await a_task(world, "There", by=world.people.noel, room=str(room.id))
    await world.do("release", world.people.noel, subject=str(there.id), to_room=str(world.main.id))
    for field in ("waits_for", "holds_up"):
        with pytest.raises(NotFound):
            await world.do("add-task", world.people.noel, title="Here", room=str(room.id), **{field: [str(there.id)]})


async def test_a_new_task_closes_no_circle(world: World) -> None:
    """Held up by the new task, and waited for by it, directly or over another."""
    one = await a_task(world, "One")
    await a_task(world, "Two", waits_for=[str(one.id)])
    for waits_for, holds_up in ((["E-1"], ["E-1"]), (["E-2"], ["E-1"])):
        with pytest.raises(BadInput, match="wait for one another") as refusal:
            await world.do("add-task", world.people.regis, title="Three", waits_for=waits_for, holds_up=holds_up)
        assert set(refusal.value.fields) == {"holds_up"}
    between = await a_task(world, "Three", waits_for=["E-1"], holds_up=["E-2"])
    assert world.row(Task, between.id).waits_for == [one.id]


async def test_in_a_room_of_named_people_a_task_is_for_one_of_them(world: World) -> None:
    room = await a_room(world, tlp="TLP:RED", people=[CAST["joseph"].email])
    task = await a_task(world, by=world.people.noel, room=str(room.id), assignee=CAST["joseph"].email)
    assert (task.assignee, task.agency) == (world.people.joseph.id, "RSS")
    with pytest.raises(BadInput, match="not in this room"):
        await a_task(world, by=world.people.noel, room=str(room.id), assignee=CAST["daniel"].email)
