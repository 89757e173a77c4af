"""Opening an incident: the form comes back as typed, and an alert is shown before anything exists."""

from __future__ import annotations

from datetime import UTC, datetime
from json import loads
from pathlib import Path
from typing import Any

import pytest

from crisisroom.commanding.command import read_command
from crisisroom.core.errors import BadInput, FieldConflict
from crisisroom.incidents.cap import proposal, read_alert
from crisisroom.render.conflict_page import again_view, conflict_view
from crisisroom.render.incident_pages import OpenForm, confirm_view, form_of, open_view
from crisisroom.web.reading import list_fields
from tests.render.fixtures import context, environment, parse
from tests.render.storyline import REGIS, Storyline

SAMPLES = Path(__file__).resolve().parents[1] / "incidents" / "samples"
HOSTILE = '"><script>alert(1)</script>{{ 7*7 }}'


@pytest.fixture(scope="module")
def story() -> Storyline:
    return Storyline()


def draw(story: Storyline, name: str, **more: Any) -> Any:
    return parse(environment().get_template(f"pages/{name}.html").render(context(story, REGIS, tlp=None, **more)))


def sent_by(tree: Any) -> list[tuple[str, str]]:
    """What a browser would send of the page's first form."""
    form = tree.cssselect("main form")[0]
    return [(name, value) for name, value in form.form_values() if name != "idempotency_key"]


def as_fields(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if name in ("states", "agencies"):
            fields.setdefault(name, []).append(value)
        elif value and not name.startswith("level."):
            fields[name] = loads(value) if name == "alert" else value
    return fields


def test_the_form_has_every_field_of_the_command_and_no_other(story: Storyline) -> None:
    form = draw(story, "incident_open", view=open_view(own_agency="RSS")).cssselect("form[action='/incidents']")[0]
    names = {field.get("name") for field in form.iter("input", "select", "textarea")}
    assert names == {
        "idempotency_key", "title", "crisis_class", "hazard", "states", "area", "cdema_level", "level.scheme",
        "level.value", "lead_agency", "tlp", "agencies", "t0", "t0_label", "exercise",
    }  # fmt: skip
    assert form.cssselect("[name=lead_agency] option[selected]")[0].get("value") == "RSS"


def test_a_refused_form_comes_back_as_typed_with_its_sentences(story: Storyline) -> None:
    typed = [
        ("title", ""), ("states", "LC"), ("states", "Xland"), ("agencies", "RSS"), ("level.scheme", "CDEMA"),
        ("exercise", "true"), ("t0", "noon"), ("hazard", HOSTILE),
    ]  # fmt: skip
    view = open_view(OpenForm.read(typed), errors={"title": "is needed", "t0": "Not a time."})
    tree = draw(story, "incident_open", view=view)
    summary = tree.cssselect("#error-summary")[0].text_content()
    assert "The incident's name is needed." in summary
    assert "Not a time." in summary
    checked = {(box.get("name"), box.get("value")) for box in tree.cssselect("input[checked]")}
    assert checked == {("states", "LC"), ("states", "Xland"), ("agencies", "RSS"), ("exercise", "true")}
    assert tree.cssselect("[name=hazard]")[0].get("value") == HOSTILE
    assert not tree.cssselect("main script")


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("exercise-*.xml")), ids=lambda path: path.name)
def test_every_alert_that_opens_fills_a_form_the_command_takes(story: Storyline, path: Path) -> None:
    alert = read_alert(path.read_bytes())
    wanted = proposal(alert)
    if not wanted.opens:
        pytest.skip("opens nothing")
    view = confirm_view(alert, wanted)
    tree = draw(story, "incident_confirm", view=view)
    text = " ".join(tree.text_content().split())
    assert wanted.identifier in text
    assert wanted.sender in text
    for warning in wanted.warnings:
        assert " ".join(warning.split()) in text
    command: Any = read_command("open-incident", as_fields(sent_by(tree)))
    assert command.exercise
    assert command.title == wanted.title
    assert command.t0 == wanted.t0.replace(second=0)
    assert command.alert == wanted.identity
    assert set(command.states) == set(wanted.states)


def test_an_alert_that_is_not_actual_cannot_be_unmarked_as_an_exercise(story: Storyline) -> None:
    alert = read_alert((SAMPLES / "exercise-hurricane.xml").read_bytes())
    for view in (confirm_view(alert, proposal(alert)), open_view(form_of(proposal(alert)))):
        name = "incident_confirm" if hasattr(view, "proposal") else "incident_open"
        tree = draw(story, name, view=view)
        assert [box.get("type") for box in tree.cssselect("[name=exercise]")] == ["hidden"]
        assert "not Actual" in tree.text_content()


def test_an_alert_opened_before_is_pointed_out(story: Storyline) -> None:
    alert = read_alert((SAMPLES / "exercise-hurricane.xml").read_bytes())
    tree = draw(story, "incident_confirm", view=confirm_view(alert, proposal(alert), already=story.incident))
    assert "opened from this alert already" in tree.text_content()
    assert tree.cssselect("main form a")[0].get("href") == "/i/elena-26"
    (another,) = tree.cssselect("input[name=another]")
    assert another.get("required") is not None
    assert another.get("checked") is None


def test_an_alert_that_has_expired_says_so(story: Storyline) -> None:
    alert = read_alert((SAMPLES / "exercise-hurricane.xml").read_bytes())
    view = confirm_view(alert, proposal(alert))
    said = [draw(story, "incident_confirm", view=view, now=now).text_content() for now in (alert.sent, alert.expires)]
    assert "This alert expired" not in said[0] + said[1]
    late = draw(story, "incident_confirm", view=view, now=datetime(2031, 1, 1, tzinfo=UTC)).text_content()
    assert "This alert expired on 10 Sep 2026 10:00 UTC · 06:00 AST." in late


def test_chosen_states_stand_before_those_one_may_still_choose(story: Storyline) -> None:
    tree = draw(story, "incident_open", view=open_view(OpenForm(states=("DM", "Xland"))))
    shown = [box.get("value") for box in tree.cssselect("#field-states > div input")]
    assert shown == ["DM", "Xland"]
    folded = [box.get("value") for box in tree.cssselect("#field-states details input")]
    assert "LC" in folded
    assert "DM" not in folded


def test_a_file_that_opens_nothing_says_why(story: Storyline) -> None:
    tree = draw(story, "incident_open", view=open_view(alert_error="This is not an alert."))
    assert "This is not an alert. Nothing was opened." in " ".join(tree.text_content().split())


CONFLICT = [
    FieldConflict("due", "2026-09-10T14:30:00.000Z", "2026-09-10T16:30:00.000Z", "T+15:00",
                  {"name": "Maya Regis", "agency": "CDEMA", "position": ""}),
]  # fmt: skip


def test_a_conflict_shows_both_values_and_both_ways_out(story: Storyline) -> None:
    typed = [
        ("task", "E-1"),
        ("set.due", "T+15:00"),
        ("base.due", "x"),
        ("idempotency_key", "k"),
        ("next", "/i/elena-26"),
    ]
    tree = draw(
        story, "conflict", view=conflict_view(story.incident, "edit-task", typed, CONFLICT, "/i/elena-26/t/E-1")
    )
    text = " ".join(tree.text_content().split())
    assert "Theirs: M. Regis CDEMA" in text
    assert "16:30 UTC · 12:30 AST" in text
    assert "T+15:00" in text
    assert tree.cssselect("a.button.first")[0].get("href") == "/i/elena-26/t/E-1"
    form = tree.cssselect("main form")[0]
    sent = dict(form.form_values())
    assert form.get("action") == "/i/elena-26/commands/edit-task"
    assert sent["base.due"] == "2026-09-10T16:30:00.000Z"
    assert sent["set.due"] == "T+15:00"
    assert sent["idempotency_key"] != "k"


def test_keeping_theirs_still_saves_what_nobody_else_touched(story: Storyline) -> None:
    typed = [("task", "E-1"), ("set.due", "T+15:00"), ("base.due", "x"), ("set.title", "New"), ("base.title", "Old")]
    view = conflict_view(story.incident, "edit-task", typed, CONFLICT)
    assert view.rest == [("task", "E-1"), ("set.title", "New"), ("base.title", "Old")]
    assert "Keep theirs, save the rest" in draw(story, "conflict", view=view).text_content()


def test_keeping_another_agency_keeps_its_person_too(story: Storyline) -> None:
    typed = [("task", "E-1"), ("set.assignee", "x"), ("base.assignee", ""), ("base.agency", "CDEMA")]
    along = [FieldConflict("agency", "CDEMA", "CARPHA", "RSS", {})]
    view = conflict_view(story.incident, "edit-task", typed, along)
    assert view.rest == []
    assert view.mine == [*typed[:3], ("base.agency", "CARPHA")]


def test_a_list_in_conflict_is_sent_back_as_a_list(story: Storyline) -> None:
    both = [FieldConflict("waits_for", [], ["a", "b"], [], {})]
    view = conflict_view(story.incident, "edit-task", [("task", "E-1"), ("set.waits_for", "")], both)
    assert view.mine[-2:] == [("base.waits_for", "a"), ("base.waits_for", "b")]
    assert (view.sides[0].theirs, view.sides[0].yours) == ("a, b", "nothing")
    named = conflict_view(story.incident, "edit-task", [], both, names={"a": "E-1 Fuel", "b": "E-2 Water"})
    assert named.sides[0].theirs == "E-1 Fuel, E-2 Water"


def test_a_form_refused_for_bad_input_keeps_what_was_typed(story: Storyline) -> None:
    typed = [("task", "E-1"), ("text", HOSTILE), ("idempotency_key", "k")]
    refusal = BadInput("Nothing was changed. text: is too long", fields={"text": "is too long"})
    tree = draw(story, "again", view=again_view(story.incident, "comment-task", typed, refusal))
    form = tree.cssselect("main form")[0]
    assert dict(form.form_values())["text"] == HOSTILE
    assert "Text is too long." in tree.text_content()
    assert form.cssselect("[name=task]")[0].get("type") == "hidden"


def test_lists_of_the_command_are_lists_in_the_form() -> None:
    from crisisroom.incidents.opening import OpenIncident

    assert set(list_fields(OpenIncident)) == {"states", "agencies"}
