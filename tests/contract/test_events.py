"""What every event owes: tested here before its author writes a test."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import UUID

import pytest
from lxml import html

import crisisroom.features  # noqa: F401 - registers every event
from crisisroom.core.errors import NotFound
from crisisroom.log.canonical import canonical
from crisisroom.log.event import Event, events, read_event
from crisisroom.log.snapshot import Snapshot
from crisisroom.people.directory import DirectoryFounded
from crisisroom.render.log_lines import draw_entry, sentence
from crisisroom.render.regions import draw
from tests.support.samples import entry, happened
from tests.support.verify import GONE, WHOLE_BOARD, environment

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "events"
EVENTS = list(events())
# Stands in the directory's log alone, which has no page.
UNSEEN = (DirectoryFounded,)
SEEN = [event for event in EVENTS if event not in UNSEEN]
KINDS = {"header", "task", "run", "item", WHOLE_BOARD}

every_event = pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.wire_name)
every_seen_event = pytest.mark.parametrize("event", SEEN, ids=lambda event: event.wire_name)


@every_event
def test_an_event_says_in_a_sentence_what_happened(event: type[Event]) -> None:
    doc = event.__dict__.get("__doc__") or ""
    assert doc.strip().endswith(".")


@every_event
def test_an_event_is_named_for_what_it_is_about_and_what_happened(event: type[Event]) -> None:
    about, happening = event.wire_name.split(".")
    assert event.__name__ == about.title() + happening.title()


@every_event
def test_a_sample_comes_back_the_same_from_the_text_that_is_stored(event: type[Event]) -> None:
    sample = event.sample()
    text = canonical(sample.model_dump(mode="json"))
    assert read_event(event.wire_name, event.wire_version, json.loads(text)) == sample


@every_event
def test_a_sample_names_its_subject(event: type[Event]) -> None:
    if event.subject:
        assert event.sample().subject_id is not None


@every_event
def test_a_sample_happens_in_a_sample_world(event: type[Event]) -> None:
    one = happened()[event]
    for row in one.record.data.apply(one.before, one.record.stamp):
        assert type(row).model_validate(row.model_dump()) == row
        assert row.book == one.record.book


@every_event
def test_applying_an_event_changes_no_row_that_is_there_already(event: type[Event]) -> None:
    one = happened()[event]
    rows = {id(row): row.model_dump_json() for model in _models(one.before) for row in one.before.rows(model).values()}
    list(one.record.data.apply(one.before, one.record.stamp))
    after = {id(row): row.model_dump_json() for model in _models(one.before) for row in one.before.rows(model).values()}
    assert after == rows


@every_seen_event
def test_an_event_has_a_sentence_and_a_line_in_the_log(event: type[Event]) -> None:
    one = happened()[event]
    told = sentence(environment(), one.after, one.record)
    assert told
    assert "None" not in told
    assert told == " ".join(told.split())
    line = root_of(draw_entry(environment(), one.after, one.record))
    assert line.get("id") == f"entry-{one.record.room}-{one.record.seq}"
    assert line.get("data-event") == event.wire_name


@every_seen_event
def test_the_regions_an_event_names_can_be_drawn(event: type[Event]) -> None:
    one = happened()[event]
    for region in one.record.data.regions():
        assert region.partition(":")[0] in KINDS
        if region == WHOLE_BOARD:
            continue
        drawn = draw(environment(), one.after, region)
        assert root_of(drawn).get("id") == region.replace(":", "-")
        assert draw(environment(), one.after, region) == drawn


@every_event
def test_a_region_whose_subject_is_not_there_is_drawn_as_gone(event: type[Event]) -> None:
    one = happened()[event]
    for region in one.record.data.regions():
        kind, _, id = region.partition(":")
        if id:
            somebody = UUID(int=UUID(id).int + 7_000_000)
            assert draw(environment(), one.after, f"{kind}:{somebody}").startswith(GONE)


@every_event
def test_a_shipped_event_keeps_its_shape(event: type[Event], request: pytest.FixtureRequest) -> None:
    """The text of the data, the text that is hashed and the hash: all three are promised to other programs."""
    path = GOLDEN / f"{event.wire_name}.v{event.wire_version}.json"
    record = entry(Snapshot(UUID(int=1)), event.sample())
    made = {
        "event": record.event,
        "version": record.version,
        "data": record.data_text,
        "envelope": record.envelope,
        "hash": record.hash,
    }
    if not path.exists() and request.config.getoption("--golden"):
        path.write_text(json.dumps(made, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    assert path.exists(), f"{path.name} is missing: make golden"
    assert json.loads(path.read_text(encoding="utf-8")) == made


def test_every_event_that_was_ever_shipped_can_still_be_read() -> None:
    for path in sorted(GOLDEN.glob("*.json")):
        kept = json.loads(path.read_text(encoding="utf-8"))
        event = read_event(kept["event"], kept["version"], json.loads(kept["data"]))
        assert canonical(event.model_dump(mode="json")) == kept["data"], path.name


def test_a_region_that_nobody_has_heard_of_is_refused() -> None:
    after = next(iter(happened().values())).after
    with pytest.raises((ValueError, NotFound)):
        draw(environment(), after, "weather")


def root_of(fragment: str) -> html.HtmlElement:
    """The one element that a fragment consists of."""
    roots = html.fragments_fromstring(fragment)
    assert len(roots) == 1
    return roots[0]


def _models(snapshot: Snapshot) -> list[type]:
    from crisisroom.log.rows import models

    return list(models())
