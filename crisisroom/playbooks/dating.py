"""From offsets to dates: when each item of a playbook is due, given the moments of its anchors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from crisisroom.core.times import MINUS, duration, shifted

from .schema import Due, Playbook, PlaybookItem, PlaybookPhase

AS_DUE = "as due"


@dataclass(frozen=True)
class DatedItem:
    """An item with its deadline: `due` is None while its anchor has no moment, or when it is done as due."""

    item: PlaybookItem
    phase: PlaybookPhase
    due: datetime | None
    offset: str
    after: tuple[str, ...]


def dated_items(playbook: Playbook, anchors: Mapping[str, datetime | None]) -> list[DatedItem]:
    """Every item in the playbook's order, with its deadline in UTC and its offset as people read it.

    An anchor left out or None is not known yet. Raises ValueError for an anchor that the playbook does not have, a
    moment without a zone, or one so far away that its deadlines are not dates.
    """
    moments = _checked(playbook, anchors)
    return [
        DatedItem(item, phase, due_at(item.due, moments), offset_of(playbook, item.due), item.after)
        for phase in playbook.phases
        for item in phase.items
    ]


def anchor_names(playbook: Playbook) -> list[str]:
    """The anchors in the order people are asked for them: `activation`, then the file's."""
    return list(playbook.all_anchors)


def due_at(due: Due | None, anchors: Mapping[str, datetime | None]) -> datetime | None:
    """The first moment a deadline stands for, in UTC, or None when that cannot be known yet."""
    moment = anchors.get(due.anchor) if due is not None else None
    if due is None or moment is None:
        return None
    # Added in UTC: 24 h over a change of the clocks are 24 h, not a day on the wall.
    try:
        return shifted(moment, due.span)
    except ValueError as error:
        raise ValueError(f"The time of {due.anchor} is too far away to count from.") from error


def offset_of(playbook: Playbook, due: Due | None) -> str:
    """`L−48:00`, `A+0:15`, `C+14d 00:00`, or `as due` for an item without a deadline."""
    if due is None:
        return AS_DUE
    return offset_label(playbook.all_anchors[due.anchor].letter, due.span)


def offset_label(letter: str, span: timedelta) -> str:
    """As every offset: hours and minutes up to 48 h, `L−48:00`; beyond, days first, `L−2d 12:00`."""
    return f"{letter}{MINUS if span < timedelta(0) else '+'}{duration(span)}"


def _checked(playbook: Playbook, anchors: Mapping[str, datetime | None]) -> Mapping[str, datetime | None]:
    known = anchor_names(playbook)
    for name, moment in anchors.items():
        if name not in known:
            raise ValueError(f"{playbook.title} has no anchor {name}: its anchors are {', '.join(known)}.")
        if moment is not None and moment.utcoffset() is None:
            raise ValueError(f"The time of {name} has no zone.")
    return anchors
