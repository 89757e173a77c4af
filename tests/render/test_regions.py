"""Live regions: one root with the right id, the same bytes for everybody, nothing from outside their room."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from crisisroom.access.rooms import Room
from crisisroom.playbooks.models import Item, Run
from crisisroom.render.filters import form_key
from crisisroom.render.log_lines import draw_entry, sentence
from crisisroom.render.regions import Draws, draw
from crisisroom.tasks.models import Comment, Task
from tests.render.fixtures import LEADER, board_page, environment, root_of, task_called
from tests.render.storyline import BAPTISTE, DANIEL, REGIS, WILSON, Storyline, hurricane


@pytest.fixture(scope="module")
def story() -> Storyline:
    return hurricane()


def regions(story: Storyline) -> list[str]:
    rows = story.snapshot.rows
    return [
        "header",
        *(f"run:{id}" for id in rows(Run)),
        *(f"item:{id}" for id in rows(Item)),
        *(f"task:{id}" for id in rows(Task)),
    ]


def test_each_region_is_one_element_with_its_id(story: Storyline) -> None:
    for region in regions(story):
        assert root_of(draw(environment(), story.snapshot, region)).get("id") == region.replace(":", "-")


def test_each_entry_is_one_element_with_its_id(story: Storyline) -> None:
    for record in story.records:
        root = root_of(draw_entry(environment(), story.snapshot, record))
        assert root.get("id") == f"entry-{record.room}-{record.seq}"
        assert root.get("data-seq") == str(record.seq)
        assert root.get("data-room") == str(record.room)


def test_drawn_twice_they_are_the_same(story: Storyline) -> None:
    one, other = Draws(environment(), story.snapshot), Draws(environment(), story.snapshot)
    assert [one(region) for region in regions(story)] == [other(region) for region in regions(story)]


@pytest.mark.parametrize("viewer", [REGIS, WILSON, DANIEL, LEADER], ids=lambda actor: actor.name)
def test_everybody_gets_the_same_bytes(story: Storyline, viewer) -> None:
    page = board_page(story, viewer)
    draws = Draws(environment(), story.snapshot)
    for region in regions(story):
        if not region.startswith("run:"):
            assert draws(region) in page, region


def test_a_card_says_what_scripts_and_checks_rely_on(story: Storyline) -> None:
    task = task_called(story, "Air reconnaissance")
    card = root_of(draw(environment(), story.snapshot, f"task:{task.id}"))
    assert card.get("data-task") == str(task.id)
    assert card.get("data-number") == "E-2"
    assert card.get("data-lane") == "doing"
    assert card.get("data-into") == "#cards-doing"
    assert card.get("data-room") == str(story.main)
    assert card.get("data-assignee") == str(DANIEL.id)
    assert card.get("data-due") == "2026-09-10T17:30:00Z"
    assert card.get("aria-label") == (
        "E-2, High, Air reconnaissance, Dominica west coast, RSS, E. Daniel, due 17:30 UTC, TLP amber, 1 comment"
    )
    assert "Due T+15:00 · 17:30 UTC" in card.text_content()


def test_a_blocked_card_says_why(story: Storyline) -> None:
    task = task_called(story, "debris")
    card = root_of(draw(environment(), story.snapshot, f"task:{task.id}"))
    assert card.xpath("string(.//*[@class='reason'])") == "needs 2 loaders"
    assert "blocked: needs 2 loaders" in card.get("aria-label")


def test_a_comment_makes_the_card_newer(story: Storyline) -> None:
    comment = next(iter(story.snapshot.rows(Comment).values()))
    task = story.snapshot.rows(Task)[comment.task]
    card = root_of(draw(environment(), story.snapshot, f"task:{task.id}"))
    assert int(card.get("data-rev")) == max(task.seq, comment.seq)


def test_an_item_moves_to_the_done_ones_of_its_phase() -> None:
    story = hurricane()
    item = next(item for item in story.snapshot.rows(Item).values() if item.state == "open" and item.due)
    before = root_of(draw(environment(), story.snapshot, f"item:{item.id}"))
    assert (before.get("data-state"), before.get("data-into")) == ("open", f"#items-{item.run}-{item.phase}")
    assert before.get("data-due")
    story.do("tick-item", BAPTISTE, item=str(item.id))
    after = root_of(draw(environment(), story.snapshot, f"item:{item.id}"))
    assert (after.get("data-state"), after.get("data-into")) == ("done", f"#settled-{item.run}-{item.phase}")
    assert after.get("data-due") == ""
    assert "K. Baptiste" in after.text_content()


def test_an_item_not_needed_says_why() -> None:
    story = hurricane()
    item = next(item for item in story.snapshot.rows(Item).values() if item.state == "open")
    story.do("skip-item", REGIS, item=str(item.id), reason="no port there")
    assert "Not needed: no port there" in root_of(draw(environment(), story.snapshot, f"item:{item.id}")).text_content()


def test_a_run_is_drawn_without_items_and_keeps_those_on_the_page(story: Storyline) -> None:
    run = next(iter(story.snapshot.rows(Run)))
    root = root_of(draw(environment(), story.snapshot, f"run:{run}"))
    assert not root.xpath(".//li[@data-item]")
    phases = root.get_element_by_id(f"phases-{run}")
    assert phases.get("data-keep") is not None
    assert [phase.get("data-phase") for phase in phases.find_class("phase")] == [
        phase["id"] for phase in story.snapshot.rows(Run)[run].phases
    ]


def test_what_left_the_room_is_said_to_be_gone(story: Storyline) -> None:
    nobody = UUID(int=5)
    assert (
        draw(environment(), story.snapshot, f"task:{nobody}") == f'<template id="task-{nobody}" data-gone></template>'
    )


def test_an_unknown_region_is_an_error(story: Storyline) -> None:
    with pytest.raises(ValueError, match="no live region"):
        draw(environment(), story.snapshot, "weather")


def test_the_form_of_a_version_has_one_key(story: Storyline) -> None:
    task = task_called(story, "debris")
    assert form_key(task) == form_key(task) == form_key(task.but(title="Other words"))
    assert form_key(task) != form_key(task.but(seq=task.seq + 1))
    assert form_key(task, 1) != form_key(task)


# What is typed into the forms of live regions, besides what they send by themselves.
TYPED = {
    "move-task": {"lane": "blocked", "reason": "no crew"},
    "skip-item": {"reason": "no port there"},
    "record-decision": {"decision": "Stay.", "reason": "Road cut."},
    "set-anchor": {"at": "2026-09-11T02:30:00Z"},
}


def test_a_form_that_was_used_has_another_key_so_that_it_can_be_used_again() -> None:
    story = hurricane()
    decision = next(item for item in story.snapshot.rows(Item).values() if item.decision and item.state == "open")
    plain = next(item for item in story.snapshot.rows(Item).values() if not item.decision and item.state == "open")
    run = next(iter(story.snapshot.rows(Run)))
    task = task_called(story, "Air reconnaissance")
    used = set()
    for region in (f"item:{decision.id}", f"item:{plain.id}", f"run:{run}", f"task:{task.id}", "header"):
        for command in {form.get("action") for form in forms_of(story, region)}:
            form = next(form for form in forms_of(story, region) if form.get("action") == command)
            fields = {name: value for name, value in form.form_values() if not name.startswith("base.")}
            key = fields.pop("idempotency_key")
            name = command.rsplit("/")[-1]
            story.do(name, REGIS, **(fields | TYPED.get(name, {})))
            assert key not in [dict(one.form_values())["idempotency_key"] for one in forms_of(story, region)], name
            used.add(name)
            for item in (decision, plain):
                story.do("reopen-item", REGIS, item=str(item.id))
    assert used == {*TYPED, "tick-item", "advance-phase"}


def forms_of(story: Storyline, region: str) -> list[Any]:
    """The forms of a region as it is drawn now."""
    return root_of(draw(environment(), story.snapshot, region)).xpath(".//form")


def test_outside_the_main_room_cards_and_entries_name_their_room() -> None:
    story = hurricane()
    story.do("open-room", REGIS, name="Logistics cell", tlp="TLP:AMBER", agencies=["CDEMA", "RSS"])
    room = next(room for room in story.snapshot.rows(Room).values() if not room.main)
    story.do("add-task", REGIS, title="Quiet convoy", room=str(room.id))
    task = task_called(story, "Quiet convoy")
    card = root_of(draw(environment(), story.snapshot, f"task:{task.id}"))
    assert card.xpath("string(.//*[@class='room'])") == "Logistics cell"
    assert card.xpath(".//a/@href") == [f"/i/{story.incident.key}/t/{task.id}"], "numbers begin anew in each room"
    entry = root_of(draw_entry(environment(), story.snapshot, story.records[-1]))
    assert entry.xpath("string(.//*[@class='room'])") == "Logistics cell"
    outsider = board_page(story, WILSON)
    assert "Quiet convoy" not in outsider
    assert "Logistics cell" not in outsider


def test_sentences_are_also_plain_text(story: Storyline) -> None:
    written = next(record for record in story.records if record.event == "entry.written")
    assert sentence(environment(), story.snapshot, written) == "Noted “Sortie 3 airborne 16:09 UTC. Cloud base 900 ft.”"
