"""One process of ours as queues, in simulated time: no socket, no database, no clock; the same seed gives the same run.

Two servers, as in `crisisroom/live`. The event loop does one thing at a time, in the order in which things came. The
follower, a task on it, reads one grown book after another and waits for the database in between. A book's audience is
told at most every 10 ms, what came meanwhile together; its sockets are written to in slices, between which others have
their turn, and one message reaches its last socket before the next is begun.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from random import Random

from bench.costs import Costs

SLICE = 500
SPACING = 0.010
REST = 0.002
LOOK, BEAT, PRESENCE = 1.0, 20.0, 0.5
RUSH_AT = 3.0
# A look at the heads takes a transaction, reading a book on another one; each statement, and the begin, end and ping of
# a pooled connection, is a round trip.
LOOK_TRIPS, READ_TRIPS = 4, 6
READ_STATEMENTS = 3

Commits = Mapping[int, Sequence[float]]


@dataclass(frozen=True)
class Book:
    """An incident that this process has watchers of. `people` are all who are listed as here, wherever they are."""

    number: int
    watchers: int
    people: int = 0
    comings_per_s: float = 0.0


@dataclass(frozen=True)
class Work:
    """What a process has to do. `local`: it is the only one, so what it commits need not be read back."""

    books: Sequence[Book]
    local: bool = False
    commands_per_s: float = 0.0
    joins_per_s: float = 0.0
    rush: int = 0
    """So many come within one second, as when a host has died."""
    join_trips: int = 0
    signed_in_checks: bool = True


@dataclass
class Seen:
    """What came of it: when the last watcher here had each change, and how busy the loop was."""

    told: dict[tuple[int, int], float] = field(default_factory=dict)
    busy: float = 0.0
    joins: list[float] = field(default_factory=list)


def commits(rates: Mapping[int, float], seconds: float, seed: int) -> dict[int, list[float]]:
    """When each book grows: at random, independent of each other."""
    found = {}
    for number, rate in rates.items():
        chance, now, times = Random(seed * 1_000_003 + number), 0.0, []
        while rate and (now := now + chance.expovariate(rate)) < seconds:
            times.append(now)
        found[number] = times
    return found


def run(costs: Costs, work: Work, grown: Commits, seconds: float, seed: int, slower: float = 1.0) -> Seen:
    """Let a process work. `slower`: how many processes share its core."""
    return _Process(costs, work, grown, seconds, Random(seed), slower).run()


@dataclass
class _Writing:
    """A message on its way: sockets it has not reached, what one costs, the entries it tells of."""

    left: int
    each: float
    upto: int

    @property
    def micros(self) -> float:
        """Of its next slice."""
        return min(self.left, SLICE) * self.each


@dataclass
class _State:
    book: Book
    commits: Sequence[float]
    read: int = 0
    flushed: int = 0
    next_at: float = 0.0
    appointed: bool = False
    presence_at: float = 0.0
    presence_due: bool = False
    writings: deque[_Writing] = field(default_factory=deque)


class _Process:
    def __init__(self, costs: Costs, work: Work, grown: Commits, seconds: float, chance: Random, slower: float) -> None:
        self.costs, self.work, self.chance, self.slower, self.seconds = costs, work, chance, slower, seconds
        self.states = {book.number: _State(book, grown.get(book.number, ())) for book in work.books}
        self.watchers = sum(book.watchers for book in work.books)
        self.seen = Seen()
        self.now = 0.0
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0
        self._ready: deque[tuple[Callable[[], float], Callable[[], None]]] = deque()
        self._working = False
        self._wanted: dict[int, None] = {}
        self._following = False

    def run(self) -> Seen:
        """Until everything that was begun is done."""
        for state in self.states.values():
            for at in state.commits:
                delay = 0.0 if self.work.local else self.costs.hint_ms / 1e3
                self._at(at + delay, partial(self._hear, state))
            self._often(state.book.comings_per_s, partial(self._somebody_came, state))
        self._often(self.work.commands_per_s, lambda: self._do(self.costs.command_us))
        self._often(self.work.joins_per_s, self._join)
        for _ in range(self.work.rush):
            self._at(RUSH_AT + self.chance.random(), self._join)
        self._every(LOOK, self._look_around)
        self._every(BEAT, lambda: self._do(self.watchers * self.costs.deliver_us))
        while self._events:
            self.now, _, happen = heapq.heappop(self._events)
            happen()
        self.seen.busy /= self.seconds
        return self.seen

    # Time

    def _at(self, when: float, happen: Callable[[], None]) -> None:
        self._count += 1
        heapq.heappush(self._events, (when, self._count, happen))

    def _often(self, rate: float, happen: Callable[[], None]) -> None:
        when = 0.0
        while rate and (when := when + self.chance.expovariate(rate)) < self.seconds:
            self._at(when, happen)

    def _every(self, period: float, happen: Callable[[], None]) -> None:
        when = self.chance.random() * period
        while when < self.seconds:
            self._at(when, happen)
            when += period

    # The event loop

    def _do(self, micros: float, then: Callable[[], None] = lambda: None) -> None:
        self._turn_for(lambda: micros, then)

    def _turn_for(self, micros: Callable[[], float], then: Callable[[], None]) -> None:
        """A turn of the loop, after all that waits already; what it costs is known when it begins."""
        self._ready.append((micros, then))
        if not self._working:
            self._turn()

    def _turn(self) -> None:
        self._working = bool(self._ready)
        if self._working:
            micros, then = self._ready.popleft()
            cost = micros() * self.slower / 1e6
            self.seen.busy += cost
            self._at(self.now + cost, lambda: self._end(then))

    def _end(self, then: Callable[[], None]) -> None:
        then()
        self._turn()

    # Following the log

    def _hear(self, state: _State) -> None:
        if self.work.local:
            self._take(state)
            return
        self._do(self.costs.bell_us + self.costs.redis_receive_us, lambda: self._want(state))

    def _want(self, state: _State) -> None:
        self._wanted[state.book.number] = None
        if not self._following:
            self._following = True
            self._wait(LOOK_TRIPS, self.costs.read_us, self._read_on)

    def _wait(self, trips: int, micros: float, then: Callable[[], None]) -> None:
        self._at(self.now + trips * self.costs.round_trip_ms / 1e3, lambda: self._do(micros, then))

    def _read_on(self) -> None:
        grown, self._wanted = list(self._wanted), {}
        self._read_next(grown)

    def _read_next(self, grown: list[int]) -> None:
        if not grown:
            self._at(self.now + REST, self._rested)
            return
        state = self.states[grown.pop(0)]

        def done() -> None:
            self._take(state)
            self._read_next(grown)

        self._wait(READ_TRIPS, READ_STATEMENTS * self.costs.read_us, done)

    def _rested(self) -> None:
        self._following = bool(self._wanted)
        if self._following:
            self._wait(LOOK_TRIPS, self.costs.read_us, self._read_on)

    def _look_around(self) -> None:
        heads = self.costs.look_us * max(1.0, len(self.states) / 64)
        self._do(heads + (self.watchers * self.costs.sign_in_us if self.work.signed_in_checks else 0))

    # Telling

    def _take(self, state: _State) -> None:
        before = state.read
        while state.read < len(state.commits) and state.commits[state.read] <= self.now:
            state.read += 1
        if state.read > before and not state.appointed:
            state.appointed = True
            self._at(max(state.next_at, self.now), lambda: self._flush(state))

    def _flush(self, state: _State) -> None:
        def tell() -> float:
            state.appointed = False
            state.next_at = self.now + SPACING
            news, state.flushed = state.read - state.flushed, state.read
            return news * self.costs.draw_us + self.costs.pack_us

        self._publish(state, tell, self.costs.deliver_us)

    def _publish(self, state: _State, make: Callable[[], float], each: float) -> None:
        """Make a message, and write its first slice in the same turn unless another is still on its way."""
        first: list[bool] = []

        def micros() -> float:
            made = make()
            state.writings.append(_Writing(state.book.watchers, each, state.flushed))
            first.append(len(state.writings) == 1)
            return made + (state.writings[0].micros if first[0] else 0.0)

        self._turn_for(micros, lambda: self._written(state) if first[0] else None)

    def _written(self, state: _State) -> None:
        writing = state.writings[0]
        writing.left -= SLICE
        if writing.left <= 0:
            state.writings.popleft()
            self._told(state, writing.upto)
        if state.writings:
            self._turn_for(lambda: state.writings[0].micros, lambda: self._written(state))

    def _told(self, state: _State, upto: int) -> None:
        number = upto - 1
        while number >= 0 and (state.book.number, number) not in self.seen.told:
            self.seen.told[state.book.number, number] = self.now
            number -= 1

    # Who is here

    def _join(self) -> None:
        began = self.now
        self._wait(self.work.join_trips, self.costs.connect_us, lambda: self.seen.joins.append(self.now - began))

    def _somebody_came(self, state: _State) -> None:
        if state.book.people and not state.presence_due:
            state.presence_due = True
            self._at(max(state.presence_at, self.now), lambda: self._list(state))

    def _list(self, state: _State) -> None:
        """Everybody listed, for other processes and for the page; the list goes to every watcher."""
        state.presence_due = False
        state.presence_at = self.now + PRESENCE
        people = state.book.people
        size = people * self.costs.person_packed_bytes / 1024
        each = self.costs.deliver_us + size * self.costs.copy_us_per_kb
        self._publish(state, lambda: 2 * people * self.costs.person_us, each)
