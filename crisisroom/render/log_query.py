"""What of the log is shown: every choice is in the address, so that it can be shared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any, Generic, Protocol, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from crisisroom.core.times import read_instant, read_offset
from crisisroom.log.event import By

# How many entries a page has.
PAGE = 250

# Kind in the address -> words on its chip, word in its column, first parts of its events' names.
KINDS: dict[str, tuple[str, str, frozenset[str]]] = {
    "decisions": ("Decisions", "Decision", frozenset({"decision"})),
    "tasks": ("Tasks", "Task", frozenset({"task"})),
    "playbook": ("Playbook", "Playbook", frozenset({"playbook", "phase", "item", "anchor"})),
    "notes": ("Notes", "Note", frozenset({"entry"})),
    "people": ("People and access", "Access", frozenset({"agency", "room", "position", "person"})),
    "incident": ("Incident", "Incident", frozenset({"incident", "level"})),
}


@cache
def kind_of(event: str) -> str:
    """The kind in the address for an event's name; `incident` for what no other kind names."""
    stem = event.partition(".")[0]
    return next((kind for kind, (_, _, stems) in KINDS.items() if stem in stems), "incident")


class Entry(Protocol):
    """What filters look at: a record, or its outline."""

    @property
    def room(self) -> UUID: ...

    @property
    def seq(self) -> int: ...

    @property
    def event(self) -> str: ...

    @property
    def at(self) -> datetime: ...

    @property
    def by(self) -> By: ...


E = TypeVar("E", bound=Entry)


@dataclass(frozen=True)
class LogQuery:
    """The filters of the log page as they stand in the address; an empty one shows everything."""

    kind: str = ""
    agency: str = ""
    person: str = ""
    q: str = ""
    since: str = ""
    until: str = ""
    entry: str = ""
    page: str = ""

    @classmethod
    def read(cls, fields: Mapping[str, Any]) -> LogQuery:
        """From the address; what is not a filter is left alone."""
        return cls(**{name: str(fields.get(name, "")).strip()[:200] for name in cls.__dataclass_fields__})

    @property
    def filters(self) -> dict[str, str]:
        """The filters that are on, without the place in the list."""
        return {name: value for name, value in asdict(self).items() if value and name not in ("entry", "page")}

    def address(self, **changes: str) -> str:
        """`?kind=tasks&agency=RSS`: the same filters with these changes, from the newest entry on."""
        wanted = asdict(replace(self, **{"entry": "", "page": "", **changes}))
        return "?" + urlencode({name: value for name, value in wanted.items() if value})

    def problems(self, t0: datetime) -> dict[str, str]:
        """Filters that cannot be read, each with a sentence."""
        return {name: _NOT_A_TIME for name in ("since", "until") if _moment(getattr(self, name), t0) == _UNREADABLE}

    @property
    def words(self) -> list[str]:
        """The words that must be in the sentence, in any order."""
        return self.q.casefold().split()

    def choose(self, entries: Iterable[E], t0: datetime) -> list[E]:
        """The entries that all filters but the text let through, in the order given."""
        since, until = _moment(self.since, t0), _moment(self.until, t0)
        return [
            entry
            for entry in entries
            if (not self.kind or kind_of(entry.event) == self.kind)
            and (not self.agency or entry.by.agency == self.agency)
            and (not self.person or str(entry.by.person) == self.person)
            and (not isinstance(since, datetime) or entry.at >= since)
            and (not isinstance(until, datetime) or entry.at <= until)
        ]

    def is_in(self, sentence: str, entry: Entry) -> bool:
        """Whether a sentence, with who wrote it, has all the words."""
        text = f"{sentence} {entry.by.name} {entry.by.agency} {entry.by.position}".casefold()
        return all(word in text for word in self.words)


_UNREADABLE = "unreadable"
_NOT_A_TIME = "Not a time such as T+12:00, 90m or 2026-09-10T02:30Z. Everything is shown."


def _moment(text: str, t0: datetime) -> datetime | str | None:
    """An instant or an offset from T0; None for nothing, _UNREADABLE for what is neither."""
    if not text:
        return None
    with suppress(ValueError):
        return read_instant(text)
    with suppress(ValueError, OverflowError):
        return (t0 + read_offset(text)).astimezone(UTC)
    return _UNREADABLE


def entry_name(room: UUID, seq: int, main: UUID) -> str:
    """How addresses name an entry: `214` in the main room, `ROOM-214` in another."""
    return str(seq) if room == main else f"{room}-{seq}"


def entry_href(key: str, room: UUID, seq: int, main: UUID) -> str:
    """The entry's own address: the page of the log that holds it, at its row."""
    name = entry_name(room, seq, main)
    return f"/i/{key}/log?entry={name}#{name}"


@dataclass(frozen=True)
class Shown(Generic[E]):
    """Which entries the page has, of those that the filters let through, and where it stands among them."""

    entries: Sequence[E]
    """All of the viewer's rooms, in the incident's order."""
    chosen: Sequence[E]
    """Those that the filters let through, newest first."""
    wanted: Sequence[E]
    """Those on the page."""
    start: int


def choose_page(entries: Sequence[E], chosen: Sequence[E], query: LogQuery, main: UUID) -> Shown[E]:
    """The page asked for. `entries` and `chosen` in the incident's order."""
    newest_first = chosen[::-1]
    start = _start(query, newest_first, main)
    return Shown(entries, newest_first, newest_first[start : start + PAGE], start)


def _start(query: LogQuery, chosen: Sequence[Entry], main: UUID) -> int:
    """Where the page begins: with the page asked for, or with the one that holds the entry asked for."""
    room, _, seq = query.entry.rpartition("-")
    if seq.isascii() and seq.isdigit():
        # One that is missing stands after the next newer one of its room.
        of_room = [(n, entry.seq) for n, entry in enumerate(chosen) if str(entry.room) == (room or str(main))]
        place = max((n for n, found in of_room if found >= int(seq)), default=0)
        return place - place % PAGE
    page = int(query.page) if query.page.isascii() and query.page.isdigit() and len(query.page) < 7 else 1
    return min(max(page - 1, 0) * PAGE, max(len(chosen) - 1, 0) // PAGE * PAGE)


@dataclass(frozen=True)
class Choice:
    """A filter chip or an option of a list."""

    value: str
    label: str
    count: int
    address: str
    on: bool


def kinds_of(entries: Iterable[Entry], query: LogQuery) -> list[Choice]:
    """The chips for the kinds that there are."""
    counts = Counter(kind_of(entry.event) for entry in entries)
    return [
        Choice(kind, words[0], counts[kind], query.address(kind=kind), query.kind == kind)
        for kind, words in KINDS.items()
        if counts[kind] or query.kind == kind
    ]


def choices(counts: Counter[tuple[str, str]], field: str, query: LogQuery) -> list[Choice]:
    """The options of a list, by their words; `counts` has (value, words)."""
    return [
        Choice(value, label, count, query.address(**{field: value}), getattr(query, field) == value)
        for (value, label), count in sorted(counts.items(), key=lambda one: one[0][1])
    ]
