"""The test vectors of `docs/log-format.md`, made by the product from fixed ids, times, salts and keys."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from crisisroom.core.markings import Tlp
from crisisroom.incidents.opening import IncidentOpened
from crisisroom.incidents.rooms import AgencyInvited, RoomOpened
from crisisroom.journal.deciding import DecisionRecorded
from crisisroom.journal.writing import EntryWritten
from crisisroom.log.canonical import canonical
from crisisroom.log.checkpoint import Signer, make_checkpoints
from crisisroom.log.event import Event, Stamp
from crisisroom.log.export import export_line
from crisisroom.log.merkle import tree_root
from crisisroom.log.record import Record, write_record
from crisisroom.tasks.adding import TaskAdded
from crisisroom.tasks.editing import TaskEdited
from crisisroom.tasks.moving import TaskMoved
from tests.support.samples import AT, BOOK, BY, MAIN

OTHER = UUID(int=2)
LOG = UUID(int=0x106)

# Pairs made by the rules of RFC 8785: numbers (its appendix B), order of names (3.2.3), strings (3.2.2.2).
JSON_TEXTS = (
    "0", "-0", "-0.0", "1", "-1", "1.0", "10", "0.1", "0.10", "1e2", "123456789012345680000.0",
    "9007199254740991", "-9007199254740991", "9007199254740993.0", "1e20", "1e21", "1e-6", "1e-7", "0.000001",
    "5e-324", "-5e-324", "1.7976931348623157e308", "9.999999999999997e22", "1e23", "1.0000000000000001e23",
    "999999999999999700000.0", "999999999999999900000.0", "9.999999999999997e-7", "333333333.33333329",
    "333333333.33333325", "333333333.3333332", "333333333.3333333", "333333333.3333334", "0.000033333333333333",
    "1424953923781206.2", "4.50", "2e-3", "0.000000000000000000000000001",
    "true", "false", "null", '""', "[]", "{}", "[ ]", '[1, [2, {"a" : null}]]',
    '"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/"', '"\\u007f\\u0080\\u2028"', '"\\b\\f\\n\\r\\t\\u001F"',
    '"\\ud83d\\ude00"', '"Fêté à Sainte-Lucie"', '"e\\u0301"',
    '{"b": 1, "a": 2, "A": 3, "": 4, "aa": 5}', '{"10": 1, "9": 2, "1": 3}',
    '{"\\u20ac": "Euro", "\\r": "CR", "\\ufb33": "Dalet", "1": "One", "\\ud83d\\ude00": "Smiley", '
    '"\\u0080": "Control", "\\u00f6": "O"}',
    '{"peach": 1, "péché": 2, "pêche": 3, "sin": 4}',
    '{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 1e-27], "literals": [null, true, false]}',
)  # fmt: skip


def make_vectors() -> dict[str, Any]:
    """The whole document."""
    records = _records()
    lines = [export_line(record, sentence="For people.") for record in records]
    rooms = {room: [record for record in records if record.room == room] for room in (MAIN, OTHER)}
    signer = Signer("crisisroom-vectors", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
    hashes = {room: [record.hash for record in entries] for room, entries in rooms.items()}
    return {
        "canonical": [{"json": text, "canonical": canonical(json.loads(text))} for text in JSON_TEXTS],
        "not_canonical": ["1.0", "-0", "1E2", "[1, 2]", '{"b":1,"a":2}', '"\\u0041"', '"\\/"', '"\\u000F"', " 1"],
        "lines": lines,
        "roots": {
            str(room): [
                tree_root([bytes.fromhex(one.hash) for one in entries[:size]]).hex() for size in range(len(entries) + 1)
            ]
            for room, entries in rooms.items()
        },
        "public_key": str(signer.public),
        "checkpoints": "\n".join(map(signer.sign, make_checkpoints(LOG, hashes, AT + timedelta(hours=1)))),
        "broken": list(_broken(lines)),
        "cut": [line for line, record in zip(lines, records, strict=True) if record.seq < len(rooms[record.room])],
    }


def _records() -> list[Record]:
    task = TaskAdded.sample()
    story: list[tuple[UUID, Event]] = [
        (MAIN, IncidentOpened.sample()),
        (
            MAIN,
            RoomOpened(
                opened=MAIN, name="Main room", tlp=Tlp.AMBER, main=True, agencies=["CDEMA"], people=[],
                lead_agency="CDEMA",
            ),
        ),
        (OTHER, RoomOpened.sample()),
        (MAIN, task),
        (OTHER, AgencyInvited(invited_to=OTHER, agency="CARPHA")),
        (MAIN, TaskMoved.sample()),
        (OTHER, EntryWritten.sample()),
        (MAIN, TaskEdited.sample()),
        (MAIN, EntryWritten(entry=UUID(int=21), text='Péchés “quoted”\n\t\\ 🌀 </b>', tlp=Tlp.GREEN, released=False)),
        (MAIN, DecisionRecorded.sample()),
    ]  # fmt: skip
    records: list[Record] = []
    for position, (room, event) in enumerate(story, 1):
        before = [record for record in records if record.room == room]
        records.append(
            write_record(
                Stamp(BOOK, room, len(before) + 1, AT + timedelta(minutes=position), BY), event,
                position=position, prev_hash=before[-1].hash if before else "0" * 64, salt=f"{position:02x}" * 16,
                key=UUID(int=0x700 + position), command=f"{position:02x}" * 32,
            )
        )  # fmt: skip
    return records


def _broken(lines: list[str]) -> Any:
    """Each way of changing the export, with the entry that a verifier must name."""

    def changed(index: int, **fields: Any) -> list[str]:
        line = json.loads(lines[index]) | fields
        return [*lines[:index], json.dumps(line, ensure_ascii=False, separators=(",", ":")), *lines[index + 1 :]]

    entry = json.loads(lines[3])
    envelope, data = json.loads(entry["envelope"]), json.loads(entry["data_text"])
    other = canonical(envelope | {"at": "2026-09-10T16:20:00.000Z"})
    main, seq = str(MAIN), entry["seq"]
    ways: list[tuple[str, list[str], int]] = [
        ("the text people read says something else", changed(3, data=data | {"title": "Stay at home"}), seq),
        ("it is said to be by somebody else", changed(3, by=entry["by"] | {"agency": "RSS"}), seq),
        ("it is said to be of another time", changed(3, at="2026-09-10T16:20:00.000Z"), seq),
        ("it is said to be another event", changed(3, event="task.moved"), seq),
        ("the data was changed", changed(3, data_text=canonical(data | {"number": 132})), seq),
        ("the salt was changed", changed(3, salt="ff" * 16), seq),
        ("the hashed text was changed", changed(3, envelope=other), seq),
        ("the hash was changed", changed(3, hash="ab" * 32), seq),
        ("the hash before it was changed", changed(3, prev_hash="ab" * 32), seq),
        ("white space was put into the hashed text", changed(3, envelope=entry["envelope"] + " "), seq),
        ("an entry was removed", [*lines[:3], *lines[4:]], seq),
        ("the first entry was removed", lines[1:], 1),
        ("an entry is there twice", [*lines[:4], *lines[3:]], seq + 1),
    ]
    for what, broken, at in ways:
        yield {"what": what, "lines": broken, "room": main, "seq": at}
