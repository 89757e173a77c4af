"""How values are written on screen: times with a zone, offsets from T0, initials, marks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from crisisroom.core import times
from crisisroom.core.agencies import AGENCIES
from crisisroom.core.markings import SHARING, Tlp
from crisisroom.log.rows import Row
from crisisroom.playbooks.models import Item

LANES: dict[str, str] = {"todo": "To do", "doing": "In progress", "blocked": "Blocked", "done": "Done"}
PRIORITIES: dict[str, str] = {"critical": "Critical", "high": "High", "normal": "Normal", "low": "Low"}
_SHARING_SHORT = {
    Tlp.RED: "Named people only",
    Tlp.AMBER_STRICT: "Own organisation only",
    Tlp.AMBER: "Need to know only",
    Tlp.GREEN: "Community only",
    Tlp.CLEAR: "No limit",
}
_ROMAN = {"I": 1, "II": 2, "III": 3}
# Word in the hazard -> sign of the sprite; the first that fits counts.
_SIGNS = {
    "hurricane": "hurricane", "cyclone": "hurricane", "tropical": "hurricane", "storm": "hurricane",
    "earthquake": "earthquake", "seismic": "earthquake", "tsunami": "tsunami", "volcan": "volcano", "flood": "flood",
    "landslide": "landslide", "fire": "fire", "oil": "ship", "vessel": "ship", "ship": "ship", "mass rescue": "ship",
    "aircraft": "plane", "flight": "plane", "cyber": "cyber", "ransomware": "cyber", "election": "vote",
    "constitution": "vote", "security": "security", "terror": "security", "fever": "health", "disease": "health",
    "outbreak": "health", "epidemic": "health",
}  # fmt: skip
_CLASS_SIGNS = {"health": "health", "political": "vote"}


def iso(moment: datetime | None) -> str:
    """An instant for attributes: `2026-09-10T02:30:00Z`; nothing for none."""
    return times.rfc3339(moment).replace(".000Z", "Z") if moment else ""


def instant(text: str) -> datetime | None:
    """The moment that the log keeps as this text; None for a text that is none."""
    try:
        return times.read_instant(text)
    except ValueError:
        return None


def offset(moment: datetime, t0: datetime | None) -> str:
    """`T+13:42`; the time in UTC where there is no T0 yet."""
    return times.offset(moment, t0) if t0 else times.utc(moment)


def span(length: timedelta) -> str:
    """`1:42`: a length of time, without sign."""
    return times.duration(length)


def clock(moment: datetime, zone: str = "UTC") -> str:
    """`16:12:07`, for the clocks that the page keeps going."""
    return moment.astimezone(ZoneInfo(zone)).strftime("%H:%M:%S")


def zone_name(moment: datetime, zone: str) -> str:
    """`AST`."""
    return times.zone_name(moment.astimezone(ZoneInfo(zone)))


def day(moment: datetime, zone: str = "UTC", near: datetime | None = None) -> str:
    """`Thu 10 Sep`: the day in a zone; `Wed 5 Aug 2015` where `near` is in another year."""
    return times.day(moment.astimezone(ZoneInfo(zone)), near)


def since(label: str) -> str:
    """`Since landfall`: what T0 is. A name such as `T0` or `WHO notice` keeps its capitals."""
    label = label or "T0"
    return f"Since {label[:1].lower() if label[1:2].islower() else label[:1]}{label[1:]}"


def initials(name: str) -> str:
    """`KB` for Kezia Baptiste."""
    words = [word for word in name.replace("-", " ").split() if word[:1].isalpha()]
    if not words:
        return "?"
    return (words[0][0] + (words[-1][0] if len(words) > 1 else words[0][1:2])).upper()


def short_name(name: str) -> str:
    """`K. Baptiste` for Kezia Baptiste; a single word stays as it is."""
    first, _, rest = name.strip().partition(" ")
    surname = rest.split()[-1] if rest.split() else ""
    return f"{first[0]}. {surname}" if surname else first


def agency_class(code: str) -> str:
    """The class that carries an agency's hue; every partner has the same."""
    agency = AGENCIES.get(code)
    return f"agency-{code.lower()}" if agency and agency.core else "agency-partner"


def tlp_short(mark: str) -> str:
    """`AMBER` for `TLP:AMBER`."""
    return str(mark).removeprefix("TLP:")


def tlp_class(mark: str) -> str:
    """`tlp-amber-strict` for `TLP:AMBER+STRICT`."""
    return "tlp-" + tlp_short(mark).lower().replace("+", "-")


def sharing(mark: str) -> str:
    """The mark's sharing rule in one sentence."""
    return SHARING[Tlp(mark)]


def sharing_short(mark: str) -> str:
    """The same in the few words that a phone has room for."""
    return _SHARING_SHORT[Tlp(mark)]


def bars(value: str) -> int:
    """How many of the three level bars are full; 0 for a value that is not I, II or III."""
    return _ROMAN.get(value.strip().upper(), 0)


def level(value: str, scheme: str) -> str:
    """`CDEMA Level III`: never a bare number."""
    words = f"Level {value}" if bars(value) else value
    return f"{scheme} {words}" if scheme and not value.startswith(scheme) else words


def sign(hazard: str, crisis_class: str) -> str:
    """The name of the sign for a hazard, else for its class."""
    found = (name for word, name in _SIGNS.items() if word in hazard.lower())
    return next(found, _CLASS_SIGNS.get(str(crisis_class), "generic"))


def due_range(items: Iterable[Item], t0: datetime) -> str:
    """From the first deadline to the last in whole hours, `T−48 to T+24 h`; nothing where there is none."""
    hours = [round((item.due - t0).total_seconds() / 3600) for item in items if item.due]
    if not hours:
        return ""
    first, last = (f"T{times.MINUS if hour < 0 else '+'}{abs(hour)}" for hour in (min(hours), max(hours)))
    return f"{first} h" if first == last else f"{first} to {last} h"


def form_key(row: Row, form: int = 0) -> UUID:
    """The idempotency key of a form inside a live region.

    It is the same for everybody and each time this version of the row is drawn, so that the fragment is too; the server
    asks for a new key of each person only. What such a form does must change its row: the next version's form has
    another key, so it can be used again. Up to 16 forms a row. The version goes into the time part of the id, which
    is a UUIDv7: the random part, which keeps keys of different rows apart, stays whole.
    """
    return UUID(int=row.id.int ^ (row.seq << 4 | form) << 80)


def ref(text: str) -> str:
    """Text as a part of an element's id."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
