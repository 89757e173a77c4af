"""Exports: whole as written, and any change of any line found."""

from __future__ import annotations

import json

import pytest

from crisisroom.log.export import ExportInvalid, export_line, public_entry, read_hashes, verify_export
from tests.support.builders import a_room, a_task, an_entry
from tests.support.world import World


@pytest.fixture
async def lines(world: World) -> list[str]:
    """An export of two rooms."""
    room = await a_room(world)
    await a_task(world, "Deploy", notes="Fêté — “so”")
    world.clock.advance(minutes=1)
    await a_task(world, "Elsewhere", by=world.people.noel, room=str(room.id))
    await an_entry(world, "Over there.", by=world.people.noel, room=str(room.id))
    await world.do("move-task", world.people.regis, task="E-1", lane="blocked", reason="no boat", key=world.ids.new())
    return [export_line(record, sentence="A sentence.") for record in await world.records()]


def test_an_export_is_whole(lines: list[str]) -> None:
    assert verify_export(lines) == (7, [])
    assert verify_export([*lines, "", "  \n"]) == (7, [])
    assert verify_export(reversed(lines)) == (7, [])
    assert sorted(map(len, read_hashes(lines).values())) == [3, 4]


def test_any_change_of_any_member_of_any_line_is_found(lines: list[str]) -> None:
    tried = 0
    for index, line in enumerate(lines):
        entry = json.loads(line)
        for name, other in changes(entry):
            changed = json.dumps(entry | {name: other}, ensure_ascii=False)
            found = finding([*lines[:index], changed, *lines[index + 1 :]])
            assert found, f"{name} of line {index + 1}"
            if "is no entry" in found:
                assert found.startswith(f"Line {index + 1} ")
            tried += 1
    assert tried > 150


def test_a_missing_member_is_said_with_its_line(lines: list[str]) -> None:
    for name in json.loads(lines[2]):
        if name == "sentence":
            continue
        entry = json.loads(lines[2])
        del entry[name]
        with pytest.raises(ExportInvalid, match="Line 3 is no entry"):
            verify_export([*lines[:2], json.dumps(entry), *lines[3:]])


def test_a_line_that_was_removed_doubled_or_moved_to_another_room_is_named(lines: list[str]) -> None:
    for index, line in enumerate(lines):
        entry = json.loads(line)
        rest = [*lines[:index], *lines[index + 1 :]]
        _, problems = verify_export(rest)
        newest = not any(
            other["seq"] > entry["seq"] for other in map(json.loads, rest) if other["room"] == entry["room"]
        )
        if newest:
            assert problems == [], "the end that was cut off shows only with a checkpoint"
        else:
            assert (str(problems[0].room), problems[0].seq) == (entry["room"], entry["seq"])
        assert verify_export([*lines, line])[1]


@pytest.mark.parametrize("text", ["x", "[]", "7", "null", "{}", '{"room": 1}', "[" * 100_000, '{"envelope": "{}"}'])
def test_what_is_no_export_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(ExportInvalid, match="Line 1 is no entry of an export"):
        verify_export([text])


def test_a_line_that_is_too_long_is_refused() -> None:
    with pytest.raises(ExportInvalid, match="Line 1 is too long"):
        verify_export(["x" * 4_000_001])


async def test_other_programs_see_no_id_of_a_person(world: World) -> None:
    await a_task(world)
    shown = public_entry(await world.last())
    assert shown["by"] == {"agency": "CDEMA", "name": "Maya Regis", "position": ""}
    assert (shown["event"], shown["room"], shown["seq"]) == ("task.added", str(world.main.id), 3)
    assert shown["at"] == "2026-09-08T14:00:00.000Z"


def finding(lines: list[str]) -> str:
    """The first thing that is wrong, empty for nothing."""
    try:
        _, problems = verify_export(lines)
    except ExportInvalid as refusal:
        return str(refusal)
    return str(problems[0]) if problems else ""


def changes(entry: dict) -> list[tuple[str, object]]:
    """Other values for every member, some of them as near as can be."""
    made: list[tuple[str, object]] = []
    for name, value in entry.items():
        if name == "sentence":
            continue
        if isinstance(value, str):
            made += [(name, value + " "), (name, value[:-1]), (name, ""), (name, None), (name, value.swapcase() + ".")]
        if isinstance(value, int):
            made += [(name, value + 1), (name, str(value)), (name, float(value)), (name, True), (name, None)]
        if isinstance(value, dict):
            made += [(name, {}), (name, value | {"more": 1}), (name, None)]
            made += [(name, value | {field: _near(was)}) for field, was in value.items()]
    return made


def _near(value: object) -> object:
    """Something that Python, or a reader, could take for the same."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int):
        return float(value)
    return [*value, "x"] if isinstance(value, list) else f"{value} "
