"""What is late, what is empty and how long the period still is: what an officer sees first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crisisroom.playbooks.models import Item, Run
from crisisroom.render.board import BoardFilter
from crisisroom.render.period import LENGTH, period_at
from crisisroom.render.situation import situation_view
from tests.render.fixtures import LEADER, board_page, environment, parse, root_of
from tests.render.storyline import REGIS, WILSON, Storyline, hurricane


@pytest.fixture(scope="module")
def story() -> Storyline:
    return hurricane()


def late_items(story: Storyline) -> list[Item]:
    """Open items past their time when a page of the story is drawn, in the playbook's order."""
    now = story.now + timedelta(minutes=5)
    items = [one for one in story.snapshot.rows(Item).values() if one.state == "open" and one.due and one.due < now]
    return sorted(items, key=lambda one: one.place)


def test_a_phase_with_late_items_is_open_and_says_how_many(story: Storyline) -> None:
    late = late_items(story)
    assert late
    tree = parse(board_page(story, REGIS))
    for phase in {one.phase for one in late}:
        (drawn,) = tree.xpath(f"//details[@class and @data-phase='{phase}']")
        assert drawn.get("open") is not None
        count = sum(one.phase == phase for one in late)
        assert drawn.xpath("string(summary/*[@data-count='phase-late'])") == f"{count} late"
    (number,) = tree.xpath("//*[@data-count='run-late']")
    assert (number.text, number.get("href")) == (f"{len(late)} late", f"#item-{late[0].id}")


def test_the_phase_that_runs_is_marked(story: Storyline) -> None:
    run = next(iter(story.snapshot.rows(Run).values()))
    now = parse(board_page(story, REGIS)).xpath("//details[contains(concat(' ', @class, ' '), ' now ')]/@data-phase")
    assert now == [run.phase]


def test_another_phase_is_asked_about_first(story: Storyline) -> None:
    run = next(iter(story.snapshot.rows(Run).values()))
    at = [phase["id"] for phase in run.phases].index(run.phase)
    questions = parse(board_page(story, REGIS)).xpath("//details[contains(@class, 'phase-ask')]")
    assert [one.xpath(".//input[@name='phase']/@value")[0] for one in questions] == [
        run.phases[at - 1]["id"], run.phases[at + 1]["id"],
    ]  # fmt: skip
    for one in questions:
        assert f"Leave {run.phases[at]['name']}?" in one.text_content()


def test_situation_does_not_call_an_incident_punctual_whose_items_are_late(story: Storyline) -> None:
    calm = Storyline(title="Quiet drill")
    boards = [(calm.snapshot, frozenset({calm.main})), (story.snapshot, frozenset({story.main}))]
    now = story.now + timedelta(minutes=5)
    view = situation_view(boards, now)
    line = view.lines[0]
    assert (line.incident.title, line.late_items) == ("Hurricane Elena", len(late_items(story)))
    page = {"view": view, "me": WILSON, "now": now, "all_agencies": True, "here": "situation"}
    tree = parse(environment().get_template("pages/situation.html").render(page))
    row = tree.get_element_by_id("incident-elena-26").text_content()
    assert f"{line.late_items} item{'s' if line.late_items > 1 else ''} late" in row
    assert "none overdue" not in row


def test_a_filter_that_finds_nothing_says_so_and_can_be_cleared(story: Storyline) -> None:
    chosen = BoardFilter.read({"agency": "rss", "overdue": "1", "lane": "done", "mine": "1"})
    (block,) = parse(board_page(story, REGIS, chosen)).xpath("//*[@id='none-shown']")
    assert block.get("hidden") is None
    assert block.xpath("string(.//h2)") == "No tasks of yours for RSS in Done that are overdue"
    assert block.xpath(".//a/@href") == [f"/i/{story.incident.key}"]
    (block,) = parse(board_page(story, REGIS)).xpath("//*[@id='none-shown']")
    assert block.get("hidden") is not None


def test_periods_follow_one_another_from_t0() -> None:
    t0 = datetime(2026, 9, 10, 2, 30, tzinfo=UTC)
    assert period_at(t0 - timedelta(seconds=1), t0) is None
    for at, number in ((t0, 1), (t0 + LENGTH - timedelta(seconds=1), 1), (t0 + LENGTH, 2)):
        period = period_at(at, t0)
        assert period is not None
        assert (period.number, period.ends) == (number, t0 + number * LENGTH)


def test_the_header_says_when_the_period_ends(story: Storyline) -> None:
    (clock,) = parse(board_page(story, LEADER)).xpath("//*[@class='clock-period']")
    words = " ".join(clock.text_content().split())
    assert words.startswith("Period 2 ends in ")
    assert "UTC" in words


@pytest.mark.parametrize(
    ("label", "words"), [("T0", "Since T0"), ("Landfall", "Since landfall"), ("NHC 12", "Since NHC 12")]
)
def test_what_t0_is_keeps_its_capitals(label: str, words: str, story: Storyline) -> None:
    incident = story.incident.model_copy(update={"t0_label": label})
    header = environment().globals["drawing"](story.snapshot).header(incident)
    assert words in root_of(str(header)).text_content()
