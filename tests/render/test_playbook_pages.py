"""Library, playbook and activation: who, by when, after what, on whose authority, before anything exists."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crisisroom.playbooks.models import Run
from crisisroom.render.activate_page import ActivateView, activate_view, read_anchor_fields, read_field_time
from crisisroom.render.playbook_pages import library_view, numbers_of, playbook_view, span_of
from tests.render.fixtures import LEADER, context, environment, parse
from tests.render.storyline import LIBRARY, REGIS, T0, Storyline, hurricane

BOOKS = LIBRARY.list()


@pytest.fixture(scope="module")
def story() -> Storyline:
    return hurricane()


@pytest.fixture
def fresh() -> Storyline:
    return Storyline()


def draw(story: Storyline, name: str, me: Any = REGIS, **more: Any) -> Any:
    return parse(environment().get_template(f"pages/{name}.html").render(context(story, me, tlp=None, **more)))


def used(story: Storyline) -> list[Any]:
    return [(story.incident, run) for run in story.snapshot.rows(Run).values()]


def activation(story: Storyline, **more: Any) -> ActivateView:
    wanted: dict[str, Any] = {"now": T0 - timedelta(hours=60), "incident": story.incident, "snapshot": story.snapshot}
    playbook = LIBRARY.get("hurricane")
    assert playbook
    return activate_view(playbook, **(wanted | more))


def test_the_library_lists_every_playbook_and_where_it_runs(story: Storyline) -> None:
    tree = draw(story, "playbooks", view=library_view(BOOKS, used(story)))
    rows = [" ".join(row.text_content().split()) for row in tree.cssselect("tbody tr")]
    assert len(rows) == len(BOOKS)
    assert any("Hurricane" in row and "In use now: Hurricane Elena" in row for row in rows)
    assert any("Never here" in row for row in rows)


def test_the_library_can_be_filtered_by_class_and_words(story: Storyline) -> None:
    assert [row.playbook.crisis_class for row in library_view(BOOKS, crisis_class="health").rows] == ["health"]
    assert [row.playbook.slug for row in library_view(BOOKS, q="nhc CDEMA").rows] == ["hurricane"]
    tree = draw(story, "playbooks", view=library_view(BOOKS, q="zebra"))
    assert "No playbook fits" in tree.text_content()


def test_choosing_for_an_incident_keeps_it_in_every_link(story: Storyline) -> None:
    tree = draw(story, "playbooks", view=library_view(BOOKS, incident=story.incident))
    links = [
        link.get("href")
        for link in tree.cssselect("main a")
        if "class=" in link.get("href") or "activate" in link.get("href")
    ]
    assert links
    assert all("incident=elena-26" in link for link in links)


@pytest.mark.parametrize("playbook", BOOKS, ids=lambda playbook: playbook.slug)
def test_a_playbook_page_has_every_item_with_its_number_and_dependencies(story: Storyline, playbook: Any) -> None:
    view = playbook_view(playbook)
    tree = draw(story, "playbook", view=view, incident_key="")
    numbers = numbers_of(playbook)
    assert len(tree.cssselect("tr[id^='item-']")) == len(playbook.items)
    for block in view.phases:
        for line in block.lines:
            assert line.after == [numbers[ref] for ref in line.item.after]
    assert all(playbook.source[0] in tree.text_content() for _ in (1,))


def test_the_span_of_a_phase_is_counted_from_its_usual_anchor() -> None:
    playbook = LIBRARY.get("hurricane")
    assert playbook
    phase = next(phase for phase in playbook.phases if phase.id == "standby")
    assert span_of(playbook, phase) == "L−48:00 to L−36:00"


def test_only_who_may_activate_sees_the_button(story: Storyline) -> None:
    view = playbook_view(BOOKS[0])
    assert draw(story, "playbook", view=view, incident_key="").cssselect(".button.first")
    assert not draw(story, "playbook", me=LEADER, view=view, incident_key="").cssselect(".button.first")


def test_the_preview_names_past_deadlines_and_items_nobody_holds(fresh: Storyline) -> None:
    fresh.do("fill-position", REGIS, position="CU duty officer", person="kevin@cdema.example")
    view = activation(fresh, given={"onset": "2026-09-10 02:30Z"})
    assert view.past == sum(row.past for row in view.rows) == 2
    assert {row.person for row in view.rows if row.position == "CU duty officer"} == {"Kevin Baptiste"}
    assert view.no_person == sum(row.position != "CU duty officer" for row in view.rows)
    assert view.missing == ["WFP"]
    tree = draw(fresh, "activate", view=view)
    text = " ".join(tree.cssselect("#preview")[0].text_content().split())
    assert "2 deadlines are already past." in text
    assert "no person" in text
    assert "T0 becomes 10 Sep 2026 02:30 UTC · Wed 9 Sep 22:30 AST" in text


def test_rows_come_by_deadline_then_what_waits_for_an_anchor_then_as_due(fresh: Storyline) -> None:
    rows = activation(fresh, given={"onset": "2026-09-10 02:30Z"}).rows
    dues = [row.due for row in rows if row.due]
    assert dues == sorted(dues)
    assert [bool(row.due) for row in rows] == sorted((bool(row.due) for row in rows), reverse=True)
    waiting = next(row for row in rows if row.offset == "C+8:00")
    assert waiting.waits_for == "All clear given by the state"
    assert waiting.due is None


def test_without_an_onset_t0_stays_and_nothing_counted_from_it_is_dated(fresh: Storyline) -> None:
    view = activation(fresh)
    assert view.t0 is None
    assert view.leads
    assert not [row for row in view.rows if row.offset.startswith("L") and row.due]
    assert "T0 stays as it is until" in draw(fresh, "activate", view=view).text_content()


def test_a_second_run_of_the_same_playbook_is_pointed_out(story: Storyline) -> None:
    view = activation(story)
    assert view.running
    assert not view.leads
    assert "runs here already" in draw(story, "activate", view=view).text_content()


def test_a_time_that_cannot_be_read_is_kept_and_named(fresh: Storyline) -> None:
    view = activation(fresh, given={"onset": "noon", "end": "9999-12-31 23:59Z"})
    tree = draw(fresh, "activate", view=view)
    field = tree.cssselect('[name="anchors.onset"]')[0]
    assert field.get("value") == "noon"
    assert field.get("aria-invalid") == "true"
    assert "Not a date and time" in tree.cssselect("#error-summary")[0].text_content()


def test_the_form_sends_what_the_command_takes_and_can_be_shown_without_script(fresh: Storyline) -> None:
    view = activation(fresh, given={"onset": "2026-09-10T02:30"}, phase="alert")
    form = draw(fresh, "activate", view=view).cssselect("main form")[0]
    assert (form.get("method"), form.get("action")) == ("post", "/i/elena-26/commands/activate-playbook")
    names = {one.get("name"): one.get("value") for one in form.iter("input")}
    assert names["playbook"] == "hurricane"
    assert names["anchors.onset"] == "2026-09-10 02:30Z"
    assert names["idempotency_key"]
    assert form.cssselect("select[name=phase] option[selected]")[0].get("value") == "alert"
    show = form.cssselect("[formmethod=get]")[0]
    assert show.get("formaction") == "/playbooks/hurricane/activate"
    assert (show.get("name"), show.get("value")) == ("incident", "elena-26")


def test_without_an_incident_the_page_only_shows_dates(fresh: Storyline) -> None:
    playbook = LIBRARY.get("hurricane")
    assert playbook
    view = activate_view(playbook, now=T0, choices=[fresh.incident])
    tree = draw(fresh, "activate", view=view)
    assert tree.cssselect("main form")[0].get("method") == "get"
    assert [option.get("value") for option in tree.cssselect("[name=incident] option")] == ["", "elena-26"]
    assert "no person" not in tree.text_content()


def test_field_times_are_utc_unless_they_name_a_zone() -> None:
    wanted = datetime(2026, 9, 10, 2, 30, tzinfo=UTC)
    for text in ("2026-09-10 02:30Z", "2026-09-10T02:30", "2026-09-10 02:30 UTC", "2026-09-09T22:30-04:00"):
        assert read_field_time(text) == wanted
    assert read_field_time(" ") is None
    assert read_anchor_fields([("anchors.onset", "x"), ("phase", "y")]) == {"onset": "x"}
