"""Every event has a sentence, and no text that people typed can leave its quotation marks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from enum import Enum
from html.parser import HTMLParser
from typing import Any
from uuid import UUID

import pytest
from pydantic import BaseModel

from crisisroom.access.rooms import Room
from crisisroom.incidents.models import Incident
from crisisroom.log.event import Event, events
from crisisroom.log.record import Record
from crisisroom.render.env import make_environment
from crisisroom.render.log_lines import sentence, sentence_html
from crisisroom.tasks.editing import Change, TaskEdited
from tests.render.storyline import REGIS, Storyline

ENV = make_environment()
HOSTILE = """<script>alert(1)</script><q>"'&{{ 7*7 }}"""
STORY = Storyline()
EVERY = list(events())


class Tags(HTMLParser):
    """Collects tags and attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.names |= {name for name, _ in attrs}


def record_of(event: Event, story: Storyline = STORY) -> Record:
    """An entry that holds the event, beside the story."""
    return replace(story.records[-1], data=event)


def hostile(value: Any) -> Any:
    """The same data with every plain text replaced, whatever the validators would say of it."""
    if isinstance(value, BaseModel):
        return value.model_copy(update={name: hostile(getattr(value, name)) for name in type(value).model_fields})
    if isinstance(value, list):
        return [hostile(one) for one in value]
    if isinstance(value, dict):
        return {name: hostile(one) for name, one in value.items()}
    return HOSTILE if isinstance(value, str) and not isinstance(value, Enum) else value


def with_options() -> Iterator[Event]:
    """Samples, and variants that take the other branches of their sentences."""
    for kind in EVERY:
        sample = kind.sample()
        yield sample
        fields = type(sample).model_fields
        for name in ("released", "exercise", "main", "closed"):
            if name in fields:
                yield sample.model_copy(update={name: not getattr(sample, name)})
        for name in ("assignee_name", "agency", "was_name", "was_value", "reason"):
            if name in fields:
                yield sample.model_copy(update={name: "" if getattr(sample, name) else "Somebody"})
        for name in ("assignee", "at", "was", "alert"):
            if name in fields:
                yield sample.model_copy(update={name: None})
        for name in ("options", "people", "agencies"):
            if name in fields:
                yield sample.model_copy(update={name: []})


@pytest.mark.parametrize("event", list(with_options()), ids=lambda event: event.wire_name)
def test_every_event_has_a_sentence_that_ends_and_says_something(event: Event) -> None:
    text = sentence(ENV, STORY.snapshot, record_of(event))
    assert text[0].isupper() or text[0] in "“E"
    assert text[-1] in ".”"
    assert "None" not in text
    assert "\n" not in text
    assert "  " not in text


@pytest.mark.parametrize("event", list(with_options()), ids=lambda event: event.wire_name)
def test_hostile_text_stays_text(event: Event) -> None:
    html = sentence_html(ENV, STORY.snapshot, record_of(hostile(event)))
    tags = Tags()
    tags.feed(html)
    assert set(tags.tags) <= {"strong", "q", "a"}
    assert tags.names <= {"href"}
    assert "<script" not in html
    assert "49" not in html.replace("1949", "")


EDITS = [
    ("title", "Old", "New", "Renamed E-131 from “Old” to “New”."),
    ("due", "2026-09-10T14:30:00.000Z", "2026-09-10T17:30:00.000Z",
     "Moved the deadline of E-131 from T+3d 00:00 · 14:30 UTC · 10:30 AST to T+3d 03:00 · 17:30 UTC · 13:30 AST."),
    ("due", None, "2026-09-10T17:30:00.000Z", "Set the deadline of E-131 to T+3d 03:00 · 17:30 UTC · 13:30 AST."),
    ("due", "2026-09-08T04:45:00.000Z", None,
     "Took the deadline of E-131 away; it was T+14:15 · 04:45 UTC · 00:45 AST."),
    ("priority", "normal", "critical", "Set the priority of E-131 to Critical; it was Normal."),
    ("tlp", "TLP:AMBER", "TLP:GREEN", "Marked E-131 TLP:GREEN; it was TLP:AMBER."),
    ("notes", "", "Road cut.", "Wrote the notes of E-131 anew: “Road cut.”"),
    ("notes", "Road cut.", "", "Cleared the notes of E-131; they were “Road cut.”"),
    ("waits_for", [str(UUID(int=1))], [], "Let E-131 wait for nothing."),
    ("agency", "", "RSS", "Gave E-131 to RSS."),
    ("agency", "RSS", "", "Took E-131 from RSS; no agency has it."),
    ("assignee_name", "", "Kevin Baptiste", "Assigned E-131 to K. Baptiste."),
    ("assignee_name", "Kevin Baptiste", "", "Left E-131 with no person; K. Baptiste had it."),
    ("position", "", "Operations lead", "Set the position of E-131 to “Operations lead”."),
    ("position", "Operations lead", "", "Took the position “Operations lead” off E-131."),
]  # fmt: skip


@pytest.mark.parametrize(("field", "was", "now", "expected"), EDITS)
def test_each_changed_field_is_a_sentence_of_its_own(field: str, was: Any, now: Any, expected: str) -> None:
    event = TaskEdited(task=UUID(int=10), number=131, changes=[Change(field=field, was=was, now=now)])
    assert sentence(ENV, STORY.snapshot, record_of(event)) == expected


def test_several_changes_are_several_sentences_and_an_id_is_never_shown() -> None:
    event = TaskEdited(
        task=UUID(int=10), number=131,
        changes=[
            Change(field="assignee", was=None, now=str(UUID(int=7))),
            Change(field="assignee_name", was="", now="Kevin Baptiste"),
            Change(field="agency", was="", now="CDEMA"),
        ],
    )  # fmt: skip
    text = sentence(ENV, STORY.snapshot, record_of(event))
    assert text == "Assigned E-131 to K. Baptiste. Gave E-131 to CDEMA."


def test_what_a_task_waits_for_is_named_and_linked() -> None:
    story = Storyline()
    for title in ("One", "Two", "Three"):
        story.do("add-task", REGIS, title=title)
    story.do("edit-task", REGIS, task="E-3", set={"waits_for": ["E-1", "E-2"]}, base={"waits_for": []})
    assert sentence(ENV, story.snapshot, story.records[-1]) == "Let E-3 wait for E-1, E-2."
    assert '/t/E-2">E-2</a>' in sentence_html(ENV, story.snapshot, story.records[-1])
    story.do("add-task", REGIS, title="Four", holds_up=["E-3"])
    assert sentence(ENV, story.snapshot, story.records[-1]) == "Let E-3 wait for E-1, E-2, E-4."


def test_outside_the_main_room_what_a_task_waits_for_is_linked_by_its_id() -> None:
    """Each room counts its own tasks."""
    story, other = Storyline(), UUID(int=0x77)
    story.do("open-room", REGIS, name="Medical", tlp="amber", agencies=["CARPHA"])
    room = next(one for one in story.snapshot.rows(Room).values() if not one.main)
    change = Change(field="waits_for", was=[], now=[str(other)])
    event = TaskEdited(task=UUID(int=10), number=1, changes=[change], waits_for_numbers=[2])
    html = sentence_html(ENV, story.snapshot, replace(story.records[-1], data=event, room=room.id))
    assert f'/t/{other}">E-2</a>' in html


def test_taking_a_task_oneself_says_so() -> None:
    story = Storyline()
    story.do("add-task", REGIS, title="Relief schedule")
    story.do("assign-task", REGIS, task="E-1", assignee="maya@cdema.example")
    assert sentence(ENV, story.snapshot, story.records[-1]) == "Took E-1."


def test_a_blocked_task_tells_why() -> None:
    story = Storyline()
    story.do("add-task", REGIS, title="Clear the runway", agency="CDEMA")
    story.do("move-task", REGIS, task="E-1", lane="blocked", reason="needs 2 loaders")
    assert sentence(ENV, story.snapshot, story.records[-1]) == "Moved E-1 to Blocked: “needs 2 loaders”"


def test_an_incident_from_an_alert_names_the_sender() -> None:
    event = STORY.records[0].data.model_copy(update={"alert": {"sender": "met@example"}, "exercise": True})
    assert isinstance(STORY.incident, Incident)
    text = sentence(ENV, STORY.snapshot, record_of(event))
    assert text == "Opened the exercise Hurricane Elena from an alert by “met@example”."
