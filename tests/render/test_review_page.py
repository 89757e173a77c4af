"""The review: any moment, drawn by the live parts; every figure leads to its log entry."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest

from crisisroom.log.snapshot import Snapshot
from crisisroom.render.review_csv import review_csv
from crisisroom.render.review_page import MAX_TICKS, ReviewView, read_moment, review_view
from tests.render.fixtures import command_forms, context, environment, parse
from tests.render.storyline import BOOK, REGIS, T0, Storyline, hurricane


@pytest.fixture(scope="module")
def story() -> Storyline:
    return hurricane()


def view_at(story: Storyline, at: datetime) -> ReviewView:
    then = Snapshot.replay(BOOK, [record for record in story.records if record.at <= at])
    return review_view(story.snapshot, then, frozenset({story.main}), story.records, at, story.now)


def page_of(story: Storyline, view: ReviewView, error: str = "") -> Any:
    page = context(story, REGIS, view=view, tab="review", replay=True, error=error)
    return parse(environment().get_template("pages/review.html").render(page))


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("T+6:00", 6),
        ("6h", 6),
        ("360", 6),
        ("-2880", -48),
        ("−2880", -48),
        ("T−24:00", -24),
        ("2026-09-10T08:30:00Z", 6),
    ],
)
def test_a_moment_is_an_instant_an_offset_or_the_sliders_minutes(story: Storyline, text: str, hours: int) -> None:
    assert read_moment(text, story.incident, story.now) == T0 + timedelta(hours=hours)


def test_a_moment_outside_the_incident_is_brought_inside(story: Storyline) -> None:
    assert read_moment("999999", story.incident, story.now) == story.now
    assert read_moment("T−900:00", story.incident, story.now) == story.incident.opened_at
    assert read_moment("", story.incident, story.now) == story.now


@pytest.mark.parametrize("text", ["noon", "2026-09-10", "²", "9" * 30, "T+6:75"])
def test_what_is_no_moment_is_refused_with_a_sentence(story: Storyline, text: str) -> None:
    with pytest.raises(ValueError, match="is no moment"):
        read_moment(text, story.incident, story.now)


def test_the_board_is_as_it_was(story: Storyline) -> None:
    tree = page_of(story, view_at(story, T0 + timedelta(hours=6)))
    lanes = {card.get("data-number"): card.get("data-lane") for card in tree.cssselect("#replay-board [data-task]")}
    assert lanes == {"E-1": "doing", "E-2": "doing", "E-3": "todo", "E-4": "todo"}
    now = page_of(story, view_at(story, story.now))
    assert now.cssselect('[data-number="E-1"]')[0].get("data-lane") == "done"
    assert tree.cssselect("#replay-board")[0].get("data-at") == "2026-09-10T08:30:00Z"
    assert "Replay, read only" in tree.text_content()


def test_every_write_control_of_the_board_is_hidden_in_a_replay(story: Storyline) -> None:
    tree = page_of(story, view_at(story, T0))
    assert tree.body.get("data-replay") is not None
    assert tree.body.get("data-live") is None
    forms = list(command_forms(tree))
    assert forms
    for form in forms:
        chain = [form, *form.iterancestors()]
        assert any(
            "writes" in (one.get("class") or "").split() or "/move-task" in (one.get("action") or "") for one in chain
        )


def test_late_work_is_listed_with_the_entry_that_shows_it(story: Storyline) -> None:
    view = view_at(story, T0)
    late = {line.what: line for line in view.late}
    first = late["E-1"]
    assert first.done_at == T0 + timedelta(hours=13.1)
    assert first.late == timedelta(hours=1.1)
    done = next(r for r in story.records if r.event == "task.moved" and getattr(r.data, "lane", "") == "done")
    assert first.href == f"/i/elena-26/log?entry={done.seq}#{done.seq}"
    assert late["E-3"].done_at is None
    assert "E-2" not in late
    assert any(line.what == "Alert" and line.agency == "CDEMA" for line in view.late)


def test_decisions_tell_who_why_and_what_else_and_lead_to_the_log(story: Storyline) -> None:
    view = view_at(story, T0 + timedelta(hours=7))
    assert [(one.number, one.later) for one in view.decisions] == [(1, False), (2, True)]
    tree = page_of(story, view)
    text = tree.cssselect(".decisions")[0].text_content()
    assert "Road cut at Layou." in text
    assert "Sea lift from Castries" in text
    seq = next(record.seq for record in story.records if record.event == "decision.recorded")
    assert tree.cssselect(".decisions a")[0].get("href") == f"/i/elena-26/log?entry={seq}#{seq}"


def test_the_bar_has_whole_hours_marks_and_a_slider_for_pages_without_script(story: Storyline) -> None:
    view = view_at(story, T0 + timedelta(hours=6))
    assert len(view.ticks) <= MAX_TICKS + 1
    assert "T0" in {tick.label for tick in view.ticks}
    assert all(0 <= mark.x <= 100 for mark in (*view.ticks, *view.missed_marks, *view.decision_marks))
    tree = page_of(story, view)
    slider = tree.cssselect("#replay-bar input[type=range]")[0]
    assert slider.get("name") == "at"
    assert int(slider.get("value")) == 360
    assert int(slider.get("min")) <= -3600
    assert tree.cssselect("#replay-bar button:not([type])")[0].text_content() == "Go"
    assert not tree.xpath("//*[@style]")


def test_steps_lead_a_quarter_of_an_hour_on_and_stop_at_both_ends(story: Storyline) -> None:
    middle = view_at(story, T0 + timedelta(hours=6))
    assert middle.earlier.endswith("?at=T%2B5:45")
    assert middle.later.endswith("?at=T%2B6:15")
    assert view_at(story, story.incident.opened_at).earlier == ""
    assert view_at(story, story.now).later == ""
    assert view_at(story, story.now - timedelta(minutes=2)).later == "/i/elena-26/review"


def test_what_could_not_be_read_is_said_on_the_page(story: Storyline) -> None:
    tree = page_of(story, view_at(story, T0), error="'noon' is no moment.")
    assert "'noon' is no moment." in tree.cssselect(".notice-danger")[0].text_content()


def test_the_board_alone_can_be_fetched(story: Storyline) -> None:
    page = context(story, REGIS, view=view_at(story, T0), replay=True, readonly=True)
    html = environment().get_template("review/_board.html").render(page)
    assert parse(html).cssselect("#replay-board #replay-title")


def test_the_table_has_decisions_and_late_items_and_no_formula(story: Storyline) -> None:
    view = view_at(story, story.now)
    hostile = replace(view, late=[replace(view.late[0], text='=HYPERLINK("http://x")')])
    lines = list(csv.DictReader(StringIO(review_csv(hostile, story.incident))))
    decisions = [line for line in lines if line["kind"] == "decision"]
    assert [line["text"] for line in decisions] == [one.text for one in view.decisions]
    assert (lines[-1]["kind"], lines[-1]["text"]) == ("late", '\'=HYPERLINK("http://x")')
    assert lines[-1]["entry"] == view.late[0].href
    early = review_csv(view_at(story, view.decisions[0].at - timedelta(seconds=1)), story.incident)
    assert "decision," not in early
