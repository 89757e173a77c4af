"""Text fields and their limits. What a person typed is kept as typed, but for control characters, which are refused."""

from __future__ import annotations

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

LINE = 200
PROSE = 10_000


def _no_controls(text: str) -> str:
    for character in text:
        if unicodedata.category(character) == "Cc" and character not in "\n\r\t":
            raise ValueError("has a control character; take it out")
    return text


def _one_line(text: str) -> str:
    if "\n" in text or "\r" in text:
        raise ValueError("goes on one line")
    return text


def plain_ends(text: str) -> str:
    """The text with plain line ends: a browser sends them in another way, by form, than a program does."""
    return text.replace("\r\n", "\n")


Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LINE),
    AfterValidator(_no_controls),
    AfterValidator(_one_line),
]
"""One line, 1 to 200 characters."""

Prose = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=PROSE),
    AfterValidator(_no_controls),
    AfterValidator(plain_ends),
]
"""Several lines, 1 to 10,000 characters."""

OptionalLine = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=LINE),
    AfterValidator(_no_controls),
    AfterValidator(_one_line),
]
"""One line that may be empty."""

OptionalProse = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=PROSE),
    AfterValidator(_no_controls),
    AfterValidator(plain_ends),
]
"""Several lines that may be empty."""

Reference = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
"""An id or a short number such as `E-131`."""
