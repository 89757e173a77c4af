"""Sign-in, situation, keys and errors."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crisisroom.render.situation import situation_view
from tests.render.fixtures import environment, parse
from tests.render.storyline import REGIS, WILSON, Storyline, hurricane


@pytest.fixture(scope="module")
def story() -> Storyline:
    return hurricane()


def render(name: str, **context: object) -> str:
    return environment().get_template(name).render(context)


def test_sign_in_keeps_what_was_typed_and_says_what_went_wrong(story: Storyline) -> None:
    text = render(
        "pages/signin.html", now=story.now, error="The e-mail address or the password is not right.",
        email='a"b@cdema.example', next="/i/elena-26",
    )  # fmt: skip
    tree = parse(text)
    assert tree.xpath("//input[@name='email']/@value") == ['a"b@cdema.example']
    assert tree.xpath("//input[@name='password']/@value") == [""]
    assert tree.xpath("//input[@name='next']/@value") == ["/i/elena-26"]
    assert "not right" in tree.xpath("string(//*[@role='alert'])")
    assert not tree.xpath("//nav"), "nothing leads anywhere before sign-in"


def test_situation_puts_the_worst_first_and_counts_only_the_viewers_rooms() -> None:
    worse, calm = hurricane(), Storyline(title="Quiet drill")
    worse.do("open-room", REGIS, name="Logistics cell", tlp="TLP:AMBER", agencies=["CDEMA", "RSS"])
    hidden = next(room for room in worse.snapshot.heads if room != worse.main)
    worse.do("add-task", REGIS, title="Quiet convoy", room=str(hidden), due="T+1:00")
    view = situation_view(
        [(calm.snapshot, frozenset({calm.main})), (worse.snapshot, frozenset({worse.main}))], worse.now
    )
    assert [line.incident.title for line in view.lines] == ["Hurricane Elena", "Quiet drill"]
    assert (view.overdue, view.with_late) == (1, 1)
    everything = situation_view([(worse.snapshot, frozenset({worse.main, hidden}))], worse.now)
    assert everything.overdue == 2


def test_situation_shows_late_and_next_with_zones(story: Storyline) -> None:
    view = situation_view([(story.snapshot, frozenset({story.main}))], story.now + timedelta(minutes=12))
    tree = parse(
        render("pages/situation.html", view=view, me=WILSON, now=story.now + timedelta(minutes=12), all_agencies=True)
    )
    row = tree.get_element_by_id(f"incident-{story.incident.key}")
    assert "1 overdue" in row.text_content()
    assert "T+14:12" in row.text_content()
    listed = tree.xpath("//section[contains(@class, 'deadlines')]//li")
    assert 0 < len(listed) <= 12
    assert all("UTC" in one.text_content() for one in listed)


def test_an_officer_is_not_offered_to_open_incidents(story: Storyline) -> None:
    view = situation_view([], story.now)
    page = {"view": view, "me": WILSON, "now": story.now, "all_agencies": False}
    assert "Open incident" not in render("pages/situation.html", **page)
    assert "Open incident" in render("pages/situation.html", **page, may=frozenset({"open-incident"}))
    assert "No active incidents" in render("pages/situation.html", **page)


def test_a_closed_incident_leaves_the_table() -> None:
    story = hurricane()
    story.do("close-incident", REGIS, summary="No unmet life-saving request for 72 h.")
    view = situation_view([(story.snapshot, frozenset({story.main}))], story.now)
    assert (view.lines, [incident.title for incident in view.closed]) == ([], ["Hurricane Elena"])


def test_keys_are_a_page() -> None:
    tree = parse(render("pages/keys.html", me=WILSON))
    assert {"N", "L", "D", "Shift+D", "Z"} <= set(tree.xpath("//kbd/text()"))
    assert tree.xpath("//select/@data-setting") == ["keys", "announce"]


@pytest.mark.parametrize("me", [None, WILSON], ids=["signed out", "signed in"])
def test_an_error_says_one_next_step(me: object) -> None:
    text = render("errors/error.html", title="Not <saved>", detail="Your text is kept.", status=503, me=me)
    tree = parse(text)
    assert tree.xpath("string(//h1)") == "Not <saved>"
    assert len(tree.xpath("//main//a")) == 1
