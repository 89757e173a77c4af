"""Editing tasks: different fields never collide; the same field shows both values and asks."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crisisroom.core.errors import BadInput, Conflict, NotFound
from crisisroom.core.markings import Tlp
from crisisroom.tasks.models import Priority, Task
from tests.support.builders import a_room, a_task
from tests.support.people import CAST
from tests.support.world import World


async def test_every_field_can_be_edited_at_once(world: World) -> None:
    first, task = await a_task(world, "First"), await a_task(world)
    receipt = await world.do(
        "edit-task", world.people.joseph, task="E-2",
        set={
            "title": "Deploy two teams", "agency": "RSS", "assignee": CAST["joseph"].email, "position": "Air liaison",
            "priority": "high", "due": "T+14:15", "tlp": "green", "notes": "Roseau\nfirst", "waits_for": ["E-1"],
        },
        base={
            "title": "Deploy assessment team", "agency": "", "assignee": None, "position": "", "priority": "normal",
            "due": None, "tlp": "TLP:AMBER", "notes": "", "waits_for": [],
        },
    )  # fmt: skip
    edited = world.row(Task, task.id)
    assert receipt.id == task.id
    assert (edited.title, edited.agency, edited.assignee_name) == ("Deploy two teams", "RSS", "Ruth Joseph")
    assert (edited.position, edited.priority, edited.tlp) == ("Air liaison", Priority.HIGH, Tlp.GREEN)
    assert edited.due == datetime(2026, 9, 9, 4, 15, tzinfo=UTC)
    assert (edited.notes, edited.waits_for) == ("Roseau\nfirst", [first.id])


async def test_two_people_who_edit_different_fields_both_win(world: World) -> None:
    task = await a_task(world)
    await world.do("edit-task", world.people.joseph, task="E-1", set={"notes": "Road cut."}, base={"notes": ""})
    await world.do("edit-task", world.people.persaud, task="E-1", set={"priority": "high"}, base={"priority": "normal"})
    edited = world.row(Task, task.id)
    assert (edited.notes, edited.priority) == ("Road cut.", Priority.HIGH)


async def test_the_same_field_gives_both_values_back_and_saves_nothing(world: World) -> None:
    people = world.people
    task = await a_task(world)
    await world.do("fill-position", people.regis, position="Planning lead", person=CAST["joseph"].email)
    await world.do("edit-task", people.joseph, task="E-1", set={"notes": "Road cut."}, base={"notes": ""})
    with pytest.raises(Conflict) as refusal:
        await world.do(
            "edit-task", people.persaud, task="E-1", set={"notes": "Bridge down.", "priority": "high"},
            base={"notes": "", "priority": "normal"},
        )  # fmt: skip
    assert refusal.value.more() == {
        "conflict": [
            {
                "field": "notes", "base": "", "theirs": "Road cut.", "yours": "Bridge down.",
                "by": {"name": "Ruth Joseph", "agency": "RSS", "position": "Planning lead"},
            }
        ]
    }  # fmt: skip
    kept = world.row(Task, task.id)
    assert (kept.notes, kept.priority) == ("Road cut.", Priority.NORMAL)


@pytest.mark.parametrize("base", [{"assignee": ""}, {"assignee": "", "agency": "CDEMA"}], ids=str)
async def test_an_agency_changed_meanwhile_does_not_give_way_to_a_persons_unasked(base: dict, world: World) -> None:
    people = world.people
    task = await a_task(world, agency="CDEMA")
    await world.do("edit-task", people.wilson, task="E-1", set={"agency": "CARPHA"}, base={"agency": "CDEMA"})
    mine = {"assignee": CAST["joseph"].email}
    with pytest.raises(Conflict) as refusal:
        await world.do("edit-task", people.daniel, task="E-1", set=mine, base=base)
    (one,) = refusal.value.conflict
    assert (one.field, one.base, one.theirs, one.yours) == ("agency", base.get("agency"), "CARPHA", "RSS")
    assert world.row(Task, task.id).agency == "CARPHA"
    await world.do("edit-task", people.daniel, task="E-1", set=mine, base={"assignee": "", "agency": "CARPHA"})
    assert world.row(Task, task.id).agency == "RSS"


async def test_a_person_set_meanwhile_does_not_give_way_to_another_agency_unasked(world: World) -> None:
    people = world.people
    task = await a_task(world, agency="RSS")
    await world.do(
        "edit-task", people.daniel, task="E-1", set={"assignee": CAST["joseph"].email}, base={"assignee": ""}
    )
    with pytest.raises(Conflict) as refusal:
        await world.do("edit-task", people.wilson, task="E-1", set={"agency": "CARPHA"}, base={"agency": "RSS"})
    (one,) = refusal.value.conflict
    assert (one.field, one.theirs, one.yours) == ("assignee", str(people.joseph.id), None)
    assert world.row(Task, task.id).assignee == people.joseph.id


async def test_a_person_and_their_own_agency_set_by_two_people_both_win(world: World) -> None:
    people = world.people
    task = await a_task(world, agency="CDEMA")
    await world.do("edit-task", people.wilson, task="E-1", set={"agency": "RSS"}, base={"agency": "CDEMA"})
    await world.do(
        "edit-task", people.daniel, task="E-1", set={"assignee": CAST["joseph"].email},
        base={"assignee": "", "agency": "CDEMA"},
    )  # fmt: skip
    edited = world.row(Task, task.id)
    assert (edited.agency, edited.assignee) == ("RSS", people.joseph.id)


async def test_choosing_ones_own_value_is_an_edit_on_top_of_the_others(world: World) -> None:
    task = await a_task(world)
    await world.do("edit-task", world.people.joseph, task="E-1", set={"notes": "Road cut."}, base={"notes": ""})
    await world.do(
        "edit-task", world.people.persaud, task="E-1", set={"notes": "Bridge down."}, base={"notes": "Road cut."}
    )
    assert world.row(Task, task.id).notes == "Bridge down."


async def test_two_who_set_the_same_value_do_not_conflict(world: World) -> None:
    await a_task(world)
    for actor in (world.people.joseph, world.people.persaud):
        receipt = await world.do("edit-task", actor, task="E-1", set={"priority": "high"}, base={"priority": "normal"})
    assert receipt.result == "unchanged"


async def test_a_conflict_over_what_nobody_touched_yet_names_who_added_the_task(world: World) -> None:
    await a_task(world, by=world.people.daniel)
    with pytest.raises(Conflict) as refusal:
        await world.do("edit-task", world.people.regis, task="E-1", set={"notes": "x"}, base={"notes": "y"})
    assert refusal.value.conflict[0].by == {"name": "Elias Daniel", "agency": "RSS", "position": ""}


async def test_a_base_may_be_written_in_another_way(world: World) -> None:
    await a_task(world, due="T+14:15", waits_for=[], assignee=CAST["joseph"].email)
    await a_task(world, "Two")
    for set_, base in (
        ({"due": "T+15:00"}, {"due": "2026-09-09T04:15:00Z"}),
        ({"due": "T+16:00"}, {"due": "T+15:00"}),
        ({"due": ""}, {"due": "2026-09-09T02:00:00-04:00"}),
        ({"due": "+2h"}, {"due": ""}),
        ({"tlp": "green"}, {"tlp": "amber"}),
        ({"assignee": ""}, {"assignee": str(world.people.joseph.id)}),
        ({"assignee": CAST["joseph"].email}, {"assignee": ""}),
        ({"assignee": ""}, {"assignee": CAST["joseph"].email}),
        ({"agency": "CDEMA"}, {"agency": "rss"}),
        ({"notes": "Roseau\r\nfirst"}, {"notes": ""}),
        ({"notes": "Roseau"}, {"notes": "Roseau\r\nfirst"}),
    ):
        assert (await world.do("edit-task", world.people.regis, task="E-1", set=set_, base=base)).result == "applied"


async def test_a_field_without_a_base_is_refused_lest_anothers_change_be_lost(world: World) -> None:
    await a_task(world)
    with pytest.raises(BadInput) as refusal:
        await world.do(
            "edit-task", world.people.regis, task="E-1", set={"notes": "x", "title": "y"}, base={"notes": ""}
        )
    assert set(refusal.value.fields) == {"base.title"}


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"set": {}, "base": {}}, "set"),
        ({"set": {"title": ""}, "base": {"title": ""}}, "set.title"),
        ({"set": {"lane": "done"}, "base": {}}, "set.lane"),
        ({"set": {"due": "soon"}, "base": {"due": None}}, "set.due"),
        ({"set": {"priority": "urgent"}, "base": {}}, "set.priority"),
        ({"set": {"notes": "x" * 10_001}, "base": {}}, "set.notes"),
        ({"set": {"tlp": "TLP:RED"}, "base": {"tlp": "TLP:AMBER"}}, "set.tlp"),
        ({"set": {"agency": "FBI"}, "base": {"agency": ""}}, "set.agency"),
        ({"set": {"assignee": CAST["outsider"].email}, "base": {"assignee": ""}}, "set.assignee"),
        ({"set": {"notes": "x"}}, "base"),
        ({"set": "notes", "base": {}}, "set"),
    ],
    ids=lambda value: str(value)[:60],
)
async def test_a_wrong_field_is_named(fields: dict, named: str, world: World) -> None:
    await a_task(world)
    with pytest.raises(BadInput) as refusal:
        await world.do("edit-task", world.people.regis, task="E-1", **fields)
    assert set(refusal.value.fields) == {named}


async def test_another_agency_takes_the_task_from_its_person_as_when_assigning(world: World) -> None:
    task = await a_task(world, assignee=CAST["joseph"].email)
    await world.do("edit-task", world.people.regis, task="E-1", set={"agency": "CARPHA"}, base={"agency": "RSS"})
    edited = world.row(Task, task.id)
    assert (edited.agency, edited.assignee, edited.assignee_name) == ("CARPHA", None, "")


async def test_tasks_do_not_wait_for_one_another(world: World) -> None:
    one = await a_task(world, "One")
    await a_task(world, "Two", waits_for=[str(one.id)])
    await a_task(world, "Three", waits_for=["E-2"])
    for waits_for in (["E-1"], ["E-2"], ["E-3"]):
        with pytest.raises(BadInput, match="wait for one another") as refusal:
            await world.do(
                "edit-task", world.people.regis, task="E-1", set={"waits_for": waits_for}, base={"waits_for": []}
            )
        assert set(refusal.value.fields) == {"set.waits_for"}


async def test_a_task_waits_for_nothing_that_is_not_there(world: World) -> None:
    await a_task(world)
    with pytest.raises(NotFound):
        await world.do("edit-task", world.people.regis, task="E-1", set={"waits_for": ["E-9"]}, base={"waits_for": []})


async def test_the_order_of_what_a_task_waits_for_is_no_conflict(world: World) -> None:
    one, two = await a_task(world, "One"), await a_task(world, "Two")
    await a_task(world, "Three", waits_for=["E-1", "E-2"])
    receipt = await world.do(
        "edit-task", world.people.regis, task="E-3", set={"waits_for": ["E-1"]},
        base={"waits_for": [str(two.id), str(one.id)]},
    )  # fmt: skip
    assert receipt.result == "applied"


async def test_the_log_keeps_what_each_field_was(world: World) -> None:
    await a_task(world, due="2026-09-10T14:30:00Z")
    await world.do(
        "edit-task", world.people.regis, task="E-1", set={"due": "2026-09-10T17:30:00Z"},
        base={"due": "2026-09-10T14:30:00.000Z"},
    )  # fmt: skip
    assert (await world.last()).data.model_dump()["changes"] == [
        {"field": "due", "was": "2026-09-10T14:30:00.000Z", "now": "2026-09-10T17:30:00.000Z"}
    ]


@pytest.mark.parametrize(
    "base",
    [float("nan"), float("inf"), 2**60, "\ud800", {"a": [1.5, {"b": None}]}, [["x"] * 10] * 10],
    ids=lambda value: repr(value)[:20],
)
async def test_a_base_of_any_kind_is_answered(base: object, world: World) -> None:
    await a_task(world)
    with pytest.raises((BadInput, Conflict)):
        await world.do("edit-task", world.people.regis, task="E-1", set={"notes": "x"}, base={"notes": base})


async def test_a_task_is_edited_where_it_is_and_not_in_a_room_one_is_not_in(world: World) -> None:
    room = await a_room(world)
    task = await a_task(world, by=world.people.noel, room=str(room.id))
    edit = {"task": str(task.id), "set": {"notes": "x"}, "base": {"notes": ""}}
    with pytest.raises(NotFound):
        await world.do("edit-task", world.people.regis, **edit)
    assert (await world.do("edit-task", world.people.joseph, **edit)).room == room.id
