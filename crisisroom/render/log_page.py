"""The log as a page: every entry as a sentence, the state of each chain, and what is no longer proven."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from crisisroom.access.rooms import Room, main_room
from crisisroom.log.event import By
from crisisroom.log.record import Record
from crisisroom.log.snapshot import Snapshot
from crisisroom.log.verify import Problem
from crisisroom.render.log_query import (
    KINDS,
    PAGE,
    Choice,
    E,
    Entry,
    LogQuery,
    Shown,
    choices,
    entry_name,
    kind_of,
    kinds_of,
)
from crisisroom.render.proof import ProofView, Standing
from crisisroom.render.proof import sentence as sentence_of


@dataclass(frozen=True)
class LogRow:
    """One line of the log."""

    name: str
    room: UUID
    room_name: str
    seq: int
    at: datetime | None
    by: By | None
    kind: str
    sentence: str
    hash: str
    prev_hash: str = ""
    event: str = ""
    state: Standing = "proven"
    problem: Problem | None = None

    @property
    def wrong(self) -> str:
        """What is wrong with the entry, as a sentence."""
        return sentence_of(self.problem) if self.problem else ""

    @property
    def decision(self) -> bool:
        """Decisions are drawn bold."""
        return self.event == "decision.recorded"


@dataclass(frozen=True)
class Chain:
    """One room's chain in the panel at the side."""

    room: UUID
    name: str
    tlp: str
    entries: int
    head: str
    proven: int
    problem: Problem | None
    broken_name: str
    """The name of the first entry that is wrong, for its address."""

    @property
    def wrong(self) -> str:
        """What is wrong with the chain first, as a sentence."""
        return sentence_of(self.problem) if self.problem else ""

    @property
    def share(self) -> float:
        """How much of the chain is proven, in percent."""
        return round(100 * self.proven / self.entries, 2) if self.entries else 100.0


@dataclass(frozen=True)
class LogView:
    """Everything on the log page."""

    rows: list[LogRow]
    total: int
    shown: int
    kinds: list[Choice]
    agencies: list[Choice]
    people: list[Choice]
    query: LogQuery
    problems: dict[str, str]
    proof: ProofView
    chains: list[Chain]
    elsewhere: list[str]
    """What is wrong beside the entries, as sentences."""
    detail: LogRow | None
    newer: str
    older: str
    several_rooms: bool

    @property
    def hidden(self) -> int:
        """Entries the filters leave out."""
        return self.total - self.shown

    @property
    def filters_on(self) -> int:
        """How many filters besides the kind are on."""
        return len(self.query.filters.keys() - {"kind"})

    @property
    def agency_options(self) -> list[tuple[str, str]]:
        """For the list of agencies."""
        return [("", "Every agency"), *((one.value, f"{one.label} ({one.count})") for one in self.agencies)]

    @property
    def person_options(self) -> list[tuple[str, str]]:
        """For the list of people."""
        return [("", "Everybody"), *((one.value, f"{one.label} ({one.count})") for one in self.people)]

    @property
    def broken_at(self) -> list[Chain]:
        """The chains that are broken."""
        return [chain for chain in self.chains if chain.problem]


def log_view(
    snapshot: Snapshot,
    shown: Shown[E],
    records: Iterable[Record],
    proof: ProofView,
    query: LogQuery,
    t0: datetime,
    sentence: Callable[[Record], str],
) -> LogView:
    """The page. `records` are the entries on it, as they are stored now; `sentence` draws one as HTML."""
    entries, chosen, start = shown.entries, shown.chosen, shown.start
    rooms = _rooms(snapshot, entries)
    lines = _Lines(snapshot, proof, sentence)
    writers = [entry.by for entry in entries]
    rows = [lines.row(record) for record in records]
    return LogView(
        rows=lines.with_missing(rows, shown) if not query.filters else rows,
        total=len(entries),
        shown=len(chosen),
        kinds=kinds_of(entries, query),
        agencies=choices(Counter((by.agency, by.agency) for by in writers if by.agency), "agency", query),
        people=choices(Counter((str(by.person), by.name) for by in writers if by.person), "person", query),
        query=query,
        problems=query.problems(t0),
        proof=proof,
        chains=[_chain(room, snapshot, proof) for room in rooms],
        elsewhere=proof.elsewhere(snapshot),
        detail=next((row for row in rows if row.name == query.entry), None),
        newer=query.address(page=str(start // PAGE)) if start else "",
        older=query.address(page=str(start // PAGE + 2)) if start + PAGE < len(chosen) else "",
        several_rooms=len(rooms) > 1,
    )


class _Lines:
    """Draws records as lines, each with what its chain still proves of it."""

    def __init__(self, snapshot: Snapshot, proof: ProofView, sentence: Callable[[Record], str]) -> None:
        self.rooms = snapshot.rows(Room)
        self.main = main_room(snapshot).id
        self.proof = proof
        self.sentence = sentence

    def row(self, record: Record) -> LogRow:
        """One record as a line."""
        return LogRow(
            name=entry_name(record.room, record.seq, self.main),
            room=record.room,
            room_name=self._room_name(record.room),
            seq=record.seq,
            at=record.at,
            by=record.by,
            kind=KINDS[kind_of(record.event)][1],
            sentence=self.sentence(record),
            hash=record.hash,
            prev_hash=record.prev_hash,
            event=record.event,
            state=self.proof.standing(record.room, record.seq),
            problem=self.proof.at(record.room, record.seq),
        )

    def with_missing(self, rows: list[LogRow], shown: Shown[E]) -> list[LogRow]:
        """The lines, and one in its place for each entry that the log should have and has not."""
        there = {(entry.room, entry.seq) for entry in shown.entries}
        rows = list(rows)
        for problem in [one for room in self.rooms if (one := self.proof.first(room))]:
            if (problem.room, problem.seq) in there:
                continue
            newer = [one.seq for one in shown.chosen if one.room == problem.room and one.seq > problem.seq]
            place = next((n for n, row in enumerate(rows, 1) if newer and _is(row, problem.room, min(newer))), None)
            if place is not None or (not newer and not shown.start):
                rows.insert(place or 0, self._missing(problem))
        return rows

    def _missing(self, problem: Problem) -> LogRow:
        return LogRow(
            name=entry_name(problem.room, problem.seq, self.main),
            room=problem.room,
            room_name=self._room_name(problem.room),
            seq=problem.seq,
            at=None,
            by=None,
            kind="",
            sentence="",
            hash="",
            state="broken",
            problem=problem,
        )

    def _room_name(self, room: UUID) -> str:
        return "" if room == self.main or room not in self.rooms else self.rooms[room].name


def _is(row: LogRow, room: UUID, seq: int) -> bool:
    return row.room == room and row.seq == seq


def _rooms(snapshot: Snapshot, entries: Iterable[Entry]) -> list[Room]:
    """The rooms the entries come from, the main one first."""
    seen = {entry.room for entry in entries}
    return sorted(
        (room for room in snapshot.rows(Room).values() if room.id in seen), key=lambda room: (not room.main, room.name)
    )


def _chain(room: Room, snapshot: Snapshot, proof: ProofView) -> Chain:
    head, problem = snapshot.head(room.id), proof.first(room.id)
    proven = min(problem.seq - 1, head.seq) if problem else head.seq
    broken = entry_name(room.id, problem.seq, main_room(snapshot).id) if problem else ""
    return Chain(room.id, room.name, room.tlp, head.seq, head.hash, proven, problem, broken)
