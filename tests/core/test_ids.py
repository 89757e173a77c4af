"""Identifiers rise with time, and secrets are not repeated."""

from __future__ import annotations

from uuid import UUID, uuid4

from crisisroom.core.ids import SystemIds, ids_from


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


def test_what_a_command_makes_has_the_same_ids_whenever_its_key_is_carried_out() -> None:
    actor, key = uuid4(), uuid4()
    first, again = ids_from(actor, key), ids_from(actor, key)
    made = [first() for _ in range(3)]
    assert made == [again() for _ in range(3)]
    assert len({*made, ids_from(actor, uuid4())(), ids_from(uuid4(), key)()}) == 5
    assert all(one.version == 7 and one.variant == UUID(int=0b10 << 62).variant for one in made)


def test_ids_from_a_key_that_tells_its_time_are_of_that_time() -> None:
    key = SystemIds().new()
    assert ids_from(uuid4(), key)().bytes[:6] == key.bytes[:6]
