"""Short ways to what most tests begin with."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from crisisroom.access.grants import Actor
from crisisroom.access.rooms import Room
from crisisroom.journal.models import Decision, Note
from crisisroom.playbooks.models import Item, Run
from crisisroom.tasks.models import Task
from tests.support.databases import ELENA
from tests.support.world import World

ONSET = "2026-09-10T02:30:00Z"


async def an_incident(world: World, by: Actor | None = None, **fields: Any) -> UUID:
    """Open an incident of all four core agencies; commands go to it from then on."""
    receipt = await world.do("open-incident", by or world.people.regis, **(ELENA | fields))
    world.book = receipt.book
    return receipt.book


async def a_task(world: World, title: str = "Deploy assessment team", by: Actor | None = None, **fields: Any) -> Task:
    """Add a task."""
    receipt = await world.do("add-task", by or world.people.regis, title=title, **fields)
    return world.row(Task, receipt.id)


async def a_room(
    world: World, name: str = "Intelligence", tlp: str = "TLP:AMBER", by: Actor | None = None, **fields: Any
) -> Room:
    """Open a further room; for IMPACS and RSS unless said otherwise."""
    members = fields or {"agencies": ["IMPACS", "RSS"]}
    receipt = await world.do("open-room", by or world.people.noel, name=name, tlp=tlp, **members)
    return world.row(Room, receipt.id)


async def a_run(world: World, playbook: str = "hurricane", by: Actor | None = None, **fields: Any) -> Run:
    """Activate a playbook."""
    fields = {"anchors": {"onset": ONSET} if playbook == "hurricane" else {}} | fields
    receipt = await world.do("activate-playbook", by or world.people.regis, playbook=playbook, **fields)
    return world.row(Run, receipt.id)


def items_of(world: World, run: Run) -> list[Item]:
    """A run's items in their order."""
    return sorted((item for item in world.all(Item) if item.run == run.id), key=lambda item: item.place)


async def an_entry(world: World, text: str = "Sortie 3 airborne.", by: Actor | None = None, **fields: Any) -> Note:
    """Write an entry."""
    receipt = await world.do("write-entry", by or world.people.daniel, text=text, **fields)
    return world.row(Note, receipt.id)


async def a_decision(world: World, by: Actor | None = None, **fields: Any) -> Decision:
    """Record a decision."""
    given = {"decision": "Airlift first to Roseau.", "reason": "Road cut at Layou."} | fields
    receipt = await world.do("record-decision", by or world.people.regis, **given)
    return world.row(Decision, receipt.id)
