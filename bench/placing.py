"""An installation on paper: which process has which watchers, and what share of each limit is then used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bench.costs import Costs
from bench.queueing import PRESENCE, READ_STATEMENTS, Book

HERE_PERIOD = 10.0
# Begin, lock, look for repeats, entry, row and heads, commit.
COMMAND_STATEMENTS = 7
STORM_SECONDS = 30.0


@dataclass(frozen=True)
class Plan:
    """`sizes` are the watchers of each incident. The switches say what is as it is now, and what would be changed."""

    sizes: Sequence[int]
    hosts: int
    processes: int = 16
    primaries: int = 1
    changes_per_s: float = 1.0
    by_incident: bool = False
    """The proxy sends an incident's watchers to as few processes as hold them; else to any."""
    bell_by_book: bool = False
    """Each book's hints have a channel of their own; else every process hears every ring."""
    list_people: bool = True
    """Everybody who is here is listed, to everybody; else a crowd is counted."""
    check_all: bool = True
    """Each open socket's sign-in is looked at each second; else only what was revoked is read."""

    @property
    def all_processes(self) -> int:
        """On all hosts."""
        return self.hosts * self.processes

    @property
    def watchers(self) -> int:
        """Of all incidents."""
        return sum(self.sizes)


def unequal(incidents: int, watchers: int) -> list[int]:
    """Sizes as they are in life: the second has half of the first, the third a third (Zipf)."""
    whole = sum(1 / place for place in range(1, incidents + 1))
    return [max(1, round(watchers / place / whole)) for place in range(1, incidents + 1)]


def place(costs: Costs, plan: Plan) -> list[list[Book]]:
    """The books of each process."""
    placed: list[list[Book]] = [[] for _ in range(plan.all_processes)]
    for number, size in enumerate(plan.sizes):
        comings = 2 * size / costs.stay_s if plan.list_people else 0.0
        book = Book(number, 0, size if plan.list_people else 0, comings)
        shares = _packed(placed, plan, size) if plan.by_incident else _spread(len(placed), number, size)
        for process, share in shares:
            placed[process].append(replace(book, watchers=share))
    return placed


def _spread(processes: int, number: int, size: int) -> list[tuple[int, int]]:
    each, more = divmod(size, processes)
    shares = [(process, each + ((process - number * 7919) % processes < more)) for process in range(processes)]
    return [(process, share) for process, share in shares if share]


def _packed(placed: list[list[Book]], plan: Plan, size: int) -> list[tuple[int, int]]:
    """Large incidents over several processes in equal parts, small ones where there is most room."""
    fair = plan.watchers / len(placed)
    parts = min(len(placed), max(1, -int(-size // fair)))
    loads = sorted(range(len(placed)), key=lambda process: sum(book.watchers for book in placed[process]))
    each, more = divmod(size, parts)
    return [(process, each + (place < more)) for place, process in enumerate(loads[:parts])]


def shares(costs: Costs, plan: Plan, placed: Sequence[Sequence[Book]], joins_per_s: float = 0.0) -> dict[str, float]:
    """Of each limit, the share that is used where most of it is used."""
    here = _here(costs, plan, placed)
    crowd = max(map(_watchers, placed))
    fullest = sum(_watchers(books) for books in placed) / plan.hosts
    largest = max(book.watchers for books in placed for book in books)
    found = {
        "CPU of a process": max(_cpu(costs, plan, books, here, joins_per_s) for books in placed),
        "memory of a host": plan.processes * max(memory_mb(costs, books) for books in placed) / 1e3 / costs.host_gb,
        "network of a host": max(network_gbit(costs, plan, books) for books in placed)
        * plan.processes / costs.host_gbit,
        "sockets of a process": crowd / costs.descriptors,
        "ports from one proxy": fullest / costs.proxy_ports,
        "PostgreSQL's default of connections": plan.all_processes * costs.database_connections / costs.database_most,
        "commits of a primary": _commands(plan) / plan.primaries / costs.single_commits_per_s,
        "CPU of a primary": _primary(costs, plan, placed, joins_per_s) / plan.primaries / costs.primary_cores,
        "CPU of Redis": _redis(costs, plan, placed),
    }  # fmt: skip
    if plan.check_all:
        found["sign-ins in one statement"] = crowd / costs.parameters
    if plan.list_people:
        found["people in one hint"] = largest * costs.bell_person_bytes / costs.hint_bytes
    return found


def memory_mb(costs: Costs, books: Sequence[Book]) -> float:
    """Of a process, with what the kernel keeps for its sockets."""
    sockets = _watchers(books) * (costs.socket_kb + costs.kernel_kb) / 1e3
    return costs.process_mb + sockets + len(books) * (costs.snapshot_mb + costs.ring_mb)


def network_gbit(costs: Costs, plan: Plan, books: Sequence[Book]) -> float:
    """What a process sends to its watchers a second."""
    changes = _watchers(books) * plan.changes_per_s * (costs.packed_bytes + costs.packet_bytes)
    lists = sum(
        _lists(book) * book.watchers * (book.people * costs.person_packed_bytes + costs.packet_bytes) for book in books
    )
    return (changes + lists) * 8 / 1e9


def readers(placed: Sequence[Sequence[Book]]) -> int:
    """How many times each second's change is read: the processes that watch a book, over all books."""
    return sum(len(books) for books in placed)


def _watchers(books: Sequence[Book]) -> int:
    return sum(book.watchers for book in books)


def _lists(book: Book) -> float:
    """How often a second the list of who is here goes out."""
    return min(book.comings_per_s, 1 / PRESENCE)


def _commands(plan: Plan) -> float:
    return len(plan.sizes) * plan.changes_per_s


def _here(costs: Costs, plan: Plan, placed: Sequence[Sequence[Book]]) -> tuple[float, float]:
    """What all processes say of who is here: messages a second, and people named in them a second."""
    if not plan.list_people:
        return 0.0, 0.0
    messages = people = 0.0
    for book in (book for books in placed for book in books):
        often = 1 / HERE_PERIOD + min(book.watchers * 2 / costs.stay_s, 1 / PRESENCE)
        messages += often
        people += often * book.watchers
    return messages, people


def _cpu(
    costs: Costs, plan: Plan, books: Sequence[Book], here: tuple[float, float], joins_per_s: float
) -> float:  # fmt: skip
    watchers, every = _watchers(books), plan.all_processes
    reading = (1 + READ_STATEMENTS) * costs.read_us + costs.draw_us + costs.pack_us
    heard = len(books) * plan.changes_per_s if plan.bell_by_book else _commands(plan)
    share = len(books) / max(1, len(plan.sizes)) if plan.bell_by_book else 1.0
    lists = sum(
        _lists(book) * (2 * book.people * costs.person_us + book.watchers * (
            costs.deliver_us + book.people * costs.person_packed_bytes / 1024 * costs.copy_us_per_kb))
        for book in books
    )  # fmt: skip
    micros = (
        watchers * plan.changes_per_s * costs.deliver_us
        + len(books) * plan.changes_per_s * reading
        + (heard + here[0] * share) * (costs.bell_us + costs.redis_receive_us)
        + here[1] * share * costs.bell_person_us
        + lists
        + costs.look_us * max(1.0, len(books) / 64)
        + (watchers * costs.sign_in_us if plan.check_all else 0)
        + _commands(plan) / every * costs.command_us
        + joins_per_s / every * (costs.connect_us + 2 * costs.read_us)
    )
    return micros / 1e6


def _primary(costs: Costs, plan: Plan, placed: Sequence[Sequence[Book]], joins_per_s: float) -> float:
    """Cores of all primaries together. Who comes back to a process that did not watch is read for one by one."""
    statements = (
        readers(placed) * plan.changes_per_s * (1 + READ_STATEMENTS)
        + len(placed) * 3 * plan.primaries
        + _commands(plan) * COMMAND_STATEMENTS
        + joins_per_s * 2
    )
    looked_at = plan.watchers * costs.sign_in_us if plan.check_all else 0
    return (statements * costs.statement_us + looked_at) / 1e6


def _redis(costs: Costs, plan: Plan, placed: Sequence[Sequence[Book]]) -> float:
    """Its one core: every message to every process that listens."""
    messages = _here(costs, plan, placed)[0]
    if plan.bell_by_book:
        heard = readers(placed) * plan.changes_per_s + messages * readers(placed) / max(1, len(plan.sizes))
    else:
        heard = (_commands(plan) + messages) * len(placed)
    # Each process's heartbeat, every two seconds, is heard by all, or by itself.
    beats = len(placed) / 2 * (1 if plan.bell_by_book else len(placed))
    return (heard + beats) * costs.redis_deliver_us / 1e6
