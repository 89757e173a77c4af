"""The environment of templates."""

from __future__ import annotations

from crisisroom.render.env import make_environment
from tests.support.ids import SeededIds


def test_the_keys_of_forms_come_from_the_ids_handed_in() -> None:
    new_key = make_environment(ids=SeededIds(7)).globals["new_key"]
    assert new_key() == str(SeededIds(7).new())  # type: ignore[operator]
    assert new_key() != new_key()  # type: ignore[operator]
