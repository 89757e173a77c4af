"""Activating a playbook."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crisisroom.core.errors import BadInput, NotAllowed
from crisisroom.features import References
from crisisroom.playbooks.library import Library
from crisisroom.playbooks.models import Item, Run
from crisisroom.playbooks.schema import parse_playbook
from tests.support.builders import ONSET, a_run, items_of
from tests.support.world import PLAYBOOKS, World, shipped

T0 = datetime(2026, 9, 10, 2, 30, tzinfo=UTC)


async def test_the_first_run_leads_and_brings_its_t0(world: World) -> None:
    run = await a_run(world)
    assert world.incident.leading_run == run.id
    assert (world.incident.t0, run.phase) == (T0, "monitor")
    assert world.incident.t0_label == run.anchor_labels["onset"]


async def test_a_second_run_leads_nothing_and_moves_no_t0(world: World) -> None:
    first = await a_run(world)
    second = await a_run(world, "vhf-importation", anchors={"activation": "2026-09-11T00:00:00Z"})
    assert world.incident.leading_run == first.id
    assert world.incident.t0 == T0
    assert {run.id for run in world.all(Run)} == {first.id, second.id}


async def test_one_playbook_can_run_twice_with_items_of_its_own(world: World) -> None:
    one, two = await a_run(world), await a_run(world)
    assert len({item.id for item in world.all(Item)}) == len(items_of(world, one)) + len(items_of(world, two))


async def test_activation_is_now_unless_it_is_given(world: World) -> None:
    run = await a_run(world, anchors={})
    assert run.anchors["activation"] == run.activated_at == world.clock.now()
    other = await a_run(world, anchors={"activation": "2026-09-07T00:00:00Z", "onset": ""})
    assert other.anchors["activation"] == datetime(2026, 9, 7, tzinfo=UTC)
    assert other.anchors["onset"] is None


async def test_without_its_t0_a_run_leaves_the_incidents(world: World) -> None:
    before = world.incident.t0
    await a_run(world, anchors={})
    assert world.incident.t0 == before


async def test_a_run_may_begin_in_a_later_phase(world: World) -> None:
    run = await a_run(world, phase="response")
    assert run.phase == "response"


async def test_a_run_keeps_the_version_it_began_with(world: World) -> None:
    """The library changes under it; digest, version and every item stay."""
    run = await a_run(world)
    before = items_of(world, run)
    text = (PLAYBOOKS / "hurricane.yaml").read_text(encoding="utf-8")
    newer = parse_playbook(text.replace('version: "1.0"', 'version: "2.0"'), "hurricane.yaml")
    assert newer.version == "2.0"
    world.writer.references = References(world.books, Library({"hurricane": newer}))
    later = await a_run(world)
    assert (later.version, later.digest) == ("2.0", newer.digest)
    kept = world.row(Run, run.id)
    assert (kept.version, kept.digest) == ("1.0", shipped().get("hurricane").digest)  # type: ignore[union-attr]
    assert items_of(world, kept) == before


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"playbook": "zombies"}, "playbook"),
        ({"playbook": "hurricane", "anchors": {"landfall": ONSET}}, "anchors.landfall"),
        ({"playbook": "hurricane", "anchors": {"onset": "tomorrow"}}, "anchors.onset"),
        ({"playbook": "hurricane", "anchors": {"onset": "9999-12-31T00:00:00Z"}}, "anchors.onset"),
        ({"playbook": "hurricane", "phase": "victory"}, "phase"),
        ({"playbook": "hurricane", "anchors": [ONSET]}, "anchors"),
        ({}, "playbook"),
    ],
    ids=str,
)
async def test_a_wrong_field_is_named(fields: dict, named: str, world: World) -> None:
    with pytest.raises(BadInput) as refusal:
        await world.do("activate-playbook", world.people.regis, **fields)
    assert set(refusal.value.fields) == {named}


async def test_officers_activate_nothing(world: World) -> None:
    with pytest.raises(NotAllowed):
        await world.do("activate-playbook", world.people.baptiste, playbook="hurricane")
