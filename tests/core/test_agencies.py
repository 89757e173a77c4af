"""The agencies there are."""

from __future__ import annotations

from crisisroom.core.agencies import AGENCIES, DEFAULT_LEAD


def test_four_agencies_are_the_core() -> None:
    assert sorted(code for code, agency in AGENCIES.items() if agency.core) == ["CARPHA", "CDEMA", "IMPACS", "RSS"]


def test_codes_are_capitals_and_names_are_told_in_full() -> None:
    assert all(code == code.upper() and agency.code == code and agency.name for code, agency in AGENCIES.items())


def test_every_crisis_class_has_an_agency_that_leads_unless_somebody_says_otherwise() -> None:
    assert set(DEFAULT_LEAD) == {"disaster", "health", "political", "other"}
    assert set(DEFAULT_LEAD.values()) <= set(AGENCIES)
