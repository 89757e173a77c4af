"""Chance is handed in as well: whoever says the seed gets the same choices again."""

from __future__ import annotations

import random

Chance = random.Random


def chance(seed: int | str) -> Chance:
    """Choices that follow from the seed."""
    return random.Random(seed)  # noqa: S311 - nothing here is a secret


def any_seed() -> int:
    """A seed that nobody chose; whoever uses it says which it was."""
    return random.SystemRandom().randrange(1 << 32)
