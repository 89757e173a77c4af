"""What was used lately stays."""

from __future__ import annotations

from crisisroom.core.recent import Recent


def test_what_was_unused_for_longest_goes_first() -> None:
    recent: Recent[str, int] = Recent(3)
    for n, key in enumerate("abc"):
        recent.put(key, n)
    assert recent.get("a") == 0
    recent.put("d", 3)
    assert [recent.get(key) for key in "abcd"] == [0, None, 2, 3]
    assert len(recent) == 3


def test_a_value_is_replaced_and_forgotten() -> None:
    recent: Recent[str, int] = Recent(2)
    recent.put("a", 1)
    recent.put("b", 1)
    recent.put("a", 2)
    recent.put("c", 3)
    assert (recent.get("a"), recent.get("b")) == (2, None)
    recent.forget("a")
    recent.forget("a")
    assert recent.get("a") is None
