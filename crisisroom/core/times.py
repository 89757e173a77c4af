"""Times as the field writes them: offsets from T0, durations, UTC first and the incident's zone after it."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

MINUS = "\N{MINUS SIGN}"
# Up to two days hours are easier to add in the head; beyond that days are.
HOURS_UP_TO = timedelta(hours=48)
# Far enough from the ends of the calendar that no zone leads out of it.
FIRST_YEAR, LAST_YEAR = 1900, 2999
# No clock on Earth was ever further from UTC.
MAX_ZONE = timedelta(hours=18)
# Ten years: longer than any incident, short enough to be a typing error beyond.
MAX_OFFSET = timedelta(days=3653)

# Later than any deadline, for putting things without one last.
NEVER = datetime(9999, 1, 1, tzinfo=UTC)

_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)
_T_OFFSET = re.compile(rf"[Tt]?([+{MINUS}-])?(?:(\d{{1,3}})d ?)?(\d{{1,4}}):(\d{{2}})", re.ASCII)
_UNIT_OFFSET = re.compile(rf"[Tt]?([+{MINUS}-])?(\d{{1,5}}) ?(m|min|h|d)", re.ASCII)
_UNITS = {"m": timedelta(minutes=1), "min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


def rfc3339(moment: datetime) -> str:
    """The one text form of an instant: UTC, milliseconds, `Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def read_instant(text: object) -> datetime:
    """An RFC 3339 instant as UTC. Raises ValueError for anything else, a number and a missing zone included."""
    text = text.strip() if isinstance(text, str) else ""
    if not _INSTANT.fullmatch(text):
        raise ValueError("not a time with a date and a zone, such as 2026-09-10T02:30:00Z")
    moment = datetime.fromisoformat(text.upper())
    if abs(moment.utcoffset() or timedelta(0)) > MAX_ZONE:
        raise ValueError("a zone more than 18 hours from UTC")
    return shifted(moment, timedelta(0))


def shifted(moment: datetime, span: timedelta) -> datetime:
    """The moment that much later, as UTC. Raises ValueError where that is outside the years that are told here."""
    with suppress(OverflowError):
        later = moment.astimezone(UTC) + span
        if FIRST_YEAR <= later.year <= LAST_YEAR:
            return later
    raise ValueError(f"a time outside the years {FIRST_YEAR} to {LAST_YEAR}")


def read_offset(text: str) -> timedelta:
    """An offset such as `6h`, `90m`, `T+6:00`, `T−24:00`, `T+4d 00:10`. Raises ValueError for anything else."""
    text = text.strip()
    if match := _T_OFFSET.fullmatch(text):
        sign, days, hours, minutes = match.groups()
        if int(minutes) > 59:
            raise ValueError("minutes go up to 59")
        span = timedelta(days=int(days or 0), hours=int(hours), minutes=int(minutes))
    elif match := _UNIT_OFFSET.fullmatch(text):
        sign, count, unit = match.groups()
        span = int(count) * _UNITS[unit]
    else:
        raise ValueError("not an offset such as T+6:00 or 6h")
    if span > MAX_OFFSET:
        raise ValueError("an offset of more than ten years")
    return -span if sign in ("-", MINUS) else span


def duration(span: timedelta) -> str:
    """`0:48`, `13:42` or `4d 00:10`, without sign."""
    minutes = abs(int(span.total_seconds())) // 60
    if abs(span) <= HOURS_UP_TO:
        return f"{minutes // 60}:{minutes % 60:02d}"
    return f"{minutes // 1440}d {minutes % 1440 // 60:02d}:{minutes % 60:02d}"


def offset(moment: datetime, t0: datetime, letter: str = "T") -> str:
    """`T+13:42`, `T−24:00`, `T+4d 00:10`: a moment as seen from T0."""
    span = moment - t0
    return f"{letter}{MINUS if span < timedelta(0) else '+'}{duration(span)}"


def utc(moment: datetime) -> str:
    """`18:30 UTC`."""
    return moment.astimezone(UTC).strftime("%H:%M UTC")


def utc_date(moment: datetime) -> str:
    """`10 Sep 2026 18:30 UTC`."""
    moment = moment.astimezone(UTC)
    return f"{moment.day} {moment.strftime('%b %Y %H:%M UTC')}"


def local(moment: datetime, zone: str) -> str:
    """`14:30 AST`: the same moment in the incident's zone; `Wed 9 Sep 22:30 AST` where UTC has another day."""
    there, here = moment.astimezone(ZoneInfo(zone)), moment.astimezone(UTC)
    clock = f"{there.strftime('%H:%M')} {zone_name(there)}"
    return clock if there.date() == here.date() else f"{day(there, here)} {clock}"


def day(moment: datetime, near: datetime | None = None) -> str:
    """`Thu 10 Sep`, in the moment's own zone; with its year where that is not the year of `near`."""
    year = f" {moment.year}" if near and moment.year != near.year else ""
    return f"{moment:%a} {moment.day} {moment:%b}{year}"


def zone_name(moment: datetime) -> str:
    """The zone's short name; the bare number that some zones have instead gets `UTC` before it."""
    name = moment.tzname() or ""
    return f"UTC{name}" if name[:1] in "+-" else name
