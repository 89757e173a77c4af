"""Finding what a command speaks of: by id or by short number, and only in one's own rooms."""

from __future__ import annotations

import pytest

from crisisroom.commanding.scene import short_number


@pytest.mark.parametrize(
    ("reference", "number"),
    [("E-131", 131), ("e-131", 131), ("E131", 131), ("131", 131), ("#131", 131), (" E-131 ", 131), ("#E-7", 7)],
)
def test_a_short_number_can_be_written_in_these_ways(reference: str, number: int) -> None:
    assert short_number(reference) == number


@pytest.mark.parametrize(
    "reference",
    ["", "E", "E-", "-", "EE-1", "1-E", "E-1.5", "E-1234567890", "01990000-0000-7000-8000-000000000001", "E-\u0663"],
)
def test_anything_else_is_no_short_number(reference: str) -> None:
    assert short_number(reference) is None
