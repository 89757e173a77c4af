"""The people page: who is in, who holds what, and nothing of rooms the viewer is not in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from crisisroom.access.grants import grant_for
from crisisroom.render.people_page import PeopleView, people_view
from tests.render.fixtures import LEADER, command_forms, context, environment, parse
from tests.render.storyline import BAPTISTE, DANIEL, DIRECTORY, NOEL, REGIS, WILSON, Storyline, hurricane


@pytest.fixture(scope="module")
def story() -> Storyline:
    return hurricane()


def view_for(story: Storyline, me: Any, here: frozenset[UUID] = frozenset()) -> PeopleView:
    return people_view(story.snapshot, grant_for(me, story.snapshot).rooms, DIRECTORY, here, me.id)


def page_of(story: Storyline, me: Any, view: PeopleView) -> Any:
    return parse(environment().get_template("pages/people.html").render(context(story, me, view=view, tab="people")))


def test_agencies_come_in_the_usual_order_with_their_people(story: Storyline) -> None:
    view = view_for(story, REGIS)
    assert [block.code for block in view.agencies] == ["IMPACS", "CDEMA", "CARPHA", "RSS"]
    assert [block.code for block in view.agencies if block.leads] == ["CDEMA"]
    cdema = next(block for block in view.agencies if block.code == "CDEMA")
    assert {person.name for person in cdema.people} == {"Maya Regis", "Kevin Baptiste"}


def test_who_looks_is_here_and_so_are_those_with_a_socket(story: Storyline) -> None:
    assert DANIEL.id
    view = view_for(story, REGIS, frozenset({DANIEL.id}))
    here = {person.name for block in view.agencies for person in block.people if person.here}
    assert here == {"Maya Regis", "Elias Daniel"}
    assert view.here == 2
    assert "2 here at" in page_of(story, REGIS, view).text_content()


def test_positions_show_their_holders_and_those_the_playbook_names_without_one(story: Storyline) -> None:
    view = view_for(story, REGIS)
    held = {line.name: line.person for line in view.positions}
    assert held["CU duty officer"] == "Kevin Baptiste"
    assert held["Cabinet"] == ""
    assert view.positions[0].person
    tree = page_of(story, REGIS, view)
    assert f"{len(view.vacant)} with no person" in tree.text_content()


def test_a_coordinator_can_fill_positions_and_invite_and_a_leader_cannot(story: Storyline) -> None:
    view = view_for(story, REGIS)
    forms = {form.get("action") for form in command_forms(page_of(story, REGIS, view).cssselect("main")[0])}
    assert forms == {"/i/elena-26/commands/fill-position", "/i/elena-26/commands/invite-agency"}
    for reader in (BAPTISTE, LEADER):
        assert not list(command_forms(page_of(story, reader, view).cssselect("main")[0]))


def test_only_agencies_that_are_not_in_can_be_invited(story: Storyline) -> None:
    codes = {code for code, _ in view_for(story, REGIS).invitations}
    assert "CTU" in codes
    assert not codes & {"CDEMA", "RSS", "CARPHA", "IMPACS"}


def test_a_room_one_is_not_in_leaves_no_trace() -> None:
    story = Storyline()
    plain = page_of(story, WILSON, view_for(story, WILSON)).text_content()
    story.do("open-room", NOEL, name="Intelligence", tlp="AMBER", agencies=["IMPACS", "RSS"])
    assert page_of(story, WILSON, view_for(story, WILSON)).text_content() == plain
    assert "Intelligence" in page_of(story, DANIEL, view_for(story, DANIEL)).text_content()


def test_named_people_of_a_room_are_named_to_its_members() -> None:
    story = Storyline()
    story.do("open-room", NOEL, name="Named", tlp="RED", people=["elias@rss.example"])
    view = view_for(story, DANIEL)
    assert {room.name for room in view.rooms} == {"Main room", "Named"}
    assert set(view.names.values()) == {"Theo Noel", "Elias Daniel"}
