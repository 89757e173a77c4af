"""The table of states: codes, zones, boxes, and names found in what people write."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from crisisroom.core.states import NAMES, REGION, STATES, State, in_text
from crisisroom.core.times import zone_name

EVERY = [pytest.param(state, id=state.code) for state in STATES.values()]


def test_the_community_has_fifteen_members_and_six_associates() -> None:
    standing = [state.standing for state in STATES.values()]
    assert (standing.count("member"), standing.count("associate")) == (15, 6)


def test_members_come_first() -> None:
    standing = [state.standing for state in STATES.values()]
    assert standing == sorted(standing, key=["member", "associate", "territory"].index)


@pytest.mark.parametrize("state", EVERY)
class TestEachState:
    def test_is_found_under_its_code(self, state: State) -> None:
        assert re.fullmatch("[A-Z]{2}", state.code)
        assert STATES[state.code] is state
        assert NAMES[state.code] == state.name

    def test_keeps_the_time_that_its_abbreviation_says(self, state: State) -> None:
        assert zone_name(datetime(2026, 1, 15, 12, tzinfo=UTC).astimezone(ZoneInfo(state.zone))) == state.abbreviation

    def test_lies_in_the_region(self, state: State) -> None:
        for west, south, east, north in (*state.boxes, state.box):
            assert REGION[0] < west < east < REGION[2]
            assert REGION[1] < south < north < REGION[3]

    def test_is_recognised_by_each_of_its_names_and_by_no_other(self, state: State) -> None:
        for name in (state.name, *state.also):
            assert in_text(f"Warning for {name}, until noon") == [state.code]
            assert in_text(name.upper()) == [state.code]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("St. Vincent & the Grenadines", ["VC"]),
        ("st lucia and ST KITTS", ["KN", "LC"]),
        ("Saint-Barthelemy et Saint-Martin", ["BL", "MF"]),
        ("Sint Maarten (Dutch part)", ["SX"]),
        ("Curacao", ["CW"]),
        ("Haïti", ["HT"]),
        ("Tobago", ["TT"]),
        ("Petite Martinique", ["GD"]),
        ("Martinique and Petite Martinique", ["GD", "MQ"]),
        ("British Virgin Islands, U.S. Virgin Islands", ["VG", "VI"]),
        ("Barbuda and Barbados", ["AG", "BB"]),
        ("Dominican Republic", []),
        ("República Dominicana", []),
        ("French Guiana", []),
        ("Antigua Guatemala", []),
        ("Jamaica Bay, New York", []),
        ("Jamaicans abroad", []),
        ("the whole region", []),
        ("", []),
    ],
)
def test_names_are_found_as_whole_words(text: str, codes: list[str]) -> None:
    assert in_text(text) == codes


@pytest.mark.parametrize(
    ("code", "west", "south", "east", "north"),
    [
        # Extents of the land in degrees, rounded inwards.
        ("AG", -61.88, 17.0, -61.69, 17.70),
        ("BS", -78.98, 20.95, -72.76, 26.93),
        ("BB", -59.64, 13.07, -59.44, 13.31),
        ("BZ", -89.23, 15.9, -87.8, 18.47),
        ("HT", -74.47, 18.05, -71.66, 20.08),
        ("JM", -78.33, 17.72, -76.22, 18.51),
        ("TT", -61.89, 10.07, -60.54, 11.31),
        ("VC", -61.34, 12.7, -61.13, 13.35),
        ("GY", -61.38, 1.21, -56.49, 8.54),
        ("SR", -58.05, 1.85, -54.0, 5.98),
        ("TC", -72.33, 21.76, -71.65, 21.94),
        ("KY", -81.41, 19.28, -79.75, 19.76),
        ("BM", -64.85, 32.27, -64.68, 32.38),
    ],
)
def test_the_box_holds_the_land(code: str, west: float, south: float, east: float, north: float) -> None:
    box = STATES[code].box
    assert box[0] <= west
    assert box[1] <= south
    assert box[2] >= east
    assert box[3] >= north
