"""One block of an alert: its elements by name, with a warning or a refusal for what the standard does not allow."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TypeVar

from lxml import etree

from crisisroom.core.clock import to_milliseconds
from crisisroom.core.times import read_instant
from crisisroom.incidents.cap_areas import MAX_POINTS, BrokenShape, CapArea, Circle, Point, read_circle, read_polygon
from crisisroom.incidents.cap_xml import AlertRefused

T = TypeVar("T")


class Block:
    """An `alert`, `info` or `area` element and the list that its warnings go to."""

    def __init__(self, element: etree._Element, name: str, warnings: list[str]) -> None:
        self._name = name
        self._warnings = warnings
        self._found: dict[str, list[etree._Element]] = {}
        space = etree.QName(element).namespace
        for child in element:
            tag = etree.QName(child)
            # A child without any namespace is a common slip; one of another standard (a signature) is not ours.
            if tag.namespace in (space, None):
                self._found.setdefault(tag.localname, []).append(child)

    def all(self, name: str) -> list[etree._Element]:
        """Every element of that name."""
        return self._found.get(name, [])

    def need(self, *names: str) -> None:
        """Refuse the alert unless each of these is there, once, and not empty."""
        for name in names:
            if len(self.all(name)) > 1:
                raise AlertRefused(f"The {self._name} has {len(self.all(name))} {name} elements; it may have one only.")
        missing = [name for name in names if not self.text(name)]
        if missing:
            raise AlertRefused(f"The {self._name} has no {' and no '.join(missing)}, which every CAP alert must have.")

    def text(self, name: str) -> str:
        """The text on one line, without marks that turn or hide what stands beside it."""
        return one_line(self._only(name))

    def prose(self, name: str) -> str:
        """The text with its lines."""
        lines = (one_line(line) for line in self._only(name).splitlines())
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()

    def address(self, name: str) -> str:
        """A web address that is safe to link to."""
        address = self.text(name)
        if not address or (address.lower().startswith(("https://", "http://")) and " " not in address):
            return address
        self._warn(f"Its web address {quoted(address)} is not one to open and was left out")
        return ""

    def time(self, name: str) -> datetime | None:
        """A time, if there is one."""
        return self.instant(name) if self.text(name) else None

    def instant(self, name: str) -> datetime:
        """A time with its offset from UTC; refused if it cannot be told which moment is meant."""
        return _instant(name, self.text(name))

    def must_be(self, name: str, allowed: Sequence[str]) -> str:
        """One of the values of the standard; what depends on it is too much to guess."""
        value = self._listed(name, self.text(name), allowed)
        if value is None:
            raise AlertRefused(f"The {name} is {quoted(self.text(name))}; CAP knows {', '.join(allowed)}.")
        return value

    def one_of(self, name: str, allowed: Sequence[str], otherwise: str) -> str:
        """One of the values of the standard, or the stand-in with a warning."""
        text = self.text(name)
        value = self._listed(name, text, allowed)
        if value is None:
            self._warn(f"{_found(name, text)}; read as {otherwise}")
        return value or otherwise

    def each_of(self, name: str, allowed: Sequence[str], otherwise: str) -> tuple[str, ...]:
        """All values of an element that may be repeated, each as in `one_of`."""
        values = []
        for text in [one_line(_text(element)) for element in self.all(name)] or [""]:
            value = self._listed(name, text, allowed)
            if value is None:
                self._warn(f"{_found(name, text)}; read as {otherwise}")
            values.append(value or otherwise)
        return tuple(dict.fromkeys(values))

    def pairs(self, name: str) -> tuple[tuple[str, str], ...]:
        """Name and value of each `parameter` or `geocode`."""
        blocks = [Block(element, name, []) for element in self.all(name)]
        return tuple((block.text("valueName"), block.text("value")) for block in blocks)

    def _only(self, name: str) -> str:
        elements = self.all(name)
        if len(elements) > 1:
            self._warn(f"The {self._name} has {len(elements)} {name} elements; the first was read")
        return _text(elements[0]) if elements else ""

    def _listed(self, name: str, text: str, allowed: Sequence[str]) -> str | None:
        for value in allowed:
            if value.casefold() == text.casefold():
                if value != text:
                    self._warn(f"The {name} is written {quoted(text)} instead of {value}")
                return value
        # CAP 1.0 had this certainty; its successors say to read it so.
        return "Likely" if name == "certainty" and text.casefold() == "very likely" else None

    def _warn(self, sentence: str) -> None:
        self._warnings.append(f"{sentence}.")


def read_areas(blocks: Iterable[Block], warnings: list[str]) -> tuple[CapArea, ...]:
    """The areas of all these blocks, each once. A shape that cannot be used is left out with a warning."""
    areas = []
    left = MAX_POINTS
    for element in [area for block in blocks for area in block.all("area")]:
        area = Block(element, "area", warnings)
        desc = area.text("areaDesc")
        where = f"the area {quoted(desc)}" if desc else "an area without a description"
        polygons = tuple(_shapes(area.all("polygon"), _polygon, f"A polygon of {where}", warnings))
        circles = tuple(_shapes(area.all("circle"), _circle, f"A circle of {where}", warnings))
        left -= sum(map(len, polygons)) + len(circles)
        if left < 0:
            polygons, circles = (), ()
            warnings.append(f"Its shapes have more than {MAX_POINTS:,} points; the later ones were left out.")
        areas.append(CapArea(desc, polygons, circles, area.pairs("geocode")))
    return tuple(dict.fromkeys(areas))


def _shapes(
    elements: Iterable[etree._Element], read: Callable[[str], tuple[T, str]], what: str, warnings: list[str]
) -> Iterable[T]:
    for text in filter(None, (_text(element).strip() for element in elements)):
        try:
            shape, remark = read(text)
        except BrokenShape as reason:
            warnings.append(f"{what} was left out: {reason}.")
            continue
        if remark:
            warnings.append(f"{what} {remark}.")
        yield shape


def _polygon(text: str) -> tuple[tuple[Point, ...], str]:
    points = read_polygon(text)
    if points[0] == points[-1]:
        return points, ""
    return (*points, points[0]), "does not end where it began; it was closed"


def _circle(text: str) -> tuple[Circle, str]:
    return read_circle(text), ""


def _text(element: etree._Element) -> str:
    return "".join(str(part) for part in element.itertext())


# Control characters, and the marks, overrides and isolates with which a headline can be made to read differently from
# what it is.
_NOT_SHOWN = [*range(0x20), *range(0x7F, 0xA0), 0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
_SHOWN = {code: " " if chr(code).isspace() else None for code in (*_NOT_SHOWN, 0xFEFF)}


def one_line(text: str) -> str:
    """White space collapsed; control characters and marks that turn the direction of writing left out."""
    return " ".join(text.translate(_SHOWN).split())


def shorten(text: str, length: int) -> str:
    """At most so many characters, cut between words where that leaves enough."""
    if len(text) <= length:
        return text
    cut = text[: length - 1]
    at = cut.rfind(" ")
    return (cut[:at] if at > length // 2 else cut).rstrip(" ,;:.-") + "…"


def quoted(text: str) -> str:
    """What the file says, short enough to stand in a sentence of ours."""
    return f"“{shorten(text, 60)}”"


def _found(name: str, text: str) -> str:
    return f"The {name} {quoted(text)} is not one that CAP knows" if text else f"It gives no {name}"


_WITHOUT_COLON = re.compile(r"([+-]\d{2})(\d{2})", re.ASCII)
_WITHOUT_OFFSET = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?", re.ASCII)


def _instant(name: str, text: str) -> datetime:
    if _WITHOUT_OFFSET.fullmatch(text):
        raise AlertRefused(
            f"The time in {name}, {quoted(text)}, has no offset from UTC (such as -04:00), "
            "so it does not say which moment it means."
        )
    offset = _WITHOUT_COLON.fullmatch(text[-5:])
    try:
        return to_milliseconds(read_instant(f"{text[:-5]}{offset[1]}:{offset[2]}" if offset else text))
    except (ValueError, OverflowError):
        raise AlertRefused(
            f"The time in {name}, {quoted(text)}, cannot be read; CAP writes times as 2026-09-08T14:30:00-04:00."
        ) from None
