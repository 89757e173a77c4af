"""Cursors: made here, opaque elsewhere, and anything else refused."""

from __future__ import annotations

import base64
import json
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crisisroom.core.errors import BadInput
from crisisroom.log.cursor import Cursor, read_cursor

ROOM, OTHER = UUID(int=1), UUID(int=2)


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@given(st.dictionaries(st.uuids(), st.integers(0, 2**63 - 1), max_size=8))
def test_a_cursor_comes_back_as_it_was(seqs: dict[UUID, int]) -> None:
    cursor = Cursor("5eed", seqs)
    assert read_cursor(str(cursor)) == cursor


def test_all_who_are_at_the_same_point_have_the_same_cursor() -> None:
    assert str(Cursor("5eed", {ROOM: 1, OTHER: 2})) == str(Cursor("5eed", {OTHER: 2, ROOM: 1}))


def test_another_epoch_is_another_cursor() -> None:
    assert str(Cursor("5eed", {ROOM: 1})) != str(Cursor("0bad", {ROOM: 1}))
    assert read_cursor(str(Cursor("5eed", {ROOM: 1}))).epoch == "5eed"


def test_a_room_joined_since_is_read_from_its_beginning_and_one_left_not_at_all() -> None:
    assert Cursor("5eed", {ROOM: 7}).within([OTHER]) == {OTHER: 0}
    assert Cursor("5eed", {ROOM: 7}).within([ROOM, OTHER]) == {ROOM: 7, OTHER: 0}


def test_a_cursor_fits_in_an_address() -> None:
    text = str(Cursor("5eed" * 8, {UUID(int=number): 10**6 for number in range(20)}))
    assert text.replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize(
    "text",
    [
        "", "x", "====", "ü", "null", "a" * 5000, encoded(None), encoded([]), encoded(["5eed"]), encoded({"5eed": {}}),
        encoded(["5eed", []]), encoded([7, {}]), encoded(["5eed", {"x": 1}]), encoded(["5eed", {ROOM.hex: -1}]),
        encoded(["5eed", {ROOM.hex: 1.5}]), encoded(["5eed", {ROOM.hex: "1"}]), encoded(["5eed", {ROOM.hex: True}]),
        encoded(["5eed", {ROOM.hex: None}]), encoded(["5eed", {ROOM.hex: 2**63}]), encoded(["5eed", {}, 1]),
        base64.urlsafe_b64encode(b"[" * 3000).decode(), base64.urlsafe_b64encode(b'["5eed",{"a":NaN}]').decode(),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
    ],
    ids=lambda text: repr(text)[:40],
)  # fmt: skip
def test_anything_this_server_did_not_make_is_refused(text: str) -> None:
    with pytest.raises(BadInput) as refusal:
        read_cursor(text)
    assert set(refusal.value.fields) == {"after"}


@given(st.text(max_size=100))
@example("WyI1ZWVkIix7fV0")
def test_no_text_at_all_breaks_it(text: str) -> None:
    try:
        cursor = read_cursor(text)
    except BadInput:
        return
    assert read_cursor(str(cursor)) == cursor
