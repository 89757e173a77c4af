"""The marks of TLP 2.0: their texts, their order, and the ways in which people write them."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from crisisroom.core.markings import SHARING, AnyTlp, Tlp

READ = TypeAdapter(AnyTlp).validate_python


def test_the_marks_are_in_order_from_widest_to_narrowest() -> None:
    assert [mark.short for mark in sorted(Tlp, key=lambda mark: mark.strictness)] == [
        "CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["TLP:AMBER+STRICT", "amber+strict", "Amber + Strict", "tlp:amber_strict"])
def test_a_mark_can_be_written_loosely(text: str) -> None:
    assert READ(text) is Tlp.AMBER_STRICT


@pytest.mark.parametrize("text", ["", "WHITE", "TLP", "TLP:", "TLP:PURPLE", 7, None])
def test_anything_else_is_no_mark(text: object) -> None:
    with pytest.raises(ValidationError):
        READ(text)


def test_every_mark_has_its_sharing_sentence() -> None:
    assert all(SHARING[mark].endswith(".") for mark in Tlp)
