"""Entries that people write themselves."""

from __future__ import annotations

import pytest

from crisisroom.core.errors import BadInput
from crisisroom.core.markings import Tlp
from crisisroom.journal.models import Note
from tests.support.builders import a_room, an_entry
from tests.support.world import World


async def test_an_entry_is_kept_as_typed_with_who_wrote_it(world: World) -> None:
    text = "Sortie 3 airborne 16:09 UTC.\n<b>Cloud base</b> 900 ft & falling"
    receipt = await world.do("write-entry", world.people.joseph, text=text)
    note = world.row(Note, receipt.id)
    assert (note.text, note.by, note.name, note.agency) == (text, world.people.joseph.id, "Ruth Joseph", "RSS")
    assert (note.tlp, note.room, note.at) == (Tlp.AMBER, world.main.id, world.clock.now())


async def test_an_entry_goes_to_the_room_it_is_written_for(world: World) -> None:
    room = await a_room(world)
    note = await an_entry(world, by=world.people.charles, room=str(room.id), tlp="clear")
    assert (note.room, note.tlp) == (room.id, Tlp.CLEAR)


@pytest.mark.parametrize(
    ("fields", "named"),
    [({"text": "  "}, "text"), ({"text": "x" * 10_001}, "text"), ({"text": "\x07"}, "text"), ({}, "text"),
     ({"text": "x", "tlp": "RED"}, "tlp"), ({"text": "x", "room": "all"}, "room")],
    ids=lambda value: str(value)[:30],
)  # fmt: skip
async def test_a_wrong_field_is_named(fields: dict, named: str, world: World) -> None:
    with pytest.raises(BadInput) as refusal:
        await world.do("write-entry", world.people.joseph, **fields)
    assert set(refusal.value.fields) == {named}
