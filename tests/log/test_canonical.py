"""What is hashed, exactly."""

from __future__ import annotations

import hashlib
import json
import math

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from crisisroom.log.canonical import canonical, command_digest, data_digest, entry_hash

# What the log holds: no number that is neither a safe integer nor a plain fraction.
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(-1e15, 1e15, allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=5)
    ),
    max_leaves=20,
)


@given(values)
def test_the_canonical_form_is_stable(value: object) -> None:
    text = canonical(value)
    assert canonical(json.loads(text)) == text


@given(values)
def test_it_is_what_the_standard_asks_for_however_it_was_made(value: object) -> None:
    assert canonical(value) == rfc8785.dumps(value).decode()  # type: ignore[arg-type]


@given(values)
def test_it_says_the_same(value: object) -> None:
    assert json.loads(canonical(value)) == value


@given(st.dictionaries(st.text(st.characters(max_codepoint=0xD7FF)), st.integers(-1000, 1000) | st.booleans()))
def test_without_fractions_and_rare_characters_it_is_what_everybody_writes(value: dict) -> None:
    assert canonical(value) == json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def test_names_are_in_the_order_of_their_utf16_units() -> None:
    """Not of their code points: the emoji's units begin with D83D, below FB33."""
    assert list(json.loads(canonical({"\ufb33": 1, "\U0001f600": 2, "\u20ac": 3, "1": 4, "\r": 5}))) == [
        "\r", "1", "\u20ac", "\U0001f600", "\ufb33",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, -math.inf, 2**53, -(2**53), {"a": [math.nan]}, "\ud800", {1: 2}, {"a": b"bytes"}],
    ids=repr,
)  # fmt: skip
def test_what_json_cannot_hold_exactly_is_refused(value: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the sentence is the library's
        canonical(value)


def test_the_hash_is_the_leaf_hash_of_rfc_6962() -> None:
    assert entry_hash("{}") == hashlib.sha256(b"\x00{}").hexdigest()
    assert entry_hash("é") == hashlib.sha256(b"\x00\xc3\xa9").hexdigest()


def test_a_digest_depends_on_salt_and_text_and_each_kind_has_its_own() -> None:
    salt, other = "00" * 16, "01" * 16
    assert data_digest(salt, "{}") == hashlib.sha256(bytes(16) + b"{}").hexdigest()
    assert command_digest(salt, "{}") == hashlib.sha256(b"\x02" + bytes(16) + b"{}").hexdigest()
    assert len({data_digest(salt, "{}"), data_digest(other, "{}"), data_digest(salt, "[]")}) == 3
