"""The quick-add line: `Two loaders to the runway @CDEMA !critical due T+14:15 for E-136 #tlp:green`."""

from __future__ import annotations

import re
from typing import Any

from crisisroom.core.errors import BadInput
from crisisroom.tasks.models import Priority

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

# A deadline in words, or one without a zone: whoever wrote it meant one, so it is not let into the title.
_NO_TIME = re.compile(
    r"(?:^|\s)(due (?:yesterday|today|tonight|tomorrow|now|noon|midnight"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day|[T+−-]*\d\S*))(?=\s|$)",
    re.IGNORECASE,
)


def check_quick(fields: dict[str, Any]) -> None:
    """Raise BadInput that names a token as it was written, if what `read_quick` found is no priority or no time."""
    priority = fields.get("priority")
    if priority and priority not in set(Priority):
        *others, last = (f"!{one}" for one in Priority)
        raise BadInput(f"!{priority} is no priority: use {', '.join(others)} or {last}.", "priority")
    if odd := _NO_TIME.search(fields["title"]):
        raise BadInput(f"{odd[1]}: write a time, as in due T+14:15, due 18:30 UTC or due +2h.", "due")


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
