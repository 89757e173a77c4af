"""A book's state: loaded, advanced and replayed it is one and the same."""

from __future__ import annotations

import pytest

from crisisroom.access.rooms import Room
from crisisroom.incidents.models import Incident
from crisisroom.incidents.rooms import AgencyInvited
from crisisroom.log.rows import models, stored, table_of
from crisisroom.log.snapshot import Draft, Snapshot, differences
from crisisroom.tasks.models import Task, TaskRow
from tests.support.builders import a_task
from tests.support.samples import entry, happened
from tests.support.world import World


def sample() -> Snapshot:
    """A small state to draft on."""
    one = happened()[AgencyInvited]
    snapshot = Snapshot(one.before.book)
    for other in happened().values():
        if other.record.position <= one.before.position:
            break
    draft = Draft(one.before)
    for model in models():
        for row in draft.rows(model).values():
            snapshot.put(row)
    snapshot.heads.update(draft.heads)
    snapshot.position, snapshot.at = draft.position, draft.at
    return snapshot


def test_an_entry_that_is_not_the_next_is_refused() -> None:
    snapshot = sample()
    record = entry(snapshot, AgencyInvited.sample())
    snapshot.advance(record)
    with pytest.raises(ValueError, match="does not follow"):
        snapshot.advance(record)


def test_a_draft_leaves_its_base_as_it_is_until_it_is_merged() -> None:
    snapshot = sample()
    room = AgencyInvited.sample().subject_id
    assert room is not None
    before = (snapshot.get(Room, room), snapshot.position, dict(snapshot.heads))
    draft = Draft(snapshot)
    draft.advance(entry(draft, AgencyInvited.sample()))
    inner = Draft(draft)
    inner.advance(entry(inner, AgencyInvited.sample()))
    assert (snapshot.get(Room, room), snapshot.position, dict(snapshot.heads)) == before
    assert inner.position == draft.position + 1 == snapshot.position + 2
    inner.merge()
    draft.merge()
    assert snapshot.position == inner.position
    assert differences(snapshot, inner) == []
    assert snapshot.rows(Room)[room].agencies[-2:] == ["RSS", "RSS"]


def test_a_draft_does_not_take_back_what_its_base_has_read_from_the_log_meanwhile() -> None:
    """After the commit another reader may have brought the base further than the draft."""
    snapshot = sample()
    draft = Draft(snapshot)
    first = entry(draft, AgencyInvited.sample())
    draft.advance(first)
    snapshot.advance(first)
    snapshot.advance(entry(snapshot, AgencyInvited(invited_to=AgencyInvited.sample().subject_id, agency="PAHO")))
    further = snapshot.position
    draft.merge()
    assert snapshot.position == further
    assert "PAHO" in next(room for room in snapshot.rows(Room).values() if not room.main).agencies


async def test_two_states_are_compared_in_rows_and_heads(world: World) -> None:
    task = await a_task(world)
    async with world.database.read() as connection:
        one = await Snapshot.load(connection, world.state.book)
        other = await Snapshot.load(connection, world.state.book)
    assert differences(one, other) == []
    other.put(task.but(title="Another"))
    other.heads.clear()
    assert differences(one, other) == [("head", world.main.id), ("task", task.id)]


async def test_a_book_without_entries_is_empty(world: World) -> None:
    async with world.database.read() as connection:
        empty = await Snapshot.load(connection, world.ids.new())
    assert (empty.position, dict(empty.heads), dict(empty.rows(Incident))) == (0, {}, {})


def test_every_kind_of_row_has_one_table() -> None:
    assert len({table_of(model).name for model in models()}) == len(list(models()))
    with pytest.raises(RuntimeError, match="has a table already"):
        stored(TaskRow)
    assert table_of(Task).name == "task"
