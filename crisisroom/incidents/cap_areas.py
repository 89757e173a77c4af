"""The drawn areas of an alert: polygons and circles in CAP's order, latitude first, and which states they touch."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from crisisroom.core.states import REGION, STATES, Box

Point = tuple[float, float]
"""Latitude, longitude, as CAP writes them (GeoJSON has them the other way round)."""

Circle = tuple[float, float, float]
"""Latitude, longitude, radius in kilometres."""

# For all shapes of one alert together: each is held against every state.
MAX_POINTS = 10_000
_HALF_THE_EARTH_KM = 20_038.0
_KM_PER_DEGREE = 111.32
# Degrees by which a shape computed around a point near the date line may run past it, as real ones do.
_OVERSHOOT = 20.0


@dataclass(frozen=True, slots=True)
class CapArea:
    """One area of an alert: its words, its shapes, its codes in lists such as SAME or EMMA_ID."""

    desc: str
    polygons: tuple[tuple[Point, ...], ...] = ()
    circles: tuple[Circle, ...] = ()
    geocodes: tuple[tuple[str, str], ...] = ()


class BrokenShape(ValueError):
    """A polygon or circle that cannot be used; the text says why."""


def read_polygon(text: str) -> tuple[Point, ...]:
    """The points of `lat,lon lat,lon …` as written, closed or not. Raises BrokenShape."""
    pairs = re.sub(r"\s*,\s*", ",", text.strip()).split()
    points = tuple(_point(pair) for pair in pairs)
    if len(set(points)) < 3:
        raise BrokenShape("it has fewer than three different points")
    return points


def read_circle(text: str) -> Circle:
    """Centre and radius of `lat,lon km`. Raises BrokenShape."""
    parts = re.sub(r"\s*,\s*", ",", text.strip()).split()
    if len(parts) != 2:
        raise BrokenShape("it is not a centre and a radius")
    radius = _number(parts[1])
    if not 0 <= radius <= _HALF_THE_EARTH_KM:
        raise BrokenShape("its radius is not between 0 and half the Earth's girth")
    return (*_point(parts[0]), radius)


def _point(pair: str) -> Point:
    numbers = pair.split(",")
    if len(numbers) != 2:
        raise BrokenShape(f"“{pair[:30]}” is not a pair of latitude and longitude")
    lat, lon = (_number(number) for number in numbers)
    if abs(lat) > 90 and abs(lon) <= 90 and abs(lat) <= 180:
        raise BrokenShape(f"“{pair[:30]}” seems to give longitude first; CAP gives latitude first")
    if abs(lat) > 90 or abs(lon) > 180 + _OVERSHOOT:
        raise BrokenShape(f"“{pair[:30]}” is not on the Earth")
    return lat, lon if abs(lon) <= 180 else lon - math.copysign(360.0, lon)


_NUMBER = re.compile(r"[+-]?(\d{1,7}(\.\d{0,20})?|\.\d{1,20})([eE][+-]?\d{1,2})?", re.ASCII)


def _number(text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise BrokenShape(f"“{text[:30]}” is not a number")
    return float(text)


def states_touched(areas: Iterable[CapArea]) -> list[str]:
    """Codes of the states whose boxes any of the shapes touches, in the order of the table of states."""
    areas = list(areas)
    circles = [circle for area in areas for circle in area.circles]
    rings = [ring for area in areas for polygon in area.polygons for ring in _rings_near(polygon)]

    def touches(box: Box) -> bool:
        return any(_circle_meets(circle, box) for circle in circles) or any(_ring_meets(ring, box) for ring in rings)

    return [code for code, state in STATES.items() if any(touches(box) for box in state.boxes)]


def lies_elsewhere(areas: Iterable[CapArea]) -> bool:
    """There are shapes, and none of them comes near the region."""
    drawn = [area for area in areas if area.polygons or area.circles]
    return bool(drawn) and not any(
        any(_circle_meets(circle, REGION) for circle in area.circles)
        or any(_rings_near(polygon) for polygon in area.polygons)
        for area in drawn
    )


def _circle_meets(circle: Circle, box: Box) -> bool:
    """Is the point of the box that is nearest to the centre within the radius?"""
    lat, lon, radius = circle
    west, south, east, north = box
    near_lat = min(max(lat, south), north)
    # Across the date line the way round may be the shorter one.
    degrees = min(abs(min(max(lon + turn, west), east) - (lon + turn)) for turn in (-360.0, 0.0, 360.0))
    across = math.sin(math.radians(degrees) / 2) ** 2 * math.cos(math.radians(lat)) * math.cos(math.radians(near_lat))
    haversine = math.sin(math.radians(near_lat - lat) / 2) ** 2 + across
    return 2 * math.degrees(math.asin(math.sqrt(min(1.0, haversine)))) * _KM_PER_DEGREE <= radius


def _rings_near(polygon: Sequence[Point]) -> list[list[Point]]:
    """The polygon as rings of x, y, once for each way round the Earth on which it meets the region."""
    ring = _unrolled(polygon)
    turned = ([(x + turn, y) for x, y in ring] for turn in (-360.0, 0.0, 360.0))
    return [ring for ring in turned if _ring_meets(ring, REGION)]


def _unrolled(polygon: Sequence[Point]) -> list[Point]:
    """The ring as x, y without the jump of 360 degrees where it crosses the date line.

    Read flat, a warning for two sides of the date line would cover everything in between, the Caribbean included.
    """
    ring = []
    shift = 0.0
    before = polygon[0][1]
    for lat, lon in polygon:
        if abs(lon - before) > 180:
            shift += 360.0 if lon < before else -360.0
        before = lon
        ring.append((lon + shift, lat))
    return ring


def _ring_meets(ring: Sequence[Point], box: Box) -> bool:
    west, south, east, north = box
    if (
        max(x for x, _ in ring) < west
        or min(x for x, _ in ring) > east
        or max(y for _, y in ring) < south
        or min(y for _, y in ring) > north
    ):
        return False
    edges = list(pairwise(ring))
    return any(_edge_meets(a, b, box) for a, b in edges) or _holds(edges, west, south)


def _edge_meets(a: Point, b: Point, box: Box) -> bool:
    """Clip the edge by each side of the box in turn; something left means that they meet."""
    west, south, east, north = box
    dx, dy = b[0] - a[0], b[1] - a[1]
    first, last = 0.0, 1.0
    for step, room in ((-dx, a[0] - west), (dx, east - a[0]), (-dy, a[1] - south), (dy, north - a[1])):
        if step == 0:
            if room < 0:
                return False
        elif step < 0:
            first = max(first, room / step)
        else:
            last = min(last, room / step)
    return first <= last


def _holds(edges: Iterable[tuple[Point, Point]], x: float, y: float) -> bool:
    """Is the point inside the ring? A line from it to the east then crosses an odd number of edges."""
    inside = False
    for (ax, ay), (bx, by) in edges:
        if (ay > y) != (by > y) and x < ax + (y - ay) / (by - ay) * (bx - ax):
            inside = not inside
    return inside
