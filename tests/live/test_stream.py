"""Many viewers, one stream: the same bytes for all, in order, whenever they came and whatever they can read."""

from __future__ import annotations

import asyncio
import random
import zlib
from uuid import UUID

import pytest

from crisisroom.access.grants import Actor, Role
from crisisroom.live import stream as streams
from crisisroom.live.framing import WINDOW, WINDOW_BITS, SharedWindow, frame
from crisisroom.live.session import Kind, Session
from crisisroom.live.stream import Stream

ACTOR = Actor(UUID(int=1), "Kevin Baptiste", "CDEMA", Role.OFFICER)


class Ear:
    """A direct line and the other side of it, which reads frames as a browser does."""

    direct = True

    def __init__(self, packed: bool) -> None:
        self.packed = packed
        self.close_code: int | None = None
        self.heard: list[str] = []
        self.size = 0
        self._inflate = zlib.decompressobj(-WINDOW_BITS)

    def tell(self, text: str) -> None:
        self.write(frame(text.encode()))

    def write(self, data: bytes) -> None:
        self.size += len(data)
        while data:
            opcode, compressed, payload, data = read_frame(data)
            if compressed:
                assert self.packed
                payload = self._inflate.decompress(payload + b"\x00\x00\xff\xff")
            if opcode == 1:
                self.heard.append(payload.decode())

    async def drained(self) -> None:
        pass

    def beat(self, now: float) -> None:
        pass

    def close(self, code: int) -> None:
        self.close_code = code


def read_frame(data: bytes) -> tuple[int, bool, bytes, bytes]:
    """Opcode, whether it is compressed, payload, and what follows."""
    size, start = data[1], 2
    if size == 126:
        size, start = int.from_bytes(data[2:4], "big"), 4
    elif size == 127:
        size, start = int.from_bytes(data[2:10], "big"), 10
    return data[0] & 15, bool(data[0] & 0x40), data[start : start + size], data[start + size :]


def a_viewer(stream: Stream, packed: bool = True) -> tuple[Session, Ear]:
    ear = Ear(packed)
    session = Session(ACTOR, Kind.PAGE, UUID(int=2), frozenset(), ear)
    stream.admit(session)
    return session, ear


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65535, 65536, 200_000])
def test_a_frame_is_read_as_it_was_written(size: int) -> None:
    assert read_frame(frame(b"x" * size) + b"rest") == (1, False, b"x" * size, b"rest")


@pytest.mark.parametrize("seed", range(5))
async def test_whoever_joins_late_reads_everything_from_then_on(seed: int) -> None:
    chance, stream, said = random.Random(seed), Stream(), list[str]()
    ears: list[tuple[int, Ear]] = []
    for number in range(300):
        if chance.random() < 0.1:
            ears.append((len(said), a_viewer(stream, packed=chance.random() < 0.8)[1]))
        said.append(f"<li data-seq={number}>" + "word " * chance.randint(0, chance.choice([5, 50, 3000])) + "</li>")
        stream.publish(said[-1])
    assert len(ears) > 15
    for joined, ear in ears:
        assert ear.heard == said[joined:]


async def test_what_is_for_one_alone_disturbs_nobodys_window() -> None:
    stream = Stream()
    session, ear = a_viewer(stream)
    _, other = a_viewer(stream)
    for number in range(20):
        stream.publish(f"for all {number} " * 20)
        session.offer(f"for you {number}")
    assert [text for text in ear.heard if text.startswith("for all")] == other.heard
    assert len(ear.heard) == 40


async def test_packed_it_is_a_small_part_of_what_it_says() -> None:
    stream = Stream()
    _, ear = a_viewer(stream)
    said = [card(number) for number in range(300)]
    for text in said:
        stream.publish(text)
    assert ear.size < 0.2 * sum(map(len, said))


def card(number: int) -> str:
    """Different words each time, as on a board."""
    chance = random.Random(number)
    words = " ".join(chance.choice(WORDS) for _ in range(8))
    due = f'<span class="due" data-due="2026-09-10T{number % 24:02}:00:00Z">Due T+{number % 24}:00</span>'
    link = f'<a class="card-title" href="/i/elena-26/t/E-{number}">{words}</a>'
    form = "<form method=post action='/i/elena-26/commands/move-task'><button>Move</button></form>"
    return (
        f'<li id="task-{number:032x}" class="card" data-task="{number}" data-rev="{number}"><span class="tag agency">'
        f'CDEMA</span> <b class="number">E-{number}</b> {link}<span class="card-who">K. Baptiste</span>{due}{form}</li>'
    )


WORDS = "deploy assessment team runway loaders fuel hospital customs waiver satellite link jetty shelter water".split()


async def test_the_primer_is_the_window_and_no_more() -> None:
    window = SharedWindow()
    assert window.primer() == b""
    window.pack(b"a" * 10)
    window.pack(bytes(random.Random(1).randbytes(3 * WINDOW)))
    opcode, compressed, payload, rest = read_frame(window.primer())
    assert (opcode, compressed, rest) == (2, True, b"")
    assert len(zlib.decompressobj(-WINDOW_BITS).decompress(payload + b"\x00\x00\xff\xff")) == WINDOW


async def test_many_lines_are_written_in_slices_and_each_keeps_its_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "SLICE", 3)
    stream = Stream()
    viewers = [a_viewer(stream, packed=number % 2 == 0) for number in range(10)]
    stream.publish("one")
    assert sum(len(ear.heard) for _, ear in viewers) == 3
    _, late = a_viewer(stream)
    stream.publish("two")
    gone, early = viewers[8]
    stream.dismiss(gone)
    stream.publish("three")
    for _ in range(20):
        await asyncio.sleep(0)
    assert late.heard == ["two", "three"]
    assert early.heard == ["one", "two"]
    assert all(ear.heard == ["one", "two", "three"] for session, ear in viewers if session is not gone)


async def test_somebody_who_moves_to_another_stream_reads_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "SLICE", 1)
    one, two = Stream(), Stream()
    session, ear = a_viewer(one)
    others = [a_viewer(one), a_viewer(two)]
    for number in range(30):
        one.publish(f"one {number} " * 9)
        two.publish(f"two {number} " * 9)
    one.dismiss(session)
    two.admit(session)
    two.publish("last " * 9)
    for _ in range(300):
        await asyncio.sleep(0)
    assert ear.heard == [f"one {number} " * 9 for number in range(30)] + ["last " * 9]
    assert others[1][1].heard[-1] == "last " * 9


async def test_what_comes_while_somebody_catches_up_waits_for_them() -> None:
    stream, ear = Stream(), Ear(packed=True)
    session = Session(ACTOR, Kind.PAGE, UUID(int=2), frozenset(), ear)
    _, other = a_viewer(stream)
    stream.publish("before")
    session.hold()
    stream.await_turn(session)
    stream.publish("meanwhile")
    session.tell(["missed"])
    stream.admit(session)
    stream.publish("after")
    assert ear.heard == ["missed", "meanwhile", "after"]
    assert other.heard == ["before", "meanwhile", "after"]
    assert stream
    stream.dismiss(session)
