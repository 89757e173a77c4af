"""What somebody holds in an incident follows from its rooms and positions alone."""

from __future__ import annotations

from crisisroom.access.grants import OPERATOR, grant_for
from tests.support.builders import a_room, an_incident
from tests.support.people import CAST
from tests.support.world import World


async def test_an_agencys_people_are_in_the_rooms_the_agency_is_in(world: World) -> None:
    room = await a_room(world, agencies=["IMPACS", "RSS"])
    assert grant_for(world.people.joseph, world.state).rooms == {world.main.id, room.id}
    assert grant_for(world.people.baptiste, world.state).rooms == {world.main.id}
    assert grant_for(world.people.outsider, world.state).rooms == frozenset()


async def test_a_named_person_is_in_the_room_and_the_rest_of_their_agency_is_not(world: World) -> None:
    room = await a_room(world, tlp="TLP:RED", people=[CAST["joseph"].email])
    assert room.id in grant_for(world.people.joseph, world.state).rooms
    assert room.id in grant_for(world.people.noel, world.state).rooms
    assert room.id not in grant_for(world.people.daniel, world.state).rooms
    assert room.id not in grant_for(world.people.charles, world.state).rooms


async def test_coordinators_of_the_lead_agency_lead(world: World) -> None:
    assert grant_for(world.people.regis, world.state).leads
    assert not grant_for(world.people.daniel, world.state).leads
    assert not grant_for(world.people.baptiste, world.state).leads


async def test_who_opened_the_incident_leads_with_the_lead_agency(bare_world: World) -> None:
    world = bare_world
    await an_incident(world, by=world.people.daniel)
    assert grant_for(world.people.daniel, world.state).leads
    assert grant_for(world.people.regis, world.state).leads
    assert not grant_for(world.people.wilson, world.state).leads


async def test_an_administrator_leads_where_they_are_in_a_room(world: World) -> None:
    assert grant_for(world.people.thomas, world.state).leads
    assert grant_for(world.people.thomas, world.state).rooms == {world.main.id}


async def test_the_operator_at_the_command_line_reads_what_the_disk_holds_anyway(world: World) -> None:
    room = await a_room(world, tlp="TLP:RED", people=[CAST["joseph"].email])
    assert grant_for(OPERATOR, world.state).rooms == {world.main.id, room.id}


async def test_the_log_names_the_positions_somebody_holds(world: World) -> None:
    people = world.people
    await world.do("fill-position", people.regis, position="Operations lead", person=CAST["baptiste"].email)
    await world.do("fill-position", people.regis, position="Air liaison", person=CAST["baptiste"].email)
    await world.do("write-entry", people.baptiste, text="On post.")
    by = (await world.last()).by
    assert (by.person, by.agency, by.name) == (people.baptiste.id, "CDEMA", "Kevin Baptiste")
    assert by.position == "Air liaison, Operations lead"


async def test_a_room_is_told_of_no_position_that_was_filled_in_another(world: World) -> None:
    """Somebody may be in this room and not in the one where the position is known."""
    people = world.people
    room = await a_room(world, agencies=["IMPACS", "PAHO"])
    await world.do("fill-position", people.regis, position="Border liaison", person=CAST["noel"].email)
    await world.do("write-entry", people.noel, text="Among us.", room=str(room.id))
    assert (await world.last()).by.position == ""
    await world.do("write-entry", people.noel, text="To all.")
    assert (await world.last()).by.position == "Border liaison"
