"""Rooms: who is in them, what they are marked, and that they reveal nothing to anybody else."""

from __future__ import annotations

import pytest

from crisisroom.access.grants import grant_for
from crisisroom.access.rooms import Room
from crisisroom.core.errors import BadInput, NotFound
from crisisroom.core.markings import Tlp
from tests.support.builders import a_decision, a_room, a_task, an_entry
from tests.support.people import CAST
from tests.support.world import World


async def test_an_invited_agency_is_in_the_main_room_with_its_history(world: World) -> None:
    assert not grant_for(world.people.outsider, world.state).rooms
    receipt = await world.do("invite-agency", world.people.noel, agency=" paho ")
    assert (receipt.id, receipt.room) == (world.main.id, world.main.id)
    assert world.main.agencies[-1] == "PAHO"
    await world.do("write-entry", world.people.outsider, text="Here we are.")


async def test_inviting_an_agency_again_changes_nothing(world: World) -> None:
    assert (await world.do("invite-agency", world.people.regis, agency="RSS")).result == "unchanged"


async def test_only_agencies_of_the_directory_can_be_invited(world: World) -> None:
    with pytest.raises(BadInput) as refusal:
        await world.do("invite-agency", world.people.regis, agency="FBI")
    assert set(refusal.value.fields) == {"agency"}


async def test_a_room_is_opened_for_some_agencies(world: World) -> None:
    receipt = await world.do(
        "open-room", world.people.noel, name="Intelligence", tlp="amber", agencies=["RSS", "impacs", "RSS"]
    )
    room = world.row(Room, receipt.id)
    assert (receipt.id, receipt.room, receipt.seq) == (room.id, room.id, 1)
    assert (room.name, room.tlp, room.main) == ("Intelligence", Tlp.AMBER, False)
    assert (room.agencies, room.people) == (["RSS", "IMPACS"], [])
    assert room.opened_by == world.people.noel.id


async def test_who_opens_a_room_for_other_agencies_is_in_it_by_name(world: World) -> None:
    room = await a_room(world, by=world.people.regis, agencies=["IMPACS", "RSS"])
    assert room.people == [world.people.regis.id]
    assert room.id in grant_for(world.people.regis, world.state).rooms
    assert room.id not in grant_for(world.people.baptiste, world.state).rooms


async def test_a_red_room_is_for_named_people(world: World) -> None:
    room = await a_room(world, tlp="TLP:RED", people=[CAST["joseph"].email, str(world.people.wilson.id)])
    assert room.agencies == []
    assert room.people == [world.people.joseph.id, world.people.wilson.id, world.people.noel.id]


async def test_a_strict_room_is_one_agencys_own(world: World) -> None:
    room = await a_room(world, tlp="TLP:AMBER+STRICT", agencies=["IMPACS"])
    assert (room.agencies, room.people) == (["IMPACS"], [])


@pytest.mark.parametrize(
    ("tlp", "members", "named"),
    [
        ("TLP:RED", {"agencies": ["IMPACS"]}, "tlp"),
        ("TLP:RED", {"agencies": ["IMPACS"], "people": [CAST["joseph"].email]}, "tlp"),
        ("TLP:AMBER+STRICT", {"agencies": ["IMPACS", "RSS"]}, "tlp"),
        ("TLP:AMBER+STRICT", {"people": [CAST["joseph"].email]}, "tlp"),
        ("TLP:AMBER+STRICT", {"agencies": ["IMPACS"], "people": [CAST["joseph"].email]}, "tlp"),
        # The opener would be in it as well, and they are of another agency.
        ("TLP:AMBER+STRICT", {"agencies": ["RSS"]}, "tlp"),
        ("TLP:AMBER", {}, "agencies"),
        ("TLP:AMBER", {"agencies": ["FBI"]}, "agencies"),
        ("TLP:AMBER", {"people": ["nobody@rss.example"]}, "people"),
        ("PURPLE", {"agencies": ["IMPACS"]}, "tlp"),
    ],
    ids=str,
)
async def test_a_mark_that_its_members_do_not_allow_is_refused(
    tlp: str, members: dict, named: str, world: World
) -> None:
    with pytest.raises(BadInput) as refusal:
        await world.do("open-room", world.people.noel, name="Intelligence", tlp=tlp, **members)
    assert set(refusal.value.fields) == {named}


async def test_every_room_counts_its_own_numbers_and_its_own_entries(world: World) -> None:
    main = [await a_task(world, title) for title in ("One", "Two", "Three")]
    room = await a_room(world)
    there = await a_task(world, "Somewhere else", by=world.people.noel, room=str(room.id))
    decision = await a_decision(world, by=world.people.noel, room=str(room.id))
    assert [task.number for task in main] == [1, 2, 3]
    assert (there.number, decision.number) == (1, 1)
    assert (await a_task(world, "Four")).number == 4
    by_room: dict = {}
    for record in await world.records():
        by_room.setdefault(record.room, []).append(record.seq)
    assert by_room == {world.main.id: [1, 2, 3, 4, 5, 6], room.id: [1, 2, 3]}


async def test_what_happens_in_a_room_leaves_no_trace_in_another(world: World) -> None:
    """The same head, whatever the others do: no number, no hash, no count."""
    before = world.state.head(world.main.id)
    room = await a_room(world, tlp="TLP:RED", people=[CAST["joseph"].email])
    await a_task(world, by=world.people.noel, room=str(room.id))
    await an_entry(world, by=world.people.joseph, room=str(room.id))
    assert world.state.head(world.main.id) == before


async def test_to_who_is_not_in_a_room_it_and_all_in_it_does_not_exist(world: World) -> None:
    room = await a_room(world, tlp="TLP:RED", people=[CAST["joseph"].email])
    task = await a_task(world, by=world.people.noel, room=str(room.id))
    regis = world.people.regis
    for name, fields in (
        ("add-task", {"title": "x", "room": str(room.id)}),
        ("write-entry", {"text": "x", "room": str(room.id)}),
        ("record-decision", {"decision": "x", "reason": "y", "room": str(room.id)}),
        ("move-task", {"task": str(task.id), "lane": "doing"}),
        ("edit-task", {"task": str(task.id), "set": {"notes": "x"}, "base": {"notes": ""}}),
        ("assign-task", {"task": str(task.id), "agency": "CDEMA"}),
        ("comment-task", {"task": str(task.id), "text": "x"}),
        ("release", {"subject": str(task.id), "to_room": str(world.main.id)}),
        ("move-task", {"task": "E-1", "lane": "doing"}),
    ):
        with pytest.raises(NotFound) as hidden:
            await world.do(name, regis, **fields)
        with pytest.raises(NotFound) as absent:
            await world.do(name, regis, **_with_nothing(fields, world))
        assert str(hidden.value) == str(absent.value)


async def test_a_thing_takes_its_rooms_mark_or_a_wider_one(world: World) -> None:
    room = await a_room(world, tlp="TLP:AMBER")
    noel = world.people.noel
    assert (await a_task(world, by=noel, room=str(room.id))).tlp is Tlp.AMBER
    assert (await a_task(world, by=noel, room=str(room.id), tlp="green")).tlp is Tlp.GREEN
    for name, fields in (("add-task", {"title": "x"}), ("write-entry", {"text": "x"})):
        for tlp in ("TLP:AMBER+STRICT", "TLP:RED"):
            with pytest.raises(BadInput, match="stricter than this room") as refusal:
                await world.do(name, noel, room=str(room.id), tlp=tlp, **fields)
            assert set(refusal.value.fields) == {"tlp"}


def _with_nothing(fields: dict, world: World) -> dict:
    """The same with ids of nothing at all."""
    nothing = str(world.ids.new())
    return {
        name: nothing if name in ("task", "subject") or (name == "room") else value for name, value in fields.items()
    }
