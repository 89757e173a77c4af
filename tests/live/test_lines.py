"""A queued line: bounded, in order, and told why it ends."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from crisisroom.live import lines
from crisisroom.live.lines import MAX_BYTES, MAX_FRAMES, QueuedLine


def taken(line: QueuedLine) -> list[str]:
    """Everything that would be sent now."""
    return list(iter(line.take, None))


async def test_messages_come_out_as_they_went_in() -> None:
    line = QueuedLine()
    for number in range(10):
        line.tell(str(number))
    assert taken(line) == [str(number) for number in range(10)]
    assert line.take() is None


async def test_whoever_sends_is_told_that_there_is_something() -> None:
    line = QueuedLine()
    line.tell("a")
    await line.ready()
    assert taken(line) == ["a"]
    line.close(1012)
    await line.ready()


async def test_too_many_messages_end_it_and_nothing_is_left_out_before() -> None:
    line = QueuedLine()
    for number in range(MAX_FRAMES):
        line.tell(str(number))
    assert line.close_code is None
    line.tell("one too many")
    assert line.close_code == lines.TOO_SLOW
    assert taken(line) == []


async def test_too_many_bytes_end_it_but_one_large_message_does_not() -> None:
    line = QueuedLine()
    line.tell("x" * (MAX_BYTES + 1))
    assert line.close_code is None
    line.tell("y")
    assert line.close_code == lines.TOO_SLOW


async def test_who_waits_for_the_end_of_the_queue_is_woken_by_the_last_take() -> None:
    line = QueuedLine()
    await line.drained()
    line.tell("a")
    assert taken(line) == ["a"]
    await line.drained()


async def test_the_first_reason_counts() -> None:
    line = QueuedLine()
    line.close(4401)
    line.close(1012)
    line.tell("late")
    assert line.close_code == 4401
    assert line.take() is None


@given(st.lists(st.text(max_size=2000), max_size=400))
def test_whatever_is_told_comes_in_order_or_the_line_is_closed(texts: list[str]) -> None:
    line, got = QueuedLine(), list[str]()
    for number, text in enumerate(texts):
        line.tell(text)
        if number % 7 == 0:
            got += taken(line)
    got += taken(line)
    assert got == texts or (line.close_code == lines.TOO_SLOW and got == texts[: len(got)])
