"""A live connection without a socket: what is offered, taken, received, and how it ends."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisisroom.access.grants import Actor, Role
from crisisroom.live import session as live
from crisisroom.live.session import Kind, Session

NOW = datetime(2026, 9, 10, 12, tzinfo=UTC)
ACTOR = Actor(UUID(int=1), "Kevin Baptiste", "CDEMA", Role.OFFICER)


def a_session() -> Session:
    return Session(ACTOR, Kind.API, UUID(int=2), frozenset({UUID(int=3)}))


def taken(session: Session) -> list[str]:
    """Everything that would be sent now."""
    return list(iter(session.take, None))


def test_frames_come_out_as_they_went_in() -> None:
    session = a_session()
    for number in range(10):
        session.offer(str(number))
    assert taken(session) == [str(number) for number in range(10)]
    assert session.take() is None


def test_whoever_sends_is_told_that_there_is_something() -> None:
    session, rings = a_session(), []
    session.ready = lambda: rings.append(len(rings))
    session.offer("a")
    session.close(live.RESTART)
    assert len(rings) == 2


def test_what_is_new_waits_behind_what_was_missed() -> None:
    session = a_session()
    session.hold()
    session.offer("new")
    assert session.take() is None
    session.release(["hello", "missed"])
    assert taken(session) == ["hello", "missed", "new"]
    session.offer("later")
    assert taken(session) == ["later"]


def test_too_many_frames_end_it_and_nothing_is_left_out_before() -> None:
    session = a_session()
    for number in range(live.MAX_FRAMES):
        session.offer(str(number))
    assert session.close_code is None
    session.offer("one too many")
    assert session.close_code == live.TOO_SLOW
    assert session.take() is None
    session.offer("after the end")
    assert session.take() is None


def test_too_many_bytes_end_it_but_one_large_frame_goes_through() -> None:
    session = a_session()
    session.offer("x" * (live.MAX_BYTES + 1))
    assert session.close_code is None
    session.offer("y")
    assert session.close_code == live.TOO_SLOW


def test_what_was_taken_no_longer_counts() -> None:
    session = a_session()
    for _ in range(10):
        session.offer("x" * (live.MAX_BYTES // 2))
        assert session.take() is not None
    assert session.close_code is None


def test_it_ends_once_and_with_the_first_reason() -> None:
    session = a_session()
    session.close(live.SIGNED_OUT)
    session.close(live.RESTART)
    assert session.close_code == live.SIGNED_OUT


def test_a_session_that_ended_while_it_was_held_sends_nothing() -> None:
    session = a_session()
    session.hold()
    session.close(live.NO_LONGER_ALLOWED)
    session.release(["hello"])
    assert taken(session) == []


def test_a_message_is_read() -> None:
    assert a_session().receive('{"type":"ping"}', NOW) == {"type": "ping"}


@pytest.mark.parametrize(
    "text", ["", "no json", "[]", "7", "null", '"ping"', "{}", '{"type":7}', '{"type":', "[" * 4000, "\x00"]
)
def test_what_is_no_message_ends_it(text: str) -> None:
    session = a_session()
    assert session.receive(text, NOW) is None
    assert session.close_code == live.MALFORMED


def test_a_large_message_ends_it() -> None:
    session = a_session()
    fits = json.dumps({"type": "x", "pad": ""})
    assert session.receive(fits[:-2] + "a" * (live.MAX_MESSAGE - len(fits)) + '"}', NOW)
    assert session.receive(json.dumps({"type": "x", "pad": "é" * live.MAX_MESSAGE}, ensure_ascii=False), NOW) is None
    assert session.close_code == live.TOO_BIG


def test_a_burst_is_allowed_and_a_flood_is_not() -> None:
    session = a_session()
    for _ in range(live.MESSAGES_AT_ONCE):
        assert session.receive('{"type":"ping"}', NOW)
    assert session.receive('{"type":"ping"}', NOW) is None
    assert session.close_code == live.TOO_FAST


def test_time_gives_allowance_back_but_a_clock_put_back_takes_none() -> None:
    session, now = a_session(), NOW
    for number in range(300):
        now += timedelta(seconds=1 / live.MESSAGES_PER_SECOND)
        assert session.receive('{"type":"ping"}', now), number
    for _ in range(live.MESSAGES_AT_ONCE - 1):
        now -= timedelta(days=1)
        assert session.receive('{"type":"ping"}', now)


@given(st.lists(st.sampled_from(["offer", "take", "hold", "release", "close"]), max_size=60))
def test_in_any_order_nothing_is_lost_doubled_or_out_of_order(steps: list[str]) -> None:
    """Until it is closed, what was taken and what waits is what was offered, in order."""
    session, offered, got, held = a_session(), [], [], False
    for number, step in enumerate(steps):
        if step == "offer":
            session.offer(str(number))
            offered.append(str(number))
        elif step == "take":
            frame = session.take()
            got += [frame] if frame is not None else []
        elif step == "hold" and not held:
            held = True
            session.hold()
        elif step == "release" and held:
            held = False
            session.release([])
        elif step == "close":
            session.close(live.RESTART)
            assert session.take() is None
            assert got == offered[: len(got)]
            return
    if held:
        session.release([])
    assert got + taken(session) == offered
