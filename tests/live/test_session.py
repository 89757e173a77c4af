"""A viewer without a socket: what is offered, kept back, received, and how it ends."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from crisisroom.access.grants import Actor, Role
from crisisroom.live import session as live
from crisisroom.live.lines import MAX_FRAMES, TOO_SLOW, QueuedLine
from crisisroom.live.session import Kind, Session

NOW = datetime(2026, 9, 10, 12, tzinfo=UTC)
ACTOR = Actor(UUID(int=1), "Kevin Baptiste", "CDEMA", Role.OFFICER)


def a_session() -> Session:
    return Session(ACTOR, Kind.API, UUID(int=2), frozenset({UUID(int=3)}), QueuedLine())


def taken(session: Session) -> list[str]:
    """Everything that would be sent now."""
    assert isinstance(session.line, QueuedLine)
    return list(iter(session.line.take, None))


async def test_what_is_new_waits_behind_what_was_missed() -> None:
    session = a_session()
    session.hold()
    session.offer("new")
    assert taken(session) == []
    session.tell(["hello", "missed"])
    session.release()
    assert taken(session) == ["hello", "missed", "new"]
    session.offer("later")
    assert taken(session) == ["later"]


async def test_who_catches_up_too_slowly_is_closed() -> None:
    session = a_session()
    session.hold()
    for number in range(MAX_FRAMES + 1):
        session.offer(str(number))
    assert session.close_code == TOO_SLOW
    session.release()
    assert taken(session) == []


async def test_a_session_that_ended_while_it_was_held_sends_nothing() -> None:
    session = a_session()
    session.hold()
    session.offer("kept back")
    session.close(live.NO_LONGER_ALLOWED)
    session.release()
    assert taken(session) == []


async def test_a_message_is_read() -> None:
    assert a_session().receive('{"type":"ping"}', NOW) == {"type": "ping"}


@pytest.mark.parametrize(
    "text", ["", "no json", "[]", "7", "null", '"ping"', "{}", '{"type":7}', '{"type":', "[" * 4000, "\x00"]
)
async def test_what_is_no_message_ends_it(text: str) -> None:
    session = a_session()
    assert session.receive(text, NOW) is None
    assert session.close_code == live.MALFORMED


async def test_a_large_message_ends_it() -> None:
    session = a_session()
    fits = json.dumps({"type": "x", "pad": ""})
    assert session.receive(fits[:-2] + "a" * (live.MAX_MESSAGE - len(fits)) + '"}', NOW)
    assert session.receive(json.dumps({"type": "x", "pad": "é" * live.MAX_MESSAGE}, ensure_ascii=False), NOW) is None
    assert session.close_code == live.TOO_BIG


async def test_a_burst_is_allowed_and_a_flood_is_not() -> None:
    session = a_session()
    for _ in range(live.MESSAGES_AT_ONCE):
        assert session.receive('{"type":"ping"}', NOW)
    assert session.receive('{"type":"ping"}', NOW) is None
    assert session.close_code == live.TOO_FAST


async def test_time_gives_allowance_back_but_a_clock_put_back_takes_none() -> None:
    session, now = a_session(), NOW
    for number in range(300):
        now += timedelta(seconds=1 / live.MESSAGES_PER_SECOND)
        assert session.receive('{"type":"ping"}', now), number
    for _ in range(live.MESSAGES_AT_ONCE - 1):
        now -= timedelta(days=1)
        assert session.receive('{"type":"ping"}', now)
