"""How values are written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from crisisroom.core.markings import Tlp
from crisisroom.render import filters

T0 = datetime(2026, 9, 10, 2, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "short", "initials"),
    [
        ("Kezia Baptiste", "K. Baptiste", "KB"),
        ("Marie-Claire van der Berg", "M. Berg", "MB"),
        ("Operator", "Operator", "OP"),
        ("Éloïse Désir", "É. Désir", "ÉD"),
        ("  ", "", "?"),
    ],
)
def test_names(name: str, short: str, initials: str) -> None:
    assert filters.short_name(name) == short
    assert filters.initials(name) == initials


@pytest.mark.parametrize(
    ("value", "scheme", "words", "bars"),
    [
        ("III", "CDEMA", "CDEMA Level III", 3),
        ("Grade 2", "WHO", "WHO Grade 2", 0),
        ("II", "", "Level II", 2),
    ],
)
def test_levels_are_never_bare(value: str, scheme: str, words: str, bars: int) -> None:
    assert filters.level(value, scheme) == words
    assert filters.bars(value) == bars


def test_agencies_share_a_hue_unless_core() -> None:
    assert filters.agency_class("CDEMA") == "agency-cdema"
    assert filters.agency_class("IOM") == filters.agency_class('x" y') == filters.agency_class("") == "agency-partner"


@pytest.mark.parametrize("mark", list(Tlp))
def test_every_mark_has_its_words(mark: Tlp) -> None:
    assert filters.tlp_class(mark).startswith("tlp-")
    assert "+" not in filters.tlp_class(mark)
    assert filters.sharing(mark)
    assert filters.sharing_short(mark)


@pytest.mark.parametrize(
    ("hazard", "crisis_class", "sign"),
    [
        ("Hurricane", "disaster", "hurricane"), ("contested election", "political", "vote"),
        ("viral haemorrhagic fever", "health", "health"), ("unrest", "political", "vote"), ("odd", "other", "generic"),
    ],
)  # fmt: skip
def test_each_incident_has_a_sign(hazard: str, crisis_class: str, sign: str) -> None:
    assert filters.sign(hazard, crisis_class) == sign


def test_times_for_attributes_and_clocks() -> None:
    moment = datetime(2026, 9, 10, 16, 12, 7, 500_000, tzinfo=UTC)
    assert filters.iso(moment) == "2026-09-10T16:12:07.500Z"
    assert filters.iso(T0) == "2026-09-10T02:30:00Z"
    assert filters.iso(None) == ""
    assert filters.clock(moment, "America/St_Lucia") == "12:12:07"
    assert filters.zone_name(moment, "America/St_Lucia") == "AST"
    assert filters.day(moment) == "Thu 10 Sep"
    assert filters.offset(moment, None) == "16:12 UTC"


def test_the_hours_a_phase_takes() -> None:
    dues = [T0 - timedelta(hours=48), None, T0 + timedelta(hours=24)]
    assert filters.due_range([SimpleNamespace(due=due) for due in dues], T0) == "T−48 to T+24 h"
    assert filters.due_range([SimpleNamespace(due=T0)], T0) == "T+0 h"
    assert filters.due_range([], T0) == ""


def test_what_t0_is_reads_on_from_since() -> None:
    assert filters.since("Landfall") == "Since landfall"
    assert [filters.since(label) for label in ("T0", "", "WHO notice")] == ["Since T0", "Since T0", "Since WHO notice"]


def test_a_day_in_another_year_carries_its_year() -> None:
    assert filters.day(T0, "UTC", T0) == "Thu 10 Sep"
    assert filters.day(T0, "America/St_Lucia", T0.replace(year=2027)) == "Wed 9 Sep 2026"
