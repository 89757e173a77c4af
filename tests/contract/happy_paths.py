"""One way in which each command succeeds. A new command gets a function here, named after it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from crisisroom.access.grants import OPERATOR
from crisisroom.commanding.execute import Receipt
from crisisroom.people.directory import DIRECTORY
from tests.support.builders import a_decision, a_room, a_run, a_task, items_of
from tests.support.people import CAST
from tests.support.world import World

Path = Callable[[World], Awaitable[Receipt]]


async def activate_playbook(world: World) -> Receipt:
    return await world.do("activate-playbook", world.people.regis, playbook="hurricane")


async def add_person(world: World) -> Receipt:
    return await world.do(
        "add-person", OPERATOR, book=DIRECTORY, email="j.alleyne@cdema.example", name="June Alleyne", agency="cdema",
        role="officer",
    )  # fmt: skip


async def add_task(world: World) -> Receipt:
    return await world.do("add-task", world.people.baptiste, title="Deploy assessment team", agency="CDEMA")


async def advance_phase(world: World) -> Receipt:
    await a_run(world)
    return await world.do("advance-phase", world.people.regis, phase="alert")


async def assign_task(world: World) -> Receipt:
    await a_task(world)
    return await world.do("assign-task", world.people.daniel, task="E-1", assignee=CAST["joseph"].email)


async def close_incident(world: World) -> Receipt:
    await a_task(world)
    await a_run(world)
    return await world.do("close-incident", world.people.regis, summary="No unmet request for 72 h.")


async def comment_task(world: World) -> Receipt:
    await a_task(world)
    return await world.do("comment-task", world.people.persaud, task="E-1", text="Boat available 16:45 UTC.")


async def disable_person(world: World) -> Receipt:
    return await world.do("disable-person", OPERATOR, book=DIRECTORY, email=CAST["charles"].email)


async def edit_task(world: World) -> Receipt:
    await a_task(world)
    return await world.do(
        "edit-task", world.people.regis, task="E-1", set={"notes": "Road cut at the river.", "due": "T+14:15"},
        base={"notes": "", "due": None},
    )  # fmt: skip


async def fill_position(world: World) -> Receipt:
    return await world.do(
        "fill-position", world.people.wilson, position="Operations lead", person=CAST["baptiste"].email
    )


async def invite_agency(world: World) -> Receipt:
    return await world.do("invite-agency", world.people.noel, agency="PAHO")


async def move_task(world: World) -> Receipt:
    await a_task(world)
    return await world.do("move-task", world.people.joseph, task="E-1", lane="blocked", reason="needs 2 loaders")


async def open_incident(world: World) -> Receipt:
    return await world.do(
        "open-incident", world.people.wilson, title="Ebola importation, Kingston", crisis_class="health",
        hazard="viral haemorrhagic fever", states=["JM"], lead_agency="CARPHA", agencies=["IMPACS"],
    )  # fmt: skip


async def open_room(world: World) -> Receipt:
    return await world.do(
        "open-room", world.people.noel, name="Intelligence", tlp="TLP:AMBER", agencies=["IMPACS", "RSS"]
    )


async def record_decision(world: World) -> Receipt:
    run = await a_run(world)
    item = next(item for item in items_of(world, run) if item.decision)
    return await world.do(
        "record-decision", world.people.regis, decision="Airlift first to Roseau.", reason="Road cut at Layou.",
        options=["Wait for the road"], item=str(item.id),
    )  # fmt: skip


async def release(world: World) -> Receipt:
    room = await a_room(world)
    await a_task(world, by=world.people.noel, room=str(room.id))
    await a_decision(world, by=world.people.noel, room=str(room.id))
    return await world.do("release", world.people.charles, subject="E-1", to_room=str(world.main.id))


async def reopen_item(world: World) -> Receipt:
    receipt = await tick_item(world)
    return await world.do("reopen-item", world.people.baptiste, item=str(receipt.id))


async def set_anchor(world: World) -> Receipt:
    run = await a_run(world)
    return await world.do(
        "set-anchor", world.people.regis, run=str(run.id), anchor="all_clear", at="2026-09-12T12:00:00Z"
    )


async def set_level(world: World) -> Receipt:
    return await world.do("set-level", world.people.regis, scheme="CDEMA", value="III")


async def skip_item(world: World) -> Receipt:
    run = await a_run(world)
    item = items_of(world, run)[1]
    return await world.do("skip-item", world.people.joseph, item=str(item.id), reason="Done by the liaison")


async def tick_item(world: World) -> Receipt:
    run = await a_run(world)
    return await world.do("tick-item", world.people.baptiste, item=str(items_of(world, run)[0].id))


async def write_entry(world: World) -> Receipt:
    return await world.do("write-entry", world.people.daniel, text="Sortie 3 airborne 16:09 UTC.")


def happy_path(command: str) -> Path | None:
    """The way for a command, if there is one."""
    return globals().get(command.replace("-", "_"))
