"""The report of the benchmark: medians, ratios inside a repeat, and the marked part of a document."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.report import BEGIN, END, Figures, Table, ahead, median, put_into, quantile, ratio


@pytest.fixture
def figures() -> Figures:
    """A machine that became half as fast with each repeat."""
    found = Figures()
    for repeat, slower in enumerate((1, 2, 4)):
        found.add("floor", repeat, cpu_us=2.0 * slower, lat_ms=[slower] * 3)
        found.add("us", repeat, cpu_us=3.0 * slower, lat_ms=[2 * slower] * 3)
        found.add("peer", repeat, cpu_us=2.4 * slower)
    return found


def test_a_ratio_is_taken_inside_each_repeat_so_that_a_slow_moment_counts_for_both(figures: Figures) -> None:
    assert ratio(figures, "us", "floor", "cpu_us") == "1.50 [1.50–1.50]"
    assert ratio(figures, "us", "floor", "lat_ms", 0.99) == "2.00 [2.00–2.00]"


def test_a_median_shows_the_range_of_the_repeats(figures: Figures) -> None:
    assert median(figures, "us", "cpu_us", "{:.1f}") == "6.0 [3.0–12.0]"
    assert quantile(figures, "us", "lat_ms", 0.5) == "4.0"


def test_what_was_not_measured_is_a_dash(figures: Figures) -> None:
    assert median(figures, "absent", "cpu_us", "{:.1f}") == "–"
    assert ratio(figures, "absent", "floor", "cpu_us") == "–"
    assert quantile(figures, "peer", "lat_ms", 0.5) == "–"


def test_whoever_is_ahead_is_named(figures: Figures) -> None:
    assert ahead(figures, "us", {"cpu_us": "CPU"}, ["us", "peer"]) == ["CPU, × ours: peer 0.80"]


def test_only_what_stands_between_the_markers_is_replaced(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    put_into(page, Table("New", ["a", "b"], [["1", "2"]]).markdown())
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "| 1 | 2 |" in text
    assert "old" not in text


def test_a_document_without_markers_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("no markers")
    with pytest.raises(ValueError, match="no lines"):
        put_into(page, "figures")
