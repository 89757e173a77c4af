"""What a person typed is kept as typed; control characters and endless texts are refused."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from crisisroom.core.texts import LINE, PROSE, Line, OptionalLine, OptionalProse, Prose, Reference

ONE_LINE = [TypeAdapter(Line), TypeAdapter(OptionalLine)]
EVERY = [*ONE_LINE, TypeAdapter(Prose), TypeAdapter(OptionalProse)]


@pytest.mark.parametrize("text", ["<b>&amp;</b>", "Fêté à Saint-Lucie", "‮rtl", "=1+1", "🌀", "' OR 1=1 --"])
def test_a_text_is_kept_as_typed(text: str) -> None:
    assert all(kind.validate_python(text) == text for kind in EVERY)


@pytest.mark.parametrize("text", ["a\x00b", "\x1b[2J", "a\x7fb", "a\x85b"])
def test_control_characters_are_refused(text: str) -> None:
    for kind in EVERY:
        with pytest.raises(ValidationError, match="control character"):
            kind.validate_python(text)


def test_a_line_has_one_line_and_prose_has_many() -> None:
    for kind in ONE_LINE:
        with pytest.raises(ValidationError, match="goes on one line"):
            kind.validate_python("one\ntwo")
    assert TypeAdapter(Prose).validate_python("one\n\ttwo\r\n") == "one\n\ttwo"


def test_line_ends_are_the_same_whether_a_form_or_a_program_sent_them() -> None:
    for adapter in EVERY[2:]:
        assert adapter.validate_python("Roseau\r\nfirst") == "Roseau\nfirst"


def test_the_limits_are_exact() -> None:
    assert TypeAdapter(Line).validate_python("x" * LINE)
    assert TypeAdapter(Prose).validate_python("x" * PROSE)
    for kind, size in ((Line, LINE), (Prose, PROSE), (Reference, 64)):
        with pytest.raises(ValidationError):
            TypeAdapter(kind).validate_python("x" * (size + 1))


def test_what_is_needed_cannot_be_blank_and_what_is_optional_can() -> None:
    for kind in (Line, Prose, Reference):
        with pytest.raises(ValidationError):
            TypeAdapter(kind).validate_python(" \t ")
    assert TypeAdapter(OptionalLine).validate_python("  ") == ""


def test_half_a_character_is_refused() -> None:
    for kind in EVERY:
        with pytest.raises(ValidationError):
            kind.validate_python("\ud800")
