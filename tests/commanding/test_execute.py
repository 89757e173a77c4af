"""The one path of a change: once, in order, all or nothing, and whatever happens to who sent it."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from crisisroom.access.grants import OPERATOR, Role
from crisisroom.commanding import execute
from crisisroom.commanding.command import read_command
from crisisroom.commanding.execute import Receipt, Writer
from crisisroom.core.errors import BadInput, IncidentClosed, KeyReused, NotAllowed, NotSaved, SignedOut
from crisisroom.incidents.models import Incident
from crisisroom.log import store
from crisisroom.log.books import Books
from crisisroom.log.snapshot import Snapshot
from crisisroom.people.directory import DIRECTORY
from crisisroom.tasks.models import Task
from tests.support.builders import a_room, a_task, an_incident
from tests.support.databases import refusing_inserts
from tests.support.ids import SeededIds
from tests.support.people import CAST
from tests.support.world import World

# Once and only once


async def test_a_key_that_comes_again_gets_the_first_receipt_and_changes_nothing(world: World) -> None:
    key = world.ids.new()
    first = await world.do("add-task", world.people.regis, key=key, title="Count blankets")
    await a_task(world, "Something else")
    again = await world.do("add-task", world.people.regis, key=key, title="Count blankets")
    assert first.result == "applied"
    assert again == replace(first, result="repeated")
    assert [task.title for task in world.all(Task)] == ["Count blankets", "Something else"]


async def test_it_does_so_when_the_state_has_moved_on_and_after_the_incident_is_closed(world: World) -> None:
    key = world.ids.new()
    await a_task(world)
    first = await world.do("move-task", world.people.regis, key=key, task="E-1", lane="doing")
    await world.do("move-task", world.people.regis, task="E-1", lane="done")
    assert (await world.do("move-task", world.people.regis, key=key, task="E-1", lane="doing")).seq == first.seq
    await world.do("close-incident", world.people.regis, summary="Over.")
    again = await world.do("move-task", world.people.regis, key=key, task="E-1", lane="doing")
    assert again == replace(first, result="repeated")
    with pytest.raises(IncidentClosed):
        await world.do("move-task", world.people.regis, key=world.ids.new(), task="E-1", lane="doing")


async def test_closing_itself_can_be_repeated(world: World) -> None:
    key = world.ids.new()
    first = await world.do("close-incident", world.people.regis, key=key, summary="Over.")
    assert await world.do("close-incident", world.people.regis, key=key, summary="Over.") == replace(
        first, result="repeated"
    )


async def test_opening_an_incident_can_be_repeated(bare_world: World) -> None:
    world, key = bare_world, bare_world.ids.new()
    fields = {"title": "Hurricane Elena", "crisis_class": "disaster", "lead_agency": "CDEMA"}
    first = await world.do("open-incident", world.people.regis, key=key, **fields)
    again = await world.do("open-incident", world.people.regis, key=key, **fields)
    assert again == replace(first, result="repeated")
    async with world.database.read() as connection:
        assert len(await store.books(connection)) == 2


@pytest.mark.parametrize(
    "other",
    [
        ("add-task", {"title": "Count blankets!"}),
        ("add-task", {"title": "Count blankets", "priority": "high"}),
        ("write-entry", {"text": "Count blankets"}),
    ],
    ids=str,
)
async def test_a_key_with_another_body_is_refused(other: tuple[str, dict], world: World) -> None:
    key = world.ids.new()
    await world.do("add-task", world.people.regis, key=key, title="Count blankets")
    with pytest.raises(KeyReused) as refusal:
        await world.do(other[0], world.people.regis, key=key, **other[1])
    assert (refusal.value.status, set(refusal.value.fields)) == (422, {"Idempotency-Key"})


async def test_a_key_with_the_same_body_for_another_incident_is_refused(world: World) -> None:
    key = world.ids.new()
    await world.do("add-task", world.people.regis, key=key, title="Count blankets")
    await an_incident(world, title="Hurricane Fiona")
    with pytest.raises(KeyReused):
        await world.do("add-task", world.people.regis, key=key, title="Count blankets")


async def test_the_same_key_of_somebody_else_is_another_key(world: World) -> None:
    key = world.ids.new()
    receipts = [
        await world.do("add-task", actor, key=key, title="Count blankets")
        for actor in (world.people.regis, world.people.daniel)
    ]
    assert [receipt.result for receipt in receipts] == ["applied", "applied"]


async def test_the_same_key_twice_in_one_batch_happens_once(world: World) -> None:
    key = world.ids.new()
    receipts = await world.all_at_once(
        [world.do_unseen("add-task", world.people.regis, key=key, title="Count blankets") for _ in range(5)]
    )
    assert Counter(receipt.result for receipt in receipts) == {"applied": 1, "repeated": 4}
    assert len({(receipt.room, receipt.seq, receipt.id) for receipt in receipts}) == 1
    assert len(world.all(Task)) == 1


async def test_the_same_key_with_two_bodies_in_one_batch_happens_once(world: World) -> None:
    key = world.ids.new()
    one, other = await world.all_at_once(
        [world.do_unseen("add-task", world.people.regis, key=key, title=title) for title in ("One", "Two")]
    )
    assert one.result == "applied"
    assert isinstance(other, KeyReused)


async def test_opening_twice_with_one_key_in_one_batch_opens_one_incident(bare_world: World) -> None:
    world, key = bare_world, bare_world.ids.new()
    fields = {"title": "Hurricane Elena", "crisis_class": "disaster", "lead_agency": "CDEMA"}
    receipts = await world.all_at_once(
        [world.do_unseen("open-incident", world.people.regis, key=key, **fields) for _ in range(3)]
    )
    assert {receipt.book for receipt in receipts} == {receipts[0].book}
    assert Counter(receipt.result for receipt in receipts) == {"applied": 1, "repeated": 2}


async def test_what_was_refused_or_changed_nothing_does_not_use_up_its_key(world: World) -> None:
    key = world.ids.new()
    await a_task(world)
    with pytest.raises(BadInput):
        await world.do("move-task", world.people.regis, key=key, task="E-1", lane="blocked")
    assert (await world.do("move-task", world.people.regis, key=key, task="E-1", lane="todo")).result == "unchanged"
    assert (await world.do("move-task", world.people.regis, key=key, task="E-1", lane="done")).result == "applied"


async def test_a_repeat_tells_nothing_to_who_may_sign_in_no_more(world: World) -> None:
    key, regis = world.ids.new(), world.people.regis
    await world.do("add-task", regis, key=key, title="Count blankets")
    await world.do("disable-person", OPERATOR, book=DIRECTORY, email=CAST["regis"].email)
    with pytest.raises(SignedOut):
        await world.do("add-task", regis, key=key, title="Count blankets")


async def test_what_counts_is_what_somebody_may_when_it_is_carried_out(world: World) -> None:
    """Whatever the page or the queue that sent it still believed of its sender."""
    claimed = replace(world.people.grant, role=Role.COORDINATOR)
    with pytest.raises(NotAllowed):
        await world.do("add-task", claimed, title="Count blankets")


async def test_only_the_first_entry_of_a_command_carries_its_key(world: World) -> None:
    await a_task(world)
    key = world.ids.new()
    await world.do("add-task", world.people.regis, key=key, title="Loaders", holds_up=["E-1"])
    assert [record.key for record in (await world.records())[-2:]] == [key, None]


async def test_the_operator_has_no_keys(world: World) -> None:
    key = world.ids.new()
    for _ in range(2):
        assert (await world.do("write-entry", OPERATOR, key=key, text="By hand.")).result == "applied"


# Many at once


async def test_two_hundred_at_once_stand_in_one_dense_order(world: World) -> None:
    room = await a_room(world)
    calls = []
    for number in range(200):
        actor, place = (world.people.regis, None) if number % 2 else (world.people.noel, str(room.id))
        calls.append(world.do_unseen("add-task", actor, title=f"Task {number}", room=place, key=world.ids.new()))
    receipts = await world.all_at_once(calls)
    assert {receipt.result for receipt in receipts} == {"applied"}
    snapshot = await world.writer.verify(world.incident.id)
    records = await world.records()
    assert [record.position for record in records] == list(range(1, len(records) + 1))
    for place in (world.main.id, room.id):
        seqs = [record.seq for record in records if record.room == place]
        assert seqs == list(range(1, len(seqs) + 1))
        numbers = [task.number for task in snapshot.rows(Task).values() if task.room == place]
        assert sorted(numbers) == list(range(1, 101))
    assert [receipt.seq for receipt in receipts if receipt.room == room.id] == list(range(2, 102))


async def test_who_edits_one_field_at_the_same_moment_wins_or_is_asked(world: World) -> None:
    await a_task(world)
    people = world.people
    outcomes = await world.all_at_once(
        [
            world.do_unseen("edit-task", actor, task="E-1", set={"notes": actor.name}, base={"notes": ""})
            for actor in (people.regis, people.daniel, people.wilson, people.noel)
        ]
    )
    assert Counter(getattr(one, "result", None) or type(one).__name__ for one in outcomes) == {
        "applied": 1, "Conflict": 3,
    }  # fmt: skip
    assert world.all(Task)[0].notes == "Maya Regis"


async def test_commands_for_many_incidents_share_a_batch(world: World) -> None:
    books = [world.book, *[await an_incident(world, title=f"Hurricane {name}") for name in ("Fiona", "Gert", "Hanna")]]
    calls = [world.do_unseen("add-task", world.people.regis, book=book, title="x") for book in books * 20]
    receipts = await world.all_at_once(calls)
    assert Counter(receipt.book for receipt in receipts) == dict.fromkeys(books, 20)
    for book in books:
        assert book is not None
        await world.writer.verify(book)


async def test_a_refusal_is_its_senders_alone(world: World) -> None:
    outcomes = await world.all_at_once(
        [
            world.do_unseen("add-task", world.people.regis, title="One"),
            world.do_unseen("add-task", world.people.outsider, title="Two"),
            world.do_unseen("add-task", world.people.grant, title="Three"),
            world.do_unseen("move-task", world.people.regis, task="E-9", lane="done"),
            world.do_unseen("add-task", world.people.regis, title="Five"),
            world.do_unseen("move-task", world.people.regis, task="E-2", lane="done"),
        ]
    )
    assert [getattr(one, "result", type(one).__name__) for one in outcomes] == [
        "applied", "NotFound", "NotAllowed", "NotFound", "applied", "applied",
    ]  # fmt: skip
    await world.writer.verify(world.incident.id)


async def test_two_processes_share_one_order(world: World) -> None:
    """A second writer with a memory of its own, on the same database."""
    other = Writer(world.database, Books(), world.clock, SeededIds(77), world.writer.references)
    assert world.book is not None
    async with other.running():
        command = read_command("add-task", {"title": "Count blankets"})
        outcomes = await asyncio.gather(
            *(
                send(command, world.people.regis, book=world.book)
                for _ in range(25)
                for send in (world.writer.execute_unseen, other.execute)
            )
        )
    assert len({outcome.seq for outcome in outcomes}) == 50
    await world.writer.verify(world.book)
    async with world.database.read() as connection:
        theirs = await other.books.fresh(connection, world.book)
        assert theirs.heads == (await Snapshot.load(connection, world.book)).heads


# Trouble


async def test_the_command_of_a_sender_that_went_away_still_happens(world: World) -> None:
    key = world.ids.new()
    sending = asyncio.create_task(world.do_unseen("add-task", world.people.regis, key=key, title="Count blankets"))
    await asyncio.sleep(0)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    again = await world.do_unseen("add-task", world.people.regis, key=key, title="Count blankets")
    assert again.result == "repeated"
    assert [task.title for task in world.all(Task)] == ["Count blankets"]
    await world.writer.verify(world.incident.id)


async def test_a_clock_that_goes_back_does_not_put_entries_out_of_order(world: World) -> None:
    before = world.clock.now()
    await a_task(world, "One")
    world.clock.advance(hours=-2)
    await a_task(world, "Two")
    world.clock.advance(days=3650)
    await a_task(world, "Three")
    world.clock.set(before + timedelta(minutes=1))
    await a_task(world, "Four")
    times = [record.at for record in await world.records()]
    assert times == sorted(times)
    assert times[-3] == before


async def test_what_was_taken_in_is_finished_before_the_writer_stops(world: World) -> None:
    writer = Writer(world.database, Books(), world.clock, SeededIds(77), world.writer.references)
    command = read_command("add-task", {"title": "Count blankets"})
    async with writer.running():
        sending = [
            asyncio.create_task(writer.execute(command, world.people.regis, book=world.book)) for _ in range(100)
        ]
        await asyncio.sleep(0)
    assert all(one.done() and one.result().result == "applied" for one in sending)


async def test_one_command_that_the_database_refuses_takes_no_other_with_it(world: World) -> None:
    key = world.ids.new()
    async with refusing_inserts(world.database, "task", "NEW.title = 'Poison'"):
        outcomes = await world.all_at_once(
            [
                world.do_unseen("add-task", world.people.regis, title="One"),
                world.do_unseen("add-task", world.people.regis, key=key, title="Poison"),
                world.do_unseen("add-task", world.people.regis, title="Three"),
            ]
        )
    assert [getattr(one, "result", type(one).__name__) for one in outcomes] == ["applied", "NotSaved", "applied"]
    assert outcomes[1].more() == {"saved": False}
    await world.writer.verify(world.incident.id)
    assert (await world.do("add-task", world.people.regis, key=key, title="Poison")).result == "applied"


async def test_a_failure_nobody_foresaw_is_its_senders_alone(world: World) -> None:
    def broken() -> Any:
        raise RuntimeError("a reference work is missing")

    references, world.writer.references = world.writer.references, broken
    with pytest.raises(RuntimeError):
        await a_task(world)
    world.writer.references = references
    await a_task(world)


@pytest.mark.parametrize("nonsense", ["{", "[" * 100_000 + "]" * 100_000])
async def test_an_incident_whose_tables_were_damaged_stops_no_other(nonsense: str, world: World) -> None:
    """Its state cannot be read, which is for verification to say; the writer goes on with all other incidents."""
    damaged, world.damaged = world.book, True
    await an_incident(world, title="Hurricane Fiona")
    assert damaged is not None
    async with world.database.write() as connection:
        await connection.execute(
            text("UPDATE room SET agencies = :nonsense WHERE book = :book"),
            {"nonsense": nonsense, "book": damaged.hex},
        )
        await connection.commit()
    world.books.forget(damaged)
    outcomes = await world.all_at_once(
        [
            world.do_unseen("add-task", world.people.regis, book=book, title="Count blankets")
            for book in (damaged, world.book, damaged, world.book)
        ]
    )
    assert [isinstance(one, Receipt) for one in outcomes] == [False, True, False, True]
    await a_task(world, "And it goes on")


async def test_when_too_much_waits_the_sender_is_told_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execute, "WAITING", 2)
    writer = Writer(world.database, Books(), world.clock, SeededIds(77), world.writer.references)
    command = read_command("add-task", {"title": "Count blankets"})
    sending = [asyncio.create_task(writer.execute(command, world.people.regis, book=world.book)) for _ in range(3)]
    await asyncio.sleep(0)
    assert isinstance(sending[2].exception(), NotSaved)
    async with writer.running():
        assert [receipt.result for receipt in await asyncio.gather(*sending[:2])] == ["applied", "applied"]


async def test_listeners_hear_of_what_is_durable_and_one_that_fails_costs_no_receipt(world: World) -> None:
    heard: list[tuple[Any, list[int]]] = []
    world.writer.committed.append(lambda book, records: heard.append((book, [one.position for one in records])))
    start = world.state.position
    await a_task(world, "One")
    await a_task(world, "Two", holds_up=["E-1"])
    assert heard == [(world.book, [start + 1]), (world.book, [start + 2, start + 3])]

    def fail(book: Any, records: Any) -> None:
        raise RuntimeError("nobody listens")

    world.writer.committed.append(fail)
    assert (await world.do("add-task", world.people.regis, title="Three")).result == "applied"
    await a_task(world, "Four")


async def test_an_incident_is_opened_in_full_or_not_at_all(bare_world: World) -> None:
    world = bare_world
    async with refusing_inserts(world.database, "room"):
        with pytest.raises(NotSaved):
            await an_incident(world)
    async with world.database.read() as connection:
        assert len(await store.books(connection)) == 1
        assert not (await connection.execute(text("SELECT * FROM incident"))).all()
    await an_incident(world)
    assert [incident.key for incident in world.all(Incident)] == ["elena-26"]
