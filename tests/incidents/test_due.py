"""Deadlines as people give them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crisisroom.core.errors import BadInput
from crisisroom.incidents.due import read_due
from crisisroom.incidents.models import Incident
from crisisroom.incidents.opening import IncidentOpened
from crisisroom.log.event import By, Stamp
from crisisroom.log.snapshot import Snapshot
from tests.support.samples import BOOK, MAIN

NOW = datetime(2026, 9, 10, 16, 12, 40, tzinfo=UTC)


@pytest.fixture(scope="module")
def incident() -> Incident:
    """T0 is 2026-09-10T02:30Z."""
    stamp = Stamp(BOOK, MAIN, 1, NOW, By(None, "", "", ""))
    row = next(iter(IncidentOpened.sample().apply(Snapshot(BOOK), stamp)))
    assert isinstance(row, Incident)
    return row


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-09-10T18:30:00Z", "2026-09-10T18:30"),
        ("2026-09-10T14:30:00-04:00", "2026-09-10T18:30"),
        ("T+14:15", "2026-09-10T16:45"),
        ("t+14:15", "2026-09-10T16:45"),
        ("T+1d 00:10", "2026-09-11T02:40"),
        ("T−24:00", "2026-09-09T02:30"),
        ("T+36h", "2026-09-11T14:30"),
        ("18:30 UTC", "2026-09-10T18:30"),
        ("18:30Z", "2026-09-10T18:30"),
        ("9:05 utc", "2026-09-11T09:05"),
        ("16:12 UTC", "2026-09-11T16:12"),
        ("2026-09-12 18:30 UTC", "2026-09-12T18:30"),
        ("2026-09-12 9:30Z", "2026-09-12T09:30"),
        ("+2h", "2026-09-10T18:12"),
        ("+90m", "2026-09-10T17:42"),
        ("+1:30", "2026-09-10T17:42"),
        ("+2d", "2026-09-12T16:12"),
        ("  T+0:00 ", "2026-09-10T02:30"),
    ],
)
def test_a_deadline_can_be_given_in_these_ways(text: str, meant: str, incident: Incident) -> None:
    assert read_due(text, incident, NOW) == datetime.fromisoformat(meant).replace(tzinfo=UTC)


def test_nothing_means_no_deadline(incident: Incident) -> None:
    assert read_due("  ", incident, NOW) is None


@pytest.mark.parametrize(
    "text",
    ["soon", "18:30", "25:00 UTC", "18:75 UTC", "2026-09-10", "2026-02-30 18:30 UTC", "T", "T+", "+", "T+6:60", "-2h",
     "2026-09-10T18:30:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "\N{ARABIC-INDIC DIGIT THREE}:30", "T+9e9"],
)  # fmt: skip
def test_anything_else_is_refused_with_examples(text: str, incident: Incident) -> None:
    with pytest.raises(BadInput, match=r"Write T\+14:15, 18:30 UTC, \+2h or 2026") as refusal:
        read_due(text, incident, NOW, "set.due")
    assert set(refusal.value.fields) == {"set.due"}
