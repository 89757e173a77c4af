"""What no single field of a playbook can tell: names that must fit each other, and items that wait in a circle."""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import PurePath
from typing import TYPE_CHECKING, TypeAlias

from .yaml_tree import Path

if TYPE_CHECKING:
    from .schema import Playbook, PlaybookItem

MAX_ITEMS = 200

Found: TypeAlias = Iterator[tuple[Path, str]]


def cross_checks(playbook: Playbook, filename: str) -> Found:
    """Each finding with the path of the value whose line is to be named."""
    stem = PurePath(filename).stem
    if playbook.slug != stem:
        yield ("slug",), f"The file is named {stem} and the slug is {playbook.slug}: make them the same."
    if len(playbook.items) > MAX_ITEMS:
        yield ("phases",), f"The playbook has {len(playbook.items)} items: {MAX_ITEMS} is the most, so split it."
    yield from _check_anchors(playbook)
    yield from _check_ids(playbook)
    yield from _check_order(playbook)
    yield from _check_positions(playbook)


def _check_anchors(playbook: Playbook) -> Found:
    anchors = playbook.all_anchors
    known = ", ".join(anchors)
    if playbook.t0 not in anchors:
        yield ("t0",), f"There is no anchor `{playbook.t0}`: t0 must be one of {known}."
    for path, item in _located(playbook):
        if item.due is not None and item.due.anchor not in anchors:
            yield (*path, "due", "anchor"), f"There is no anchor `{item.due.anchor}`: write one of {known}."
    letters: dict[str, str] = {}
    for name, anchor in anchors.items():
        other = letters.setdefault(anchor.letter, name)
        if other != name:
            sentence = f"`{name}` has the letter {anchor.letter}, as `{other}` has: choose another."
            yield ("anchors", name, "letter"), sentence


def _check_ids(playbook: Playbook) -> Found:
    phases = [(("phases", number), phase.id) for number, phase in enumerate(playbook.phases)]
    items = [(path, item.id) for path, item in _located(playbook)]
    for kind, everything in (("phase", phases), ("item", items)):
        seen: set[str] = set()
        for path, name in everything:
            if name in seen:
                yield (*path, "id"), f"Another {kind} already has the id `{name}`: choose another."
            seen.add(name)


def _check_order(playbook: Playbook) -> Found:
    paths = {item.id: path for path, item in _located(playbook)}
    for path, item in _located(playbook):
        for number, wanted in enumerate(item.after):
            if wanted not in paths:
                yield (*path, "after", number), f"There is no item `{wanted}`: correct the id, or remove it."
            if wanted in item.after[:number]:
                yield (*path, "after", number), f"`{wanted}` is in this list twice: keep one."
    waits = {item.id: [one for one in item.after if one in paths] for item in playbook.items}
    try:
        TopologicalSorter(waits).prepare()
    except CycleError as error:
        circle = list(reversed(error.args[1]))
        chain = " waits for ".join(circle)
        yield (*paths[circle[0]], "after"), f"No item in this circle can ever start: {chain}. Remove one `after`."


def _check_positions(playbook: Playbook) -> Found:
    if not playbook.positions:
        return
    used = {item.position for item in playbook.items}
    for path, item in _located(playbook):
        if item.position is not None and item.position not in playbook.positions:
            yield (*path, "position"), f"The list of positions has no `{item.position}`: add it, or correct this one."
    for number, position in enumerate(playbook.positions):
        if position not in used:
            yield ("positions", number), f"No item names the position `{position}`: remove it from the list."
        if position in playbook.positions[:number]:
            yield ("positions", number), f"`{position}` is in the list twice: keep one."


def _located(playbook: Playbook) -> Iterator[tuple[Path, PlaybookItem]]:
    for number, phase in enumerate(playbook.phases):
        for place, item in enumerate(phase.items):
            yield ("phases", number, "items", place), item
