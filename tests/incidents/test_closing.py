"""A closed incident can be read, not changed."""

from __future__ import annotations

import pytest

import crisisroom.features  # noqa: F401 - registers every command
from crisisroom.commanding.command import commands
from crisisroom.core.errors import IncidentClosed, NotAllowed, NotFound
from tests.contract.test_commands import IN_INCIDENTS
from tests.support.builders import a_room, a_task
from tests.support.world import World


async def test_closing_keeps_the_summary_the_moment_and_what_was_open(world: World) -> None:
    task = await a_task(world)
    world.clock.advance(hours=90)
    receipt = await world.do("close-incident", world.people.regis, summary="  No unmet request for 72 h.\n")
    assert receipt.id == world.incident.id
    assert (world.incident.closed_at, world.incident.summary) == (world.clock.now(), "No unmet request for 72 h.")
    assert world.main.closed
    assert world.row(type(task), task.id) == task


async def test_a_closed_incident_refuses_every_command(world: World) -> None:
    await world.do("close-incident", world.people.regis, summary="Over.")
    for command in IN_INCIDENTS:
        with pytest.raises(IncidentClosed) as refusal:
            await world.writer.execute(command.sample(), world.people.regis, book=world.book)
        assert refusal.value.status == 409
    assert IN_INCIDENTS
    assert set(IN_INCIDENTS) < set(commands())


async def test_closing_closes_every_room(world: World) -> None:
    room = await a_room(world)
    await world.do("close-incident", world.people.regis, summary="Over.")
    with pytest.raises(IncidentClosed):
        await world.do("write-entry", world.people.noel, text="And yet.", room=str(room.id))


async def test_to_outsiders_a_closed_incident_is_as_hidden_as_before(world: World) -> None:
    await world.do("close-incident", world.people.regis, summary="Over.")
    with pytest.raises(NotFound):
        await world.do("write-entry", world.people.outsider, text="And yet.")


async def test_only_who_leads_closes(world: World) -> None:
    for actor in (world.people.daniel, world.people.baptiste):
        with pytest.raises(NotAllowed):
            await world.do("close-incident", actor, summary="Over.")
