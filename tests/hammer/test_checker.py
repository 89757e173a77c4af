"""The checker of histories: a good one passes, and each way of breaking a promise is found by the promise it breaks."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from crisisroom.hammer.checker import PROMISES, check
from crisisroom.hammer.history import Line

MAIN, AIR = "room-main", "room-air"
History = list[Line]


def good() -> History:
    """Two clients and one incident with two rooms: applied, repeated, refused, lost and found, heard and read."""
    lines: History = [
        *(entry(MAIN, seq, "room.opened", set_up=True) for seq in (1, 2)),
        entry(AIR, 1, "room.opened", set_up=True),
        {"is": "client", "t": 0.0, "client": "ann", "rooms": [MAIN, AIR]},
        {"is": "client", "t": 0.0, "client": "bob", "rooms": [MAIN]},
        *said(1, "k1", "write-entry", ("ok", applied(MAIN, 3, "e1"))),
        *said(2, "k2", "add-task", ("info", {"saved": None}), ("ok", {**applied(AIR, 2, "t2"), "result": "repeated"})),
        *said(3, "k3", "move-task", ("info", {"saved": False}), ("ok", applied(AIR, 3, "t2"))),
        *said(4, "k4", "edit-task", ("fail", {"status": 409, "type": "conflict"})),
        *said(5, "k5", "tick-item", ("ok", {"result": "unchanged", "room": MAIN, "seq": 3, "id": "i5"})),
        *said(6, "k6", "comment-task", ("info", {"saved": "unknown"})),
        *said(7, "k7", "write-entry", ("ok", applied(MAIN, 4, "e7"))),
        *said(7.5, "k7", "write-entry", ("fail", {"status": 422, "type": "key-reused"}), body=1),
        *said(8, "k8", "write-entry", ("info", {"saved": None})),
        *said(9, "k9", "move-task", ("info", {"saved": None})),
        *said(10, "k10", "write-entry", ("ok", applied(MAIN, 6, "e10"))),
        *(heard(who, MAIN, seq) for seq in (3, 4, 5, 6) for who in ("ann", "bob")),
        *(heard("ann", AIR, seq) for seq in (2, 3, 4)),
        entry(MAIN, 3, "entry.written", "k1", "e1"),
        entry(AIR, 2, "task.added", "k2", "t2"),
        entry(AIR, 3, "task.moved", None, "t2"),
        entry(MAIN, 4, "entry.written", "k7", "e7"),
        entry(MAIN, 5, "entry.written", "k8", "e8"),
        entry(AIR, 4, "task.moved", None, "t2"),
        entry(MAIN, 6, "entry.written", "k10", "e10"),
        *({"is": "view", "of": "board", "name": name, "digest": "d"} for name in ("board", "replay", "frames")),
        {"is": "tables", "whole": True, "problems": []},
    ]
    return copy.deepcopy(lines)


def said(at: float, key: str, command: str, *answers: tuple[str, Line], body: int = 0) -> History:
    """A try for each answer."""
    same = {"client": "ann", "incident": "elena", "key": key, "command": command} | ({"body": 1} if body else {})
    lines: History = []
    for place, (what, fields) in enumerate(answers):
        lines.append({"is": "invoke", "t": at + place / 10, **same})
        lines.append({"is": what, "t": at + place / 10 + 0.05, **same, "why": "TimeoutError", **fields})
    return lines


def applied(room: str, seq: int, id: str) -> Line:
    return {"result": "applied", "room": room, "seq": seq, "id": id}


def hash_of(room: str, seq: int) -> str:
    return f"hash-{room}-{seq}" if seq else "0" * 64


def entry(room: str, seq: int, event: str, key: str | None = None, id: str | None = None, set_up: bool = False) -> Line:
    return {
        "is": "entry", "incident": "elena", "room": room, "seq": seq, "prev": hash_of(room, seq - 1),
        "hash": hash_of(room, seq), "event": event, "key": key, "id": id, "set_up": set_up,
    }  # fmt: skip


def heard(who: str, room: str, seq: int) -> Line:
    return {
        "is": "frame", "t": 20.0, "client": who, "incident": "elena", "room": room, "seq": seq,
        "prev": hash_of(room, seq - 1), "hash": hash_of(room, seq), "epoch": 0, "live": True,
    }  # fmt: skip


def find(history: History, what: str, **values: Any) -> int:
    """Where the one line with these values is."""
    (place,) = [
        place for place, line in enumerate(history)
        if line["is"] == what and all(line.get(name) == value for name, value in values.items())
    ]  # fmt: skip
    return place


def change(history: History, what: str, where: Line, **to: Any) -> None:
    history[find(history, what, **where)].update(to)


def drop(history: History, what: str, **where: Any) -> None:
    del history[find(history, what, **where)]


def swap(history: History, first: int, second: int) -> None:
    history[first], history[second] = history[second], history[first]


def test_a_good_history_breaks_nothing_and_puts_every_promise_to_the_test() -> None:
    promises = check(good())
    assert {name: one.examples for name, one in promises.items()} == {name: [] for name in PROMISES}
    assert all(one.checked for one in promises.values())


# Each of these is a fault a server could have.


def lose_an_acknowledged_entry(history: History) -> None:
    drop(history, "entry", room=MAIN, seq=6)


def acknowledge_where_another_entry_stands(history: History) -> None:
    change(history, "ok", {"key": "k1"}, seq=4)


def acknowledge_what_is_of_another_kind(history: History) -> None:
    change(history, "entry", {"room": MAIN, "seq": 3}, event="task.commented", key=None)


def acknowledge_under_another_id(history: History) -> None:
    change(history, "ok", {"key": "k3"}, id="t9")


def acknowledge_in_a_room_that_is_not_there(history: History) -> None:
    change(history, "ok", {"key": "k7"}, room="room-none")


def store_it_in_another_incident(history: History) -> None:
    change(history, "entry", {"room": MAIN, "seq": 3}, incident="fever")


def make_an_entry_that_nobody_asked_for(history: History) -> None:
    history.append(entry(MAIN, 7, "entry.written", "k99", "e99"))


def make_an_unmarked_entry_that_nobody_asked_for(history: History) -> None:
    history.append(entry(AIR, 5, "task.moved", None, "t2"))


def carry_out_what_was_refused(history: History) -> None:
    history.append(entry(AIR, 5, "task.edited", "k4", "t2"))


def carry_out_what_was_called_not_saved(history: History) -> None:
    change(history, "info", {"key": "k8"}, saved=False)


def carry_out_an_unknown_one_twice(history: History) -> None:
    history.append(entry(MAIN, 7, "entry.written", "k8", "e8"))


def carry_out_an_acknowledged_one_twice(history: History) -> None:
    history.append(entry(MAIN, 7, "entry.written", "k10", "e10"))


def apply_a_key_again(history: History) -> None:
    history += said(11, "k10", "write-entry", ("ok", applied(MAIN, 6, "e10")))


def name_another_place_to_a_copy(history: History) -> None:
    history += said(11, "k10", "write-entry", ("ok", {**applied(MAIN, 5, "e10"), "result": "repeated"}))


def call_not_saved_what_was(history: History) -> None:
    change(history, "info", {"key": "k2"}, saved=False)


def accept_another_body_under_a_used_key(history: History) -> None:
    history[find(history, "fail", key="k7")] |= {"is": "ok", **applied(MAIN, 4, "e7"), "result": "repeated"}


def leave_a_number_out(history: History) -> None:
    drop(history, "entry", room=AIR, seq=3)


def give_a_number_twice(history: History) -> None:
    history.append(entry(MAIN, 6, "entry.written", "k10", "e10"))


def break_the_chain(history: History) -> None:
    change(history, "entry", {"room": MAIN, "seq": 4}, prev="hash-of-something-else")


def begin_a_room_in_the_middle(history: History) -> None:
    drop(history, "entry", room=MAIN, seq=1)


def number_a_room_out_of_order(history: History) -> None:
    swap(history, find(history, "entry", room=AIR, seq=2), find(history, "entry", room=AIR, seq=3))


def leave_a_frame_out(history: History) -> None:
    drop(history, "frame", client="bob", room=MAIN, seq=4)


def send_a_frame_twice(history: History) -> None:
    place = find(history, "frame", client="bob", room=MAIN, seq=4)
    history.insert(place, dict(history[place]))


def send_frames_in_the_wrong_order(history: History) -> None:
    swap(history, find(history, "frame", client="ann", seq=2), find(history, "frame", client="ann", room=AIR, seq=3))


def send_a_frame_from_before_the_cursor(history: History) -> None:
    history.insert(find(history, "frame", client="bob", room=MAIN, seq=3), heard("bob", MAIN, 2))


def break_the_chain_for_one_client(history: History) -> None:
    change(history, "frame", {"client": "bob", "room": MAIN, "seq": 5}, prev="hash-of-something-else")


def leave_a_client_behind(history: History) -> None:
    drop(history, "frame", client="bob", room=MAIN, seq=6)


def tell_a_client_nothing_at_all(history: History) -> None:
    history[:] = [line for line in history if not (line["is"] == "frame" and line["client"] == "bob")]


def show_a_client_another_entry(history: History) -> None:
    change(history, "frame", {"client": "bob", "room": MAIN, "seq": 6}, hash="another")


def show_a_client_what_was_rolled_back(history: History) -> None:
    history.append(heard("bob", MAIN, 7))


def show_another_board_than_the_replay(history: History) -> None:
    change(history, "view", {"name": "replay"}, digest="another")


def let_a_client_build_another_board(history: History) -> None:
    change(history, "view", {"name": "frames"}, digest="another")


def let_the_tables_differ(history: History) -> None:
    change(history, "tables", {}, whole=False, problems=["room-main 3 lane"])


def put_a_later_one_before_an_acknowledged_one(history: History) -> None:
    change(history, "ok", {"key": "k1"}, seq=4, id="e7")
    change(history, "ok", {"key": "k7"}, seq=3, id="e1")
    change(history, "entry", {"room": MAIN, "seq": 3}, key="k7")
    change(history, "entry", {"room": MAIN, "seq": 4}, key="k1")


def put_a_room_before_another_against_real_time(history: History) -> None:
    """k7 was answered long before k10 was sent; the incident's order says otherwise, across its rooms."""
    place = find(history, "entry", room=AIR, seq=3)
    history.append(history.pop(place) | {"seq": 3})
    history.append(history.pop(find(history, "entry", room=AIR, seq=4)))


FAULTS: dict[str, list[Callable[[History], None]]] = {
    "C1": [
        lose_an_acknowledged_entry, acknowledge_where_another_entry_stands, acknowledge_what_is_of_another_kind,
        acknowledge_under_another_id, acknowledge_in_a_room_that_is_not_there, store_it_in_another_incident,
    ],
    "C2": [
        make_an_entry_that_nobody_asked_for, make_an_unmarked_entry_that_nobody_asked_for, carry_out_what_was_refused,
        carry_out_what_was_called_not_saved,
    ],
    "C3": [
        carry_out_an_unknown_one_twice, carry_out_an_acknowledged_one_twice, apply_a_key_again,
        name_another_place_to_a_copy, call_not_saved_what_was, accept_another_body_under_a_used_key,
    ],
    "C4": [
        leave_a_number_out, give_a_number_twice, break_the_chain, begin_a_room_in_the_middle,
        number_a_room_out_of_order,
    ],
    "C5": [
        leave_a_frame_out, send_a_frame_twice, send_frames_in_the_wrong_order, send_a_frame_from_before_the_cursor,
        break_the_chain_for_one_client,
    ],
    "C6": [
        leave_a_client_behind, tell_a_client_nothing_at_all, show_a_client_another_entry,
        show_a_client_what_was_rolled_back, show_another_board_than_the_replay, let_a_client_build_another_board,
    ],
    "C7": [let_the_tables_differ],
    "C8": [put_a_later_one_before_an_acknowledged_one, put_a_room_before_another_against_real_time],
}  # fmt: skip


@pytest.mark.parametrize(
    ("promise", "fault"), [(promise, fault) for promise, faults in FAULTS.items() for fault in faults],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)  # fmt: skip
def test_every_fault_is_found_by_the_promise_it_breaks(promise: str, fault: Callable[[History], None]) -> None:
    history = good()
    fault(history)
    found = check(history)[promise]
    assert found.broken, found
    assert found.examples


def test_a_restore_lets_a_client_begin_anew() -> None:
    """After a new epoch everything comes once more, from the first entry; in the old epoch that is a fault."""
    history = good()
    again = [heard("bob", MAIN, seq) | {"epoch": 1} for seq in range(1, 7)]
    assert check([*history, *again])["C5"].broken == 0
    assert check([*history, *again[1:]])["C5"].broken == 1
    assert check([*history, *(line | {"epoch": 0} for line in again)])["C5"].broken
