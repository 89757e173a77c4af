"""Fragments that were drawn before, kept as long as all they were drawn from is the same.

A board page is mostly cards that have not changed since the page before it; drawing one takes twenty times as long as
finding it here.
"""

from __future__ import annotations

from collections.abc import Callable
from weakref import WeakKeyDictionary

from jinja2 import Environment
from markupsafe import Markup

from crisisroom.core.recent import Recent

MOST = 20_000
# Whole lanes are large, and each group of rooms has its own; this many of 100 cards are some ten megabytes.
MOST_LANES = 64


class Kept:
    """One fragment a name, with its sources: everything that its template may look at."""

    def __init__(self, most: int = MOST) -> None:
        self._fragments: Recent[str, tuple[tuple[object, ...], Markup]] = Recent(most)

    def get(self, name: str, sources: tuple[object, ...], draw: Callable[[], str]) -> Markup:
        """The fragment as kept, or drawn now because it is new or a source differs."""
        found = self._fragments.get(name)
        # A tuple compares by identity first, so rows that nothing replaced cost no look at their fields.
        if found and found[0] == sources:
            return found[1]
        fragment = Markup(draw())  # noqa: S704 - a template's own output
        self._fragments.put(name, (sources, fragment))
        return fragment


_KEPT: WeakKeyDictionary[Environment, Kept] = WeakKeyDictionary()
_KEPT_LANES: WeakKeyDictionary[Environment, Kept] = WeakKeyDictionary()


def kept(env: Environment) -> Kept:
    """What was drawn with these templates."""
    return _KEPT.get(env) or _KEPT.setdefault(env, Kept())


def kept_lanes(env: Environment) -> Kept:
    """The cards of whole lanes, joined."""
    return _KEPT_LANES.get(env) or _KEPT_LANES.setdefault(env, Kept(MOST_LANES))
