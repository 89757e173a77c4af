"""The questions: how far one process goes, one host, one primary; a million watchers; a crowd on one incident."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bench.costs import Costs
from bench.placing import STORM_SECONDS, Plan, memory_mb, network_gbit, place, shares, unequal
from bench.queueing import Book, Work, commits, run
from bench.report import at

SEED = 20
TARGET = 0.400
HEADROOM = 0.6
WARM_UP = 2.0
MOST_HOSTS = 64
# This many changes tell a p99; a busy installation makes them in fewer seconds.
ENOUGH = 2500
JOIN_TRIPS = 8


@dataclass(frozen=True)
class Seen:
    """How busy the busiest loop was, and seconds from a commit until the last watcher has it."""

    busy: float
    p50: float
    p99: float
    joins_p99: float = 0.0

    @property
    def well(self) -> bool:
        """Whether that is good enough, with some room for a bad minute."""
        return self.p99 <= TARGET and self.busy <= 0.85


def watch(costs: Costs, works: Sequence[Work], rate: float, slower: float = 1.0) -> Seen:
    """Simulate these processes, which see the same commits; a change is told when the last of them has told it."""
    numbers = {book.number for work in works for book in work.books}
    seconds = WARM_UP + min(60.0, max(10.0, ENOUGH / (rate * len(numbers))))
    grown = commits(dict.fromkeys(numbers, rate), seconds, SEED)
    last: dict[tuple[int, int], float] = {}
    busy, joins = 0.0, [0.0]
    for place_, work in enumerate(works):
        seen = run(costs, work, grown, seconds, SEED + place_, slower)
        busy = max(busy, seen.busy)
        joins += seen.joins
        for change, when in seen.told.items():
            last[change] = max(when, last.get(change, 0.0))
    taken = sorted(when - grown[book][number] for (book, number), when in last.items() if grown[book][number] > WARM_UP)
    return Seen(busy, at(taken, 0.5), at(taken, 0.99), at(sorted(joins), 0.99))


def largest(fits: Callable[[int], bool], most: int) -> int:
    """The largest number that fits, within three per cent."""
    low, high = 1, most
    if fits(most):
        return most
    while high - low > max(1, low // 33):
        middle = round((low * high) ** 0.5) if high > 4 * low else (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


# One process


@dataclass(frozen=True)
class Alone:
    """How many watchers one process serves; `crowd` is how many look at one incident, 0 for all."""

    crowd: int
    listed: bool
    watchers: int
    seen: Seen
    memory_gb: float
    gbit: float
    limit: str


def alone(costs: Costs, crowd: int, listed: bool = False) -> Alone:
    """One process with the embedded database, which carries the commands out as well."""

    def work(watchers: int) -> Work:
        many = max(1, watchers // crowd) if crowd else 1
        sizes = [watchers // many] * many
        return Work(
            [Book(n, size, *((size, 2 * size / costs.stay_s) if listed else ())) for n, size in enumerate(sizes)],
            local=True, commands_per_s=float(many),
        )  # fmt: skip

    def gbit(watchers: int) -> float:
        books = work(watchers).books
        return network_gbit(costs, Plan([book.watchers for book in books], 1, 1), books)

    def fits(watchers: int) -> bool:
        return gbit(watchers) <= HEADROOM * costs.host_gbit and watch(costs, [work(watchers)], 1.0).well

    most = int(min(costs.descriptors, costs.parameters))
    found = largest(fits, most)
    seen, books = watch(costs, [work(found)], 1.0), work(found).books
    limit = (
        "sign-ins in one statement"
        if found == most
        else "the loop's CPU"
        if seen.busy > 0.6
        else "one flush, or the ping of all"
    )
    if listed:
        limit = "who is here: everybody is listed to everybody"
    return Alone(crowd, listed, found, seen, memory_mb(costs, books) / 1e3, gbit(found), limit)


# One host


def host(costs: Costs, processes: int, by_incident: bool, crowd: int = 200) -> tuple[int, Seen]:
    """How many watchers a host serves, a core for each process."""

    def works(incidents: int) -> list[Work]:
        plan = Plan([crowd] * incidents, 1, processes, by_incident=by_incident, list_people=False)
        placed = sorted(place(costs, plan), key=lambda books: -sum(book.watchers for book in books))
        commands = incidents / processes
        return [Work(books, commands_per_s=commands) for books in placed[: 2 if processes > 1 else 1] if books]

    most = int(processes * min(costs.descriptors, costs.parameters)) // crowd
    found = largest(lambda incidents: watch(costs, works(incidents), 1.0).well, most)
    return found * crowd, watch(costs, works(found), 1.0)


# Many hosts


def as_it_is(watchers: int, incidents: int, hosts: int) -> Plan:
    """The program of today, with any process for anybody."""
    return Plan(unequal(incidents, watchers), hosts)


def changed(plan: Plan) -> Plan:
    """With what docs/scale.md says must change first."""
    return replace(plan, by_incident=True, bell_by_book=True, list_people=False, check_all=False)


def worst(found: Mapping[str, float], count: int = 3, but: Iterable[str] = ()) -> list[tuple[str, float]]:
    """The limits that are nearest, or furthest behind."""
    return sorted(((name, share) for name, share in found.items() if name not in but), key=lambda one: -one[1])[:count]


# More proxies and a setting of PostgreSQL, or a pooler before it, move these; nothing in the program does.
MOVABLE = ("ports from one proxy", "PostgreSQL's default of connections")


@dataclass(frozen=True)
class Fleet:
    """So many hosts that the loss of one is borne, and how that looks while its watchers come back."""

    hosts: int
    calm: Seen
    storm: Seen
    rush: Seen
    used: dict[str, float]
    memory_gb: float
    gbit: float
    joins_per_s: float


def fleet(costs: Costs, watchers: int = 1_000_000, incidents: int = 1000, primaries: int = 4) -> Fleet | None:
    """The fewest hosts with which everything is well also when one of them has just died; None if no number is."""
    sizes = unequal(incidents, watchers)

    def storm(hosts: int) -> tuple[Plan, list[list[Book]], dict[str, float], Seen | None]:
        plan = changed(Plan(sizes, hosts - 1, primaries=primaries))
        placed, joins = place(costs, plan), watchers / hosts / STORM_SECONDS
        used = shares(costs, plan, placed, joins)
        over = max(share for name, share in used.items() if name not in MOVABLE) > HEADROOM
        seen = None if over else watch(costs, _sample(plan, placed, joins), plan.changes_per_s)
        return plan, placed, used, seen if seen and seen.well else None

    # Tried from the few up, in steps of an eighth, as it need not get better for ever.
    hosts = 2
    while (found := storm(hosts))[3] is None:
        hosts += max(1, hosts // 8)
        if hosts > MOST_HOSTS:
            return None
    plan, placed, used, seen = found
    assert seen is not None
    rush = watch(costs, _sample(plan, placed, 0.0, rush=watchers // hosts), plan.changes_per_s)
    whole = replace(plan, hosts=hosts)
    settled = place(costs, whole)
    calm = watch(costs, _sample(whole, settled, 0.0), whole.changes_per_s)
    memory = max(memory_mb(costs, books) for books in settled) * plan.processes / 1e3
    gbit = max(network_gbit(costs, whole, books) for books in settled) * plan.processes
    return Fleet(hosts, calm, seen, rush, used, memory, gbit, watchers / hosts / STORM_SECONDS)


def watch_plan(costs: Costs, plan: Plan, placed: Sequence[Sequence[Book]]) -> Seen:
    """How it goes in some of an installation's processes."""
    return watch(costs, _sample(plan, placed, 0.0), plan.changes_per_s)


def _sample(plan: Plan, placed: Sequence[Sequence[Book]], joins: float, rush: int = 0) -> list[Work]:
    """The processes that have most to do: most watchers, most incidents; and some of the rest."""
    by_books = sorted(placed, key=len)
    by_watchers = sorted(placed, key=lambda books: -sum(book.watchers for book in books))
    chosen = [*by_books[-3:], *by_watchers[:3], *placed[:: max(1, len(placed) // 4)]]
    every = plan.all_processes
    return [
        Work(
            books, commands_per_s=len(plan.sizes) * plan.changes_per_s / every, joins_per_s=joins / every,
            rush=rush // every,            join_trips=JOIN_TRIPS, signed_in_checks=plan.check_all,
        )
        for books in chosen
        if books
    ]  # fmt: skip


# One crowd


def crowd(costs: Costs, hosts: int, watchers: int = 100_000, rate: float = 1.0) -> Seen:
    """Everybody looks at one incident, over all processes of these hosts, a crowd counted and not listed."""
    plan = changed(Plan([watchers], hosts, changes_per_s=rate))
    works = [Work(books, signed_in_checks=False) for books in place(costs, plan)]
    return watch(costs, works[:4], rate)
