"""The states and territories of the Caribbean Community and their neighbours, by ISO 3166-1 alpha-2 code.

Community membership is as known in November 2026. The boxes are rough: good enough to ask "does this warning area
touch that state?", never for drawing a coast.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Literal

Box = tuple[float, float, float, float]
"""West, south, east, north in degrees."""

HOME_ZONE = "America/Barbados"
"""The zone of what belongs to no state: where most of the Community's agencies sit."""

Standing = Literal["member", "associate", "territory"]

# The whole area the table speaks about, open sea included.
REGION: Box = (-92.0, 0.0, -52.0, 34.0)


@dataclass(frozen=True, slots=True)
class State:
    """A state or territory: how it is written, what time it keeps, roughly where it lies."""

    code: str
    name: str
    standing: Standing
    zone: str
    abbreviation: str
    """The zone's short name in standard time, as times are shown: `AST`, `EST`, `UTC-03`."""
    boxes: tuple[Box, ...]
    also: tuple[str, ...] = ()
    """Further names under which warnings speak of it: other languages, its larger islands."""

    @property
    def box(self) -> Box:
        """The one box around all of it. For scattered islands `boxes` is much tighter."""
        west, south, east, north = zip(*self.boxes, strict=True)
        return min(west), min(south), max(east), max(north)


def in_text(text: str) -> list[str]:
    """Codes of the states a text names, in the order of the table. Case, accents and `St` for `Saint` do not matter."""
    words = _words(text)
    found = set()
    # Longer names first, each taken out of the text: Petite Martinique belongs to Grenada, not to Martinique.
    for name, code in _BY_LENGTH:
        if name in words:
            words = words.replace(name, " / ")
            found.add(code)
    return [code for code in STATES if code in found]


def _words(text: str) -> str:
    """The text as plain lower-case words between single spaces, so that a name is found only as whole words."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    spaced = "".join(c if c.isalnum() else " " for c in plain.replace("&", " and "))
    return f" {' '.join(_SAINTS.get(word, word) for word in spaced.split())} "


_SAINTS = {"st": "saint", "ste": "saint", "sainte": "saint"}

_TABLE = (
    State(
        "AG",
        "Antigua and Barbuda",
        "member",
        "America/Antigua",
        "AST",
        ((-62.36, 16.92, -61.62, 17.75),),
        ("Antigua", "Barbuda", "Antigua-et-Barbuda", "Antigua y Barbuda"),
    ),
    State(
        "BS",
        "Bahamas",
        "member",
        "America/Nassau",
        "EST",
        ((-79.4, 23.4, -74.2, 27.4), (-76.0, 22.0, -72.7, 23.4), (-73.8, 20.85, -72.9, 22.0)),
        ("The Bahamas",),
    ),
    State("BB", "Barbados", "member", "America/Barbados", "AST", ((-59.68, 13.02, -59.4, 13.36),), ("Barbade",)),
    State("BZ", "Belize", "member", "America/Belize", "CST", ((-89.25, 15.85, -87.45, 18.5),), ("Belice",)),
    State("DM", "Dominica", "member", "America/Dominica", "AST", ((-61.5, 15.18, -61.22, 15.67),), ("Dominique",)),
    State(
        "GD",
        "Grenada",
        "member",
        "America/Grenada",
        "AST",
        ((-61.82, 11.95, -61.35, 12.55),),
        ("Carriacou", "Petite Martinique"),
    ),
    State("GY", "Guyana", "member", "America/Guyana", "UTC-04", ((-61.42, 1.15, -56.45, 8.6),)),
    State("HT", "Haiti", "member", "America/Port-au-Prince", "EST", ((-74.5, 18.0, -71.6, 20.12),), ("Ayiti",)),
    State("JM", "Jamaica", "member", "America/Jamaica", "EST", ((-78.4, 17.68, -76.15, 18.55),), ("Jamaïque",)),
    State(
        "KN",
        "Saint Kitts and Nevis",
        "member",
        "America/St_Kitts",
        "AST",
        ((-62.9, 17.08, -62.5, 17.43),),
        ("Saint Kitts", "Nevis", "Saint Christopher", "Saint-Kitts-et-Nevis"),
    ),
    State(
        "LC",
        "Saint Lucia",
        "member",
        "America/St_Lucia",
        "AST",
        ((-61.1, 13.68, -60.85, 14.13),),
        ("Sainte-Lucie", "Santa Lucía"),
    ),
    State("MS", "Montserrat", "member", "America/Montserrat", "AST", ((-62.27, 16.65, -62.12, 16.85),)),
    State("SR", "Suriname", "member", "America/Paramaribo", "UTC-03", ((-58.1, 1.8, -53.95, 6.1),), ("Surinam",)),
    State(
        "TT",
        "Trinidad and Tobago",
        "member",
        "America/Port_of_Spain",
        "AST",
        ((-61.95, 10.0, -60.45, 11.4),),
        ("Trinidad", "Tobago", "Trinité-et-Tobago"),
    ),
    State(
        "VC",
        "Saint Vincent and the Grenadines",
        "member",
        "America/St_Vincent",
        "AST",
        ((-61.5, 12.5, -61.08, 13.42),),
        ("Saint Vincent", "Grenadines", "San Vicente y las Granadinas"),
    ),
    State("AI", "Anguilla", "associate", "America/Anguilla", "AST", ((-63.45, 18.14, -62.9, 18.62),)),
    State("BM", "Bermuda", "associate", "Atlantic/Bermuda", "AST", ((-64.95, 32.2, -64.6, 32.45),), ("Bermudes",)),
    State("CW", "Curaçao", "associate", "America/Curacao", "AST", ((-69.2, 11.95, -68.6, 12.42),), ("Kòrsou",)),
    State(
        "KY",
        "Cayman Islands",
        "associate",
        "America/Cayman",
        "EST",
        ((-81.45, 19.2, -79.7, 19.82),),
        ("Grand Cayman", "Cayman Brac", "Little Cayman", "Îles Caïmans", "Islas Caimán"),
    ),
    State(
        "TC",
        "Turks and Caicos Islands",
        "associate",
        "America/Grand_Turk",
        "EST",
        ((-72.52, 21.05, -71.05, 22.0),),
        ("Turks and Caicos", "Turks-et-Caïcos"),
    ),
    State(
        "VG",
        "British Virgin Islands",
        "associate",
        "America/Tortola",
        "AST",
        ((-64.85, 18.37, -64.25, 18.8),),
        ("BVI", "Tortola", "Virgin Gorda", "Jost Van Dyke", "Anegada"),
    ),
    State("AW", "Aruba", "territory", "America/Aruba", "AST", ((-70.1, 12.38, -69.83, 12.66),)),
    State(
        "BL",
        "Saint Barthélemy",
        "territory",
        "America/St_Barthelemy",
        "AST",
        ((-62.95, 17.86, -62.77, 17.98),),
        ("St Barts", "St Barths"),
    ),
    State(
        "BQ",
        "Bonaire, Sint Eustatius and Saba",
        "territory",
        "America/Kralendijk",
        "AST",
        ((-68.45, 12.0, -68.17, 12.34), (-63.28, 17.44, -62.93, 17.68)),
        ("Bonaire", "Sint Eustatius", "Saint Eustatius", "Statia", "Saba"),
    ),
    State("GP", "Guadeloupe", "territory", "America/Guadeloupe", "AST", ((-61.85, 15.82, -61.0, 16.53),)),
    State("MF", "Saint Martin", "territory", "America/Marigot", "AST", ((-63.16, 18.04, -62.97, 18.14),)),
    State(
        "MQ", "Martinique", "territory", "America/Martinique", "AST", ((-61.25, 14.37, -60.78, 14.9),), ("Martinica",)
    ),
    State(
        "SX",
        "Sint Maarten",
        "territory",
        "America/Lower_Princes",
        "AST",
        ((-63.15, 18.0, -63.0, 18.07),),
        ("Saint Maarten",),
    ),
    State(
        "VI",
        "United States Virgin Islands",
        "territory",
        "America/St_Thomas",
        "AST",
        ((-65.1, 18.25, -64.65, 18.42), (-64.92, 17.65, -64.55, 17.8)),
        ("US Virgin Islands", "U.S. Virgin Islands", "USVI"),
    ),
)

STATES: dict[str, State] = {state.code: state for state in _TABLE}
"""Members first, then associates, then the other territories."""

NAMES: dict[str, str] = {code: state.name for code, state in STATES.items()}

# Places elsewhere in the world whose names begin or end like one of ours.
_ELSEWHERE = (
    "Antigua Guatemala",
    "Grenada County",
    "Grenada, Mississippi",
    "Jamaica Bay",
    "Jamaica Plain",
    "Jamaica, Queens",
    "Trinidad, Colorado",
    "Trinidad, Cuba",
)

_BY_LENGTH = sorted(
    [(_words(name), state.code) for state in _TABLE for name in (state.name, *state.also)]
    + [(_words(name), "") for name in _ELSEWHERE],
    key=lambda pair: -len(pair[0]),
)
