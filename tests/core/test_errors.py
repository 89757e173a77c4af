"""Every refusal has a status, a stable type and a sentence."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from crisisroom.core import errors
from crisisroom.core.errors import BadInput, Conflict, FieldConflict, KeyReused, NotSaved, Refused


def kinds(cls: type[Refused] = Refused) -> Iterator[type[Refused]]:
    yield cls
    for narrower in cls.__subclasses__():
        yield from kinds(narrower)


def test_every_kind_of_refusal_has_its_own_type() -> None:
    types = [kind.type for kind in kinds() if kind.__module__ == errors.__name__]
    assert len(set(types)) == len(types)


@pytest.mark.parametrize("kind", list(kinds()), ids=lambda kind: kind.__name__)
def test_every_kind_of_refusal_says_what_it_is(kind: type[Refused]) -> None:
    assert (kind.__doc__ or "").strip().endswith(".")
    assert kind.title
    assert 400 <= kind.status < 600


def test_bad_input_names_its_field() -> None:
    assert BadInput("Say what blocks it.", "reason").more() == {"fields": {"reason": "Say what blocks it."}}
    assert BadInput("No.").more() == {}
    assert KeyReused("No.", "Idempotency-Key").status == 422


def test_a_conflict_shows_both_values() -> None:
    one = FieldConflict("title", "a", "b", "c", {"name": "Elias Daniel"})
    assert Conflict([one]).more() == {
        "conflict": [{"field": "title", "base": "a", "theirs": "b", "yours": "c", "by": {"name": "Elias Daniel"}}]
    }


def test_what_was_not_saved_says_whether_that_is_certain() -> None:
    assert NotSaved("Not saved.").more() == {"saved": False}
    assert NotSaved("Lost.", saved="unknown").more() == {"saved": "unknown"}
