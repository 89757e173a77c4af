"""Identifiers rise with time, and secrets are not repeated."""

from __future__ import annotations

from crisisroom.core.ids import SystemIds


def test_ids_are_version_7_and_rise() -> None:
    ids = SystemIds()
    made = [ids.new() for _ in range(1000)]
    assert all(one.version == 7 for one in made)
    assert made == sorted(made)
    assert len(set(made)) == 1000


def test_secrets_have_the_size_asked_for_and_differ() -> None:
    ids = SystemIds()
    assert len(ids.secret(16)) == 16
    assert ids.secret(32) != ids.secret(32)
