"""What was drawn before is found again, and never stands for something else."""

from __future__ import annotations

from crisisroom.access.rooms import Room
from crisisroom.render.board import board_view
from crisisroom.render.kept import Kept
from crisisroom.render.regions import Draws, draw
from crisisroom.tasks.models import Task
from tests.render.fixtures import environment, root_of, task_called
from tests.render.storyline import REGIS, Storyline, hurricane


def test_the_same_sources_are_drawn_once() -> None:
    drawn: list[int] = []
    fragments = Kept()
    for sources in ((1, "a"), (1, "a"), (2, "a"), (1, "a")):
        fragments.get("task:1", sources, lambda sources=sources: str(drawn.append(sources[0]) or sources[0]))
    assert drawn == [1, 2, 1]


def test_it_forgets_before_it_grows_without_end() -> None:
    drawn: list[str] = []
    fragments = Kept(most=2)
    for name in ("a", "b", "c", "a"):
        fragments.get(name, (), lambda name=name: str(drawn.append(name)))
    assert drawn == ["a", "b", "c", "a"]


def test_a_card_is_drawn_anew_when_anything_it_shows_changes() -> None:
    story = hurricane()
    task = task_called(story, "debris")

    def shown() -> str:
        return draw(environment(), story.snapshot, f"task:{task.id}")

    before = shown()
    story.do("comment-task", REGIS, task=str(task.id), text="On its way.")
    commented = shown()
    assert commented != before
    anchor = {"run": str(story.incident.leading_run), "anchor": "onset", "at": "2026-09-10T03:30:00Z"}
    story.do("set-anchor", REGIS, **anchor)
    assert "Due T+13:30" in root_of(shown()).text_content(), "T0 moved, the time of day did not"


def lane_of(story: Storyline, task: Task) -> str:
    """The lane in which the task stands, as the board has it."""
    rooms = frozenset(story.snapshot.rows(Room))
    view = board_view(story.snapshot, rooms, [])
    lane = story.snapshot.rows(Task)[task.id].lane
    return Draws(environment(), story.snapshot).cards(lane, view.lanes[lane], view.rooms)


def test_a_lane_is_drawn_anew_when_anything_on_its_cards_changes() -> None:
    story = hurricane()
    task = task_called(story, "debris")
    assert ", 1 comment" not in lane_of(story, task)
    assert lane_of(story, task) == lane_of(story, task)
    story.do("comment-task", REGIS, task=str(task.id), text="On its way.")
    assert ", 1 comment" in card_in(lane_of(story, task), task)
    story.do("edit-task", REGIS, task=str(task.id), set={"title": "Clear the other debris"}, base={"title": task.title})
    assert "Clear the other debris" in card_in(lane_of(story, task), task)
    story.do("set-anchor", REGIS, run=str(story.incident.leading_run), anchor="onset", at="2026-09-10T03:30:00Z")
    assert "Due T+13:30" in card_in(lane_of(story, task), task)


def test_as_many_comments_on_other_cards_are_other_cards() -> None:
    one, other = hurricane(), hurricane()
    for story in (one, other):
        story.do("add-task", REGIS, title="Sweep the runway")
        sweep, lane = str(task_called(story, "Sweep").id), task_called(story, "debris").lane
        story.do("move-task", REGIS, task=sweep, lane=lane, reason="It is under water")
    debris, beside = task_called(one, "debris"), task_called(one, "Sweep")
    one.do("comment-task", REGIS, task=str(debris.id), text="On its way.")
    other.do("comment-task", REGIS, task=str(beside.id), text="On its way.")
    assert ", 1 comment" in card_in(lane_of(one, debris), debris)
    assert ", 1 comment" in card_in(lane_of(other, debris), beside)
    assert ", 1 comment" not in card_in(lane_of(other, debris), debris)


def card_in(lane: str, task: Task) -> str:
    """One card of a lane."""
    return next(card for card in lane.split("<li ") if f'data-task="{task.id}"' in card)


def test_another_incident_with_the_same_ids_is_not_confused_with_this_one() -> None:
    one, other = hurricane(), Storyline(title="Tropical storm Felix")
    other.do("add-task", REGIS, title="Quite another task")
    for story in (one, other, one):
        for id, task in story.snapshot.rows(type(task_called(one, "debris"))).items():
            assert task.title in root_of(draw(environment(), story.snapshot, f"task:{id}")).text_content()
