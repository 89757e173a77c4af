"""Every playbook that is shipped can be activated in full."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crisisroom.playbooks.models import ItemState
from crisisroom.playbooks.schema import Playbook
from tests.support.builders import a_run, items_of
from tests.support.world import World, shipped

T0 = datetime(2026, 9, 10, 2, 30, tzinfo=UTC)

every_playbook = pytest.mark.parametrize("playbook", shipped().list(), ids=lambda playbook: playbook.slug)


@every_playbook
async def test_a_playbook_activates_in_full(playbook: Playbook, world: World) -> None:
    anchors = dict.fromkeys(playbook.all_anchors, "2026-09-10T02:30:00Z")
    run = await a_run(world, playbook.slug, anchors=anchors)
    items = items_of(world, run)
    assert [item.ref for item in items] == [item.id for item in playbook.items]
    assert [phase["id"] for phase in run.phases] == [phase.id for phase in playbook.phases]
    assert (run.version, run.digest, run.phase) == (playbook.version, playbook.digest, playbook.phases[0].id)
    refs = {item.id: item.ref for item in items}
    for item, meant in zip(items, playbook.items, strict=True):
        assert item.state is ItemState.OPEN
        assert item.due == (T0 + meant.due.span if meant.due else None)
        assert tuple(refs[id] for id in item.depends) == meant.after
        assert item.decision == meant.decision


@every_playbook
async def test_without_a_known_time_only_what_counts_from_activation_is_dated(playbook: Playbook, world: World) -> None:
    run = await a_run(world, playbook.slug, anchors={})
    for item in items_of(world, run):
        assert (item.due is not None) == (item.anchor == "activation")
