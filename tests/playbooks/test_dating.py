"""Offsets become dates, in UTC, whatever the clocks on the wall do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crisisroom.playbooks.dating import anchor_names, dated_items, due_at, offset_label
from crisisroom.playbooks.schema import MAX_SPAN, Due, parse_playbook

PLAYBOOK = parse_playbook(
    """\
slug: flood
title: "Flood"
version: "1.0"
crisis_class: disaster
hazard: flood
lead_agency: CDEMA
source: ["Planning guidance"]
anchors:
  rain: {label: "Onset of heavy rain", letter: R}
  end: {label: "End", letter: END}
t0: rain
phases:
  - id: alert
    name: "Alert"
    items:
      - {id: watch, text: "Watch", agency: CDEMA, due: {anchor: rain, offset: "-48h"}}
      - {id: open, text: "Open", agency: CDEMA, due: {anchor: activation, offset: "+15m"}, after: [watch]}
  - id: close
    name: "Close"
    items:
      - {id: review, text: "Review", agency: CDEMA, due: {anchor: end, offset: "14d"}}
      - {id: clean, text: "Clean", agency: state}
""",
    "flood.yaml",
)
EARLIEST, LATEST = datetime.fromisoformat("1990-01-01"), datetime.fromisoformat("2100-01-01")
MOMENTS = st.datetimes(EARLIEST, LATEST, timezones=st.timezones())
NOON = datetime(2026, 9, 10, 12, 0, tzinfo=UTC)


def test_items_come_in_order_with_phase_deadline_offset_and_what_they_wait_for() -> None:
    dated = dated_items(PLAYBOOK, {"activation": NOON, "rain": NOON + timedelta(days=3), "end": None})
    assert [(one.item.id, one.phase.id, one.due, one.offset, one.after) for one in dated] == [
        ("watch", "alert", datetime(2026, 9, 11, 12, 0, tzinfo=UTC), "R−48:00", ()),
        ("open", "alert", datetime(2026, 9, 10, 12, 15, tzinfo=UTC), "A+0:15", ("watch",)),
        ("review", "close", None, "END+14d 00:00", ()),
        ("clean", "close", None, "as due", ()),
    ]


def test_an_anchor_left_out_is_not_known_yet() -> None:
    assert [one.due for one in dated_items(PLAYBOOK, {})] == [None] * 4


def test_anchors_are_asked_for_with_activation_first() -> None:
    assert anchor_names(PLAYBOOK) == ["activation", "rain", "end"]


def test_a_moment_in_another_zone_gives_the_same_deadline_in_utc() -> None:
    there = NOON.astimezone(timezone(timedelta(hours=-4)))
    dated = dated_items(PLAYBOOK, {"rain": there})
    assert dated == dated_items(PLAYBOOK, {"rain": NOON})
    assert dated[0].due is not None
    assert dated[0].due.tzinfo is UTC


def test_forty_eight_hours_are_forty_eight_hours_over_a_change_of_the_clocks() -> None:
    nassau = datetime(2026, 11, 2, 8, 0, tzinfo=ZoneInfo("America/Nassau"))
    (watch, *_) = dated_items(PLAYBOOK, {"rain": nassau})
    assert watch.due is not None
    assert nassau.astimezone(UTC) - watch.due == timedelta(hours=48)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="The time of rain has no zone"):
        dated_items(PLAYBOOK, {"rain": NOON.replace(tzinfo=None)})


def test_an_anchor_that_the_playbook_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="has no anchor snow: its anchors are activation, rain, end"):
        dated_items(PLAYBOOK, {"snow": None})


@pytest.mark.parametrize("moment", [datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)])
def test_a_moment_at_the_edge_of_the_calendar_is_refused_with_a_sentence(moment: datetime) -> None:
    with pytest.raises(ValueError, match="too far away to count from"):
        dated_items(PLAYBOOK, {"end": moment, "rain": moment})


@pytest.mark.parametrize(
    ("letter", "span", "label"),
    [
        ("L", timedelta(hours=-48), "L−48:00"),
        ("A", timedelta(minutes=15), "A+0:15"),
        ("C", timedelta(days=14), "C+14d 00:00"),
        ("E", timedelta(0), "E+0:00"),
        ("D", timedelta(days=1), "D+24:00"),
        ("D", timedelta(days=2), "D+48:00"),
        ("L", timedelta(hours=-60), "L−2d 12:00"),
        ("L", timedelta(hours=-72), "L−3d 00:00"),
        ("L", timedelta(hours=-120), "L−5d 00:00"),
        ("L", timedelta(hours=122), "L+5d 02:00"),
        ("E", timedelta(minutes=-90), "E−1:30"),
        ("END", timedelta(days=90), "END+90d 00:00"),
    ],
)
def test_an_offset_is_written_as_the_field_writes_it(letter: str, span: timedelta, label: str) -> None:
    assert offset_label(letter, span) == label


def test_an_odd_number_of_minutes_beyond_two_days_keeps_every_minute() -> None:
    assert offset_label("A", timedelta(hours=60, minutes=1)) == "A+2d 12:01"


@settings(deadline=None)
@given(st.integers(-96_000, 96_000), MOMENTS)
def test_a_deadline_is_exactly_its_offset_from_its_anchor(minutes: int, moment: datetime) -> None:
    due = Due(anchor="rain", offset=f"{minutes}m")
    found = due_at(due, {"rain": moment})
    assert found is not None
    assert found - moment.astimezone(UTC) == timedelta(minutes=minutes)


@settings(deadline=None)
@given(st.timedeltas(-MAX_SPAN, MAX_SPAN))
def test_no_label_has_a_plain_hyphen_for_a_minus(span: timedelta) -> None:
    whole = timedelta(minutes=span // timedelta(minutes=1))
    label = offset_label("L", whole)
    assert "-" not in label
    assert label.startswith("L−" if whole < timedelta(0) else "L+")
