"""Times as the field writes and reads them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisisroom.core import times

T0 = datetime(2026, 9, 10, 2, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("6h", timedelta(hours=6)),
        ("90m", timedelta(minutes=90)),
        ("90 min", timedelta(minutes=90)),
        ("14d", timedelta(days=14)),
        ("T+6:00", timedelta(hours=6)),
        ("t+0:05", timedelta(minutes=5)),
        ("T−24:00", timedelta(hours=-24)),
        ("T-24:00", timedelta(hours=-24)),
        ("-48h", timedelta(hours=-48)),
        ("T+4d 00:10", timedelta(days=4, minutes=10)),
        (" +2:30 ", timedelta(hours=2, minutes=30)),
    ],
)
def test_an_offset_can_be_written_in_these_ways(text: str, span: timedelta) -> None:
    assert times.read_offset(text) == span


@pytest.mark.parametrize("text", ["", "soon", "T+6:60", "6", "T+", "1h30", "6 hours", "++6h", "T+6:0", "1e3h"])
def test_anything_else_is_no_offset(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the sentence depends on what is wrong
        times.read_offset(text)


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(0), "T+0:00"),
        (timedelta(hours=13, minutes=42), "T+13:42"),
        (timedelta(hours=-24), "T−24:00"),
        (timedelta(hours=48), "T+48:00"),
        (timedelta(hours=48, minutes=1), "T+2d 00:01"),
        (timedelta(days=4, minutes=10), "T+4d 00:10"),
        (timedelta(seconds=-30), "T−0:00"),
    ],
)
def test_a_moment_is_seen_from_t0(span: timedelta, text: str) -> None:
    assert times.offset(T0 + span, T0) == text


@given(st.integers(-60 * 24 * 90, 60 * 24 * 90))
def test_an_offset_that_is_shown_can_be_read_back(minutes: int) -> None:
    span = timedelta(minutes=minutes)
    assert times.read_offset(times.offset(T0 + span, T0)) == span


@pytest.mark.parametrize(
    "text",
    ["2026-09-10T02:30:00Z", "2026-09-10t02:30:00z", "2026-09-10 02:30Z", "2026-09-09T22:30:00-04:00",
     "2026-09-10T02:30:00.000Z", "2026-09-10T02:30:00.000000000Z"],
)  # fmt: skip
def test_an_instant_has_a_date_and_a_zone(text: str) -> None:
    assert times.read_instant(text) == T0


@pytest.mark.parametrize(
    "text",
    ["", "2026-09-10", "2026-09-10T02:30:00", "10 Sep 2026", "2026-13-10T02:30:00Z", "2026-09-10T25:30:00Z",
     "20260910T023000Z", "2026-09-10T02:30:00+99:00"],
)  # fmt: skip
def test_anything_else_is_no_instant(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the sentence depends on what is wrong
        times.read_instant(text)


def test_an_instant_has_one_text_form() -> None:
    there = datetime(2026, 9, 9, 22, 30, 0, 7999, tzinfo=timezone(timedelta(hours=-4)))
    assert times.rfc3339(there) == "2026-09-10T02:30:00.007Z"


def test_utc_comes_with_its_name_and_local_with_its_zone() -> None:
    assert times.utc(T0) == "02:30 UTC"
    assert times.utc_date(T0) == "10 Sep 2026 02:30 UTC"
    assert times.local(T0 + timedelta(hours=12), "America/St_Lucia") == "10:30 AST"


def test_a_local_time_on_another_day_than_in_utc_names_its_day() -> None:
    assert times.local(T0, "America/St_Lucia") == "Wed 9 Sep 22:30 AST"
    assert times.local(datetime(2027, 1, 1, 2, 0, tzinfo=UTC), "America/St_Lucia") == "Thu 31 Dec 2026 22:00 AST"
    assert times.local(T0, "Europe/Amsterdam") == "04:30 CEST"


def test_a_zone_without_a_short_name_shows_its_distance_from_utc() -> None:
    assert times.local(T0, "America/Paramaribo") == "Wed 9 Sep 23:30 UTC-03"


@pytest.mark.parametrize(
    "text",
    ["0001-01-01T00:00+14:00", "9999-12-31T23:59-12:00", "9999-12-31T23:59:60Z", "1900-01-01T00:00+14:00",
     "2999-12-31T23:00-12:00", "2026-09-10T02:30:00+18:01", "2026-09-10T02:30:00-23:59", "\u0662026-09-10T02:30Z"],
)  # fmt: skip
def test_an_instant_off_the_calendar_is_no_instant(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the sentence depends on what is wrong
        times.read_instant(text)


@given(
    st.from_regex(times._INSTANT, fullmatch=True) | st.datetimes(timezones=st.timezones()).map(datetime.isoformat)
)  # fmt: skip
def test_whatever_looks_like_an_instant_is_one_in_utc_or_refused(text: str) -> None:
    try:
        moment = times.read_instant(text)
    except ValueError:
        return
    assert moment.tzinfo is UTC
    assert 1900 <= moment.year <= 2999
    assert times.read_instant(times.rfc3339(moment)) == moment.replace(microsecond=moment.microsecond // 1000 * 1000)


@given(st.from_regex(times._T_OFFSET, fullmatch=True) | st.from_regex(times._UNIT_OFFSET, fullmatch=True) | st.text())
def test_whatever_looks_like_an_offset_is_one_or_refused(text: str) -> None:
    try:
        span = times.read_offset(text)
    except ValueError:
        return
    assert abs(span) <= times.MAX_OFFSET


@given(st.datetimes(timezones=st.just(UTC)), st.timedeltas())
def test_what_is_shifted_stays_on_the_calendar_or_is_refused(moment: datetime, span: timedelta) -> None:
    try:
        assert times.shifted(moment, span) == moment + span
    except ValueError:
        assert not 1900 <= moment.year + span.days / 365.25 <= 2998


@pytest.mark.parametrize("text", ["99999d", "3654d", "T-88000h"])
def test_an_offset_is_at_most_ten_years(text: str) -> None:
    with pytest.raises(ValueError, match="ten years"):
        times.read_offset(text)
