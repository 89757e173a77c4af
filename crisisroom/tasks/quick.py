"""The quick-add line: `Two loaders to the runway @CDEMA !critical due T+14:15 for E-136 #tlp:green`."""

from __future__ import annotations

import re
from typing import Any

_TOKENS = (
    ("agency", re.compile(r"(?:^|\s)@([A-Za-z][\w+-]*)")),
    ("priority", re.compile(r"(?:^|\s)!([A-Za-z]+)")),
    ("tlp", re.compile(r"(?:^|\s)#(tlp:[A-Za-z]+(?:\+strict)?)", re.IGNORECASE)),
    ("for", re.compile(r"(?:^|\s)for ([A-Za-z]-?\d+)(?=\s|$)", re.IGNORECASE)),
    (
        "due",
        re.compile(
            r"(?:^|\s)due (T[+−-](?:\d+d )?\d+:\d\d|T?[+−-]\d+(?:min|[mhd])"
            r"|(?:\d{4}-\d\d-\d\d )?\d{1,2}:\d\d ?(?:UTC|Z)|\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d))(?=\s|$)",
            re.IGNORECASE,
        ),
    ),
)


def read_quick(text: str) -> dict[str, Any]:
    """The fields of `add-task` in a quick line; what is no token is the title."""
    fields: dict[str, Any] = {}
    for name, pattern in _TOKENS:
        found = pattern.findall(text)
        if not found:
            continue
        text = pattern.sub(" ", text)
        if name == "for":
            fields["holds_up"] = found
        elif name == "priority":
            fields[name] = found[-1].lower()
        else:
            fields[name] = found[-1]
    return fields | {"title": " ".join(text.split())}
