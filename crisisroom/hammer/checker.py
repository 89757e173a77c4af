"""Judges a history: the eight promises C1 to C8, each with how much was checked and what broke it.

A pure function over the lines. They are read twice: first what was asked and what is in the log, then what was heard.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from crisisroom.hammer.history import Line
from crisisroom.hammer.operations import EVENT_OF, Operation, Operations

PROMISES = {
    "C1": "every acknowledged change is in the log, where its receipt says",
    "C2": "no event without a command, none from a refused one",
    "C3": "each key takes effect at most once, an acknowledged one exactly once",
    "C4": "each room is numbered 1 to n and chained",
    "C5": "each client hears every entry once and in order",
    "C6": "every view of the board is the replay of the log",
    "C7": "the state tables are the replay of the log",
    "C8": "what was acknowledged before another was sent comes before it",
}
NOTHING_BEFORE = "0" * 64
EXAMPLES = 10

Place = tuple[str, int]


@dataclass
class Promise:
    """One promise: how often it was put to the test, and the first findings against it."""

    name: str
    words: str
    checked: int = 0
    broken: int = 0
    examples: list[str] = field(default_factory=list)

    def expect(self, good: bool, what: str) -> None:
        """Count a test; `what` says what would be wrong."""
        self.checked += 1
        if not good:
            self.broken += 1
            if len(self.examples) < EXAMPLES:
                self.examples.append(what)


@dataclass(slots=True)
class Entry:
    """An entry of the log, and where it stands in its incident's order."""

    incident: str
    index: int
    prev: str
    hash: str
    event: str
    key: str | None
    id: str | None
    set_up: bool


@dataclass
class Log:
    """The log at the end: entries by room and number, rooms in order, entries by key."""

    entries: dict[Place, Entry] = field(default_factory=dict)
    rooms: dict[str, list[int]] = field(default_factory=dict)
    keys: dict[str, list[Place]] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)

    def add(self, line: Line) -> None:
        """An `entry` line; they come in the incident's order."""
        incident, place = line["incident"], (line["room"], line["seq"])
        self.sizes[incident] = index = self.sizes.get(incident, 0) + 1
        self.entries[place] = Entry(
            incident, index, line["prev"], line["hash"], line["event"], line.get("key"), line.get("id"),
            bool(line.get("set_up")),
        )  # fmt: skip
        self.rooms.setdefault(line["room"], []).append(line["seq"])
        if line.get("key"):
            self.keys.setdefault(line["key"], []).append(place)

    def start(self, room: str) -> Place | None:
        """The last entry of a room from before the run."""
        before = [seq for seq in self.rooms.get(room, ()) if self.entries[room, seq].set_up]
        return (room, before[-1]) if before else None

    def end(self, room: str) -> int:
        """The last number of a room."""
        return self.rooms.get(room, [0])[-1]


def check(history: Iterable[Line]) -> dict[str, Promise]:
    """Every promise, judged. The history must be readable twice: a list, or a `History`."""
    promises = {name: Promise(name, words) for name, words in PROMISES.items()}
    log, operations = Log(), Operations()
    views: dict[str, tuple[str, str]] = {}
    for line in history:
        match line["is"]:
            case "entry":
                log.add(line)
            case "invoke" | "ok" | "fail" | "info":
                operations.add(line)
            case "view":
                name, digest = views.setdefault(line["of"], (line["name"], line["digest"]))
                promises["C6"].expect(digest == line["digest"], f"{line['of']}: {line['name']} is not {name}")
            case "tables":
                what = "; ".join(line["problems"]) or "not whole"
                promises["C7"].expect(line["whole"], f"crisisroom log verify: {what}")
    _acknowledged(promises["C1"], log, operations)
    _caused(promises["C2"], log, operations)
    _once(promises["C3"], log, operations)
    _chained(promises["C4"], log)
    _heard(promises["C5"], promises["C6"], log, history)
    _in_real_time(promises["C8"], log, operations)
    return promises


def _acknowledged(promise: Promise, log: Log, operations: Operations) -> None:
    for key, one in operations.items():
        for place in one.places:
            entry = log.entries.get(place)
            if entry is None or entry.incident != one.incident:
                promise.expect(
                    False, f"{key} ({one.command}) was acknowledged at {_at(place)}, which is not in the log"
                )
                continue
            fits = entry.event == EVENT_OF[one.command] and entry.key in (None, key) and entry.id in (None, one.id)
            promise.expect(fits, f"{key} ({one.command}) was acknowledged at {_at(place)}, where another entry stands")


def _caused(promise: Promise, log: Log, operations: Operations) -> None:
    claimed = {place for _, one in operations.items() for place in one.places}
    open_still = operations.unresolved_without_mark()
    for place, entry in log.entries.items():
        if entry.set_up:
            continue
        if entry.key:
            cause = operations.get(entry.key)
            good = cause is not None and cause.incident == entry.incident and cause.may_have_happened
            promise.expect(good, f"{_at(place)} ({entry.event}) has the key {entry.key}, {_state(cause)}")
        elif place in claimed:
            promise.expect(True, "")
        else:
            # An answer was lost and the text has no mark: as many such entries as such commands can be explained.
            kind = (entry.incident, entry.event)
            open_still[kind] = open_still.get(kind, 0) - 1
            promise.expect(open_still[kind] >= 0, f"{_at(place)} ({entry.event}) was asked for by nobody")


def _once(promise: Promise, log: Log, operations: Operations) -> None:
    for key, one in operations.items():
        found = log.keys.get(key, [])
        promise.expect(len(found) <= 1, f"{key} ({one.command}) is in the log {len(found)} times")
        promise.expect(len(one.places) <= 1, f"{key}: receipts name {len(one.places)} places")
        promise.expect(one.applied <= 1, f"{key} was answered {one.applied} times as applied")
        promise.expect(not one.other_body, f"{key} was accepted with another body")
        explained = one.applied or one.unknown or not one.repeated
        promise.expect(bool(explained), f"{key} was in the log, though every answer before said that it was not saved")
        if one.acknowledged and found:
            promise.expect(found[0] in one.places, f"{key} stands at {_at(found[0])}, not where its receipt says")
        if not one.may_have_happened:
            promise.expect(not found, f"{key} was refused, and is in the log")


def _chained(promise: Promise, log: Log) -> None:
    for room, seqs in log.rooms.items():
        before, last = NOTHING_BEFORE, 0
        for seq in seqs:
            entry = log.entries[room, seq]
            good = seq == last + 1 and entry.prev == before
            promise.expect(good, f"{_at((room, seq))} does not follow {last} in its chain")
            before, last = entry.hash, seq


def _heard(order: Promise, views: Promise, log: Log, history: Iterable[Line]) -> None:
    """Each client from where the run began: +1, chained, the log's own entries, up to the end."""
    heard: dict[tuple[str, str], tuple[int, int, str]] = {}
    rooms: dict[tuple[str, str], bool] = {}
    starts = {room: log.start(room) for room in log.rooms}
    for line in history:
        if line["is"] == "client":
            rooms |= {(line["client"], room): True for room in line["rooms"]}
        if line["is"] != "frame":
            continue
        who, room, seq = line["client"], line["room"], line["seq"]
        epoch, last, before = heard.get((who, room)) or _beginning(log, starts.get(room))
        if line["epoch"] != epoch:
            last, before = 0, NOTHING_BEFORE
        follows = seq == last + 1 and line["prev"] == before
        order.expect(follows, f"{who} heard {_at((room, seq))} after {last}")
        heard[who, room] = line["epoch"], max(seq, last), line["hash"]
        entry = log.entries.get((room, seq))
        views.expect(
            entry is not None and entry.hash == line["hash"], f"{who} heard {_at((room, seq))}, not in the log"
        )
    for who, room in rooms:
        _, last, _ = heard.get((who, room)) or _beginning(log, starts.get(room))
        views.expect(last == log.end(room), f"{who} is at {last} of {log.end(room)} in {room}")


def _beginning(log: Log, start: Place | None) -> tuple[int, int, str]:
    return (0, start[1], log.entries[start].hash) if start else (0, 0, NOTHING_BEFORE)


def _in_real_time(promise: Promise, log: Log, operations: Operations) -> None:
    """Per incident, by moment: nothing may stand before what was already acknowledged when it was sent."""
    moments: list[tuple[float, int, str, int, str]] = []
    for key, one in operations.items():
        for place in one.places:
            entry = log.entries.get(place)
            if entry is not None and one.invoked is not None and one.answered is not None:
                # At the same instant neither was before the other: sending sorts first.
                moments.append((one.invoked, 0, one.incident, entry.index, key))
                moments.append((one.answered, 1, one.incident, entry.index, key))
    newest: dict[str, tuple[int, str]] = {}
    for _, answered, incident, index, key in sorted(moments):
        known, other = newest.get(incident, (0, ""))
        if answered:
            newest[incident] = max((known, other), (index, key))
        else:
            promise.expect(index > known, f"{key} was sent after {other} was acknowledged, and stands before it")


def _state(cause: Operation | None) -> str:
    return "which nobody sent" if cause is None else "which was refused or belongs to another incident"


def _at(place: Place) -> str:
    return f"{place[0]} {place[1]}"
