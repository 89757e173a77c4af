"""The hash tree, against the definition of RFC 6962 written out as it stands there."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from crisisroom.log.merkle import tree_root


def mth(leaves: list[bytes]) -> bytes:
    """Section 2.1: the largest power of two smaller than n goes to the left."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def leaf(number: int) -> bytes:
    return hashlib.sha256(b"\x00" + bytes([number % 256, number // 256])).digest()


def test_the_tree_is_that_of_rfc_6962_for_every_size() -> None:
    leaves = [leaf(number) for number in range(300)]
    for size in range(len(leaves) + 1):
        assert tree_root(leaves[:size]) == mth(leaves[:size])


def test_no_entries_have_the_hash_of_nothing() -> None:
    assert tree_root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=40), st.data())
def test_another_leaf_gives_another_root(leaves: list[bytes], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(leaves) - 1))
    other = bytes([leaves[place][0] ^ 1]) + leaves[place][1:]
    assert tree_root([*leaves[:place], other, *leaves[place + 1 :]]) != tree_root(leaves)
    assert tree_root(leaves[:-1]) != tree_root(leaves)
