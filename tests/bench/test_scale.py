"""The model of many processes: it agrees with what can be worked out by hand, and with the code it is a model of."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bench import queueing, scale
from bench.costs import PIECES, Costs, measured, read_costs
from bench.pieces import _WHAT
from bench.placing import Plan, place, shares, unequal
from bench.queueing import Book, Work, commits, run
from bench.scenarios import SEED, changed, fleet, largest
from crisisroom.live import audience, channel, elsewhere, following, stream


@pytest.fixture(scope="module")
def costs() -> Costs:
    return read_costs()


@pytest.fixture
def free(costs: Costs) -> Costs:
    """Nothing costs anything; a test gives a price to what it looks at."""
    return costs.but(**{name: 0.0 for name in costs.all if name.endswith(("_us", "_ms", "_us_per_kb"))})


def alone(*books: Book) -> Work:
    return Work(books, local=True)


def test_a_loop_is_as_busy_as_rate_times_cost(free: Costs) -> None:
    costs, seconds = free.but(deliver_us=10, draw_us=500), 400.0
    grown = commits({0: 10.0}, seconds, SEED)
    seen = run(costs, alone(Book(0, watchers=2000)), grown, seconds, SEED)
    beats = seconds / 20 * 2000 * 10e-6
    assert seen.busy == pytest.approx((len(grown[0]) * (500e-6 + 2000 * 10e-6) + beats) / seconds, rel=0.1)


def test_beyond_one_over_cost_the_wait_grows_without_end(free: Costs) -> None:
    costs = free.but(draw_us=10_000)  # a hundred a second at most
    books = [Book(number, 1) for number in range(200)]
    waits = {}
    for rate in (0.4, 0.6):
        grown = commits({book.number: rate for book in books}, 60, SEED)
        told = run(costs, alone(*books), grown, 60, SEED).told
        waits[rate] = max(when - grown[book][number] for (book, number), when in told.items())
    assert waits[0.4] < 0.3
    assert waits[0.6] > 5


@pytest.mark.parametrize("busy", [0.3, 0.6, 0.8])
def test_waiting_agrees_with_the_formula_for_one_server_of_constant_speed(free: Costs, busy: float) -> None:
    """M/D/1: the mean wait is busy / (2 (1 - busy)) of a service."""
    service, books = 0.001, [Book(number, 1) for number in range(1000)]
    grown = commits({book.number: busy / service / len(books) for book in books}, 60, SEED)
    told = run(free.but(draw_us=service * 1e6), alone(*books), grown, 60, SEED).told
    taken = [when - grown[book][number] for (book, number), when in told.items()]
    by_hand = service + busy * service / (2 * (1 - busy))
    assert sum(taken) / len(taken) == pytest.approx(by_hand, rel=0.06)


def test_what_comes_within_the_spacing_goes_out_together(free: Costs) -> None:
    grown = {0: [0.100, 0.101, 0.102, 0.103, 0.200]}
    told = run(free, alone(Book(0, 1)), grown, 1, SEED).told
    assert [told[0, number] for number in range(5)] == pytest.approx([0.1, 0.11, 0.11, 0.11, 0.2])


def test_a_crowd_is_written_to_in_slices_between_which_others_have_their_turn(free: Costs) -> None:
    costs = free.but(deliver_us=10)
    grown = {0: [0.1], 1: [0.1001]}
    told = run(costs, alone(Book(0, 50_000), Book(1, 1)), grown, 1, 1).told
    assert told[1, 0] < 0.12
    assert told[0, 0] > 0.6


def test_a_change_read_from_the_log_waits_for_ten_round_trips(free: Costs) -> None:
    told = run(free.but(round_trip_ms=60), Work([Book(0, 1)]), {0: [0.5]}, 1, SEED).told
    assert told[0, 0] - 0.5 == pytest.approx(0.6)


def test_the_same_seed_gives_the_same_run(costs: Costs) -> None:
    books = [Book(0, 700, 700, 0.8), Book(1, 30)]

    def once(seed: int) -> dict[tuple[int, int], float]:
        work = Work(books, commands_per_s=20, joins_per_s=50, join_trips=8)
        return run(costs, work, commits({0: 5.0, 1: 5.0}, 10, seed), 10, seed).told

    assert once(1) == once(1)
    assert once(1) != once(2)


def test_the_model_has_the_constants_of_the_code() -> None:
    assert queueing.SLICE == stream.SLICE
    assert queueing.SPACING == audience.SPACING_SECONDS
    assert queueing.PRESENCE == channel.PRESENCE_SECONDS
    assert (queueing.LOOK, queueing.BEAT, queueing.REST) == (
        following.LOOK_SECONDS,
        following.BEAT_SECONDS,
        following.REST_SECONDS,
    )
    assert following.HERE_SECONDS < elsewhere.LASTS_SECONDS


def test_those_who_come_back_at_once_wait_for_each_other(free: Costs) -> None:
    seen = run(free.but(connect_us=1000), Work([], rush=3000), {}, 10, SEED)
    assert max(seen.joins) == pytest.approx(3000 * 0.001 - 1, rel=0.05)


def test_every_watcher_has_a_place_however_they_are_placed(costs: Costs) -> None:
    plan = Plan(unequal(50, 20_000), hosts=3, processes=4)
    for one in (plan, replace(plan, by_incident=True)):
        placed = place(costs, one)
        for number, size in enumerate(plan.sizes):
            assert sum(book.watchers for books in placed for book in books if book.number == number) == size
    fair = plan.watchers / 12
    assert max(sum(book.watchers for book in books) for books in placed) < 1.3 * fair


def test_on_one_bell_redis_carries_rings_times_processes(costs: Costs) -> None:
    plan = Plan([100] * 200, hosts=5, list_people=False)
    used = shares(costs, plan, place(costs, plan))["CPU of Redis"]
    assert used == pytest.approx((200 * 80 + 80**2 / 2) * costs.redis_deliver_us / 1e6)
    by_book = changed(plan)
    assert shares(costs, by_book, place(costs, by_book))["CPU of Redis"] < 0.25 * used


def test_the_loss_of_a_host_is_borne_and_more_watchers_take_more_hosts(costs: Costs) -> None:
    dear = costs.but(deliver_us=60, draw_us=2000)
    few = fleet(dear, watchers=300_000, incidents=300, primaries=2)
    many = fleet(dear, watchers=600_000, incidents=600, primaries=2)
    assert few
    assert many
    assert 2 < few.hosts < many.hosts
    assert few.storm.well
    assert few.joins_per_s == pytest.approx(300_000 / few.hosts / 30)


def test_where_no_number_of_hosts_is_enough_that_is_said(costs: Costs) -> None:
    assert fleet(costs.but(draw_us=1e6), watchers=1000, incidents=10) is None


def test_the_largest_that_fits_is_found() -> None:
    assert largest(lambda number: number <= 12_345, 65_536) == pytest.approx(12_345, rel=0.03)
    assert largest(lambda number: True, 500) == 500


def test_costs_are_taken_from_a_run_of_the_bench_and_say_so(costs: Costs, tmp_path: Path) -> None:
    result = {
        "machine": {"machine": "4 cores (X), Linux 7"},
        "fanout": {
            "measured": {
                "Crisis Room, sending alone": {"0": {"cpu_us": 8.0}, "1": {"cpu_us": 9.0}, "2": {"cpu_us": 70.0}},
                "Crisis Room": {"0": {"connect_cpu_s": 0.3, "n": 1000}},
            },
            "missing": {},
        },
        "pages": {"measured": {"Crisis Room": {"0": {"posts_cpu": 777.77, "board_ms": [4.0, 5.0, 6.0]}}}},
        "pieces": {"measured": {"Crisis Room": {"0": {"draw_us": 123.4}}}},
    }
    found = measured(costs, json.loads(json.dumps(result)), "2026-12-01")
    assert (found.deliver_us, found.connect_us, found.command_us) == (9.0, 300.0, 777.8)
    assert (found.draw_us, found.page_us) == (123.4, 5000.0)
    assert found.all["draw_us"].source == "measured: pieces, 4 cores (X), Linux 7, 2026-12-01"
    assert found.all["socket_kb"] == costs.all["socket_kb"]
    found.keep(tmp_path / "costs.json")
    assert read_costs(tmp_path / "costs.json").all == found.all


def test_every_cost_says_where_it_is_from(costs: Costs) -> None:
    kinds = {cost.source.split(":")[0].split(" ")[0].rstrip(",") for cost in costs.all.values()}
    assert kinds <= {"measured", "sketch", "assumed", "setting"}
    assert set(PIECES) <= set(costs.all)
    assert set(PIECES) <= set(_WHAT) | {"packed_bytes"}


def test_the_page_shows_what_the_costs_give(costs: Costs) -> None:
    page = scale.PAGE.read_text(encoding="utf-8")
    shown = [scale.costs_text(costs), *(table(costs).markdown() for table in (scale.all_at_once, scale.a_crowd))]
    for text in shown:
        assert text.rstrip("\n") in page, "python -m bench.scale --write"
