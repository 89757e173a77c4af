"""Numbers that people say over a radio."""

from __future__ import annotations

import pytest

from crisisroom.incidents.numbers import read_number


@pytest.mark.parametrize(
    ("reference", "number"),
    [("E-131", 131), ("e-131", 131), ("E131", 131), ("131", 131), ("#131", 131), (" E-131 ", 131), ("#E-7", 7)],
)
def test_a_number_can_be_written_in_these_ways(reference: str, number: int) -> None:
    assert read_number(reference, "E") == number


@pytest.mark.parametrize(
    "reference",
    ["", "E", "E-", "-", "EE-1", "1-E", "E-1.5", "E-1234567890", "01990000-0000-7000-8000-000000000001", "E-\u0663"],
)
def test_anything_else_is_no_number(reference: str) -> None:
    assert read_number(reference, "E") is None


@pytest.mark.parametrize("reference", ["X-131", "x131", "#F-131"])
def test_another_incidents_number_is_none_of_this_one(reference: str) -> None:
    assert read_number(reference, "E") is None
