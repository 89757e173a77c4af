"""What every command owes: tested here before its author writes a test."""

from __future__ import annotations

import pytest

import crisisroom.features  # noqa: F401 - registers every command
from crisisroom.access.policy import PERMISSIONS, in_a_room
from crisisroom.commanding.command import Command, commands, handler_of, read_command
from crisisroom.core.errors import BadInput, NotAllowed, NotFound
from crisisroom.people.directory import DIRECTORY
from tests.contract.happy_paths import happy_path
from tests.support.ids import SeededIds
from tests.support.world import World

COMMANDS = list(commands())
IN_INCIDENTS = [command for command in COMMANDS if in_a_room in PERMISSIONS[command.permission]]
ELSEWHERE = [command for command in COMMANDS if command not in IN_INCIDENTS]


def named(command: type[Command]) -> str:
    return command.wire_name


every_command = pytest.mark.parametrize("command", COMMANDS, ids=named)
every_incident_command = pytest.mark.parametrize("command", IN_INCIDENTS, ids=named)


@every_command
def test_a_command_says_in_a_sentence_what_it_does(command: type[Command]) -> None:
    doc = command.__dict__.get("__doc__") or ""
    assert doc.strip().endswith(".")


@every_command
def test_a_command_is_named_for_what_is_to_be_done(command: type[Command]) -> None:
    assert command.__name__ == "".join(word.title() for word in command.wire_name.split("-"))


@every_command
def test_a_command_has_a_permission_and_a_handler_that_says_its_rules(command: type[Command]) -> None:
    assert command.permission in PERMISSIONS
    assert handler_of(command).__doc__


@every_command
def test_a_sample_can_be_sent_as_json(command: type[Command]) -> None:
    sample = command.sample()
    assert read_command(command.wire_name, sample.model_dump(mode="json", exclude_unset=True)) == sample


@every_command
def test_a_field_that_a_command_does_not_have_is_refused_by_name(command: type[Command]) -> None:
    fields = command.sample().model_dump(mode="json", exclude_unset=True) | {"colour": "red"}
    with pytest.raises(BadInput) as refusal:
        read_command(command.wire_name, fields)
    assert refusal.value.fields == {"colour": "is not a field of this command"}


@every_command
def test_a_body_that_is_no_command_is_refused(command: type[Command]) -> None:
    for body in (None, [], "text", 7, {"colour": {}}):
        with pytest.raises(BadInput) as refusal:
            read_command(command.wire_name, body)
        assert refusal.value.fields


@every_command
def test_a_refused_field_is_named(command: type[Command]) -> None:
    """Another type, a control character, an endless text: where a field refuses it, the answer says which field."""
    fields = command.sample().model_dump(mode="json", exclude_unset=True)
    for name in command.model_fields:
        for value in ({"a": {"b": []}}, ["\x00"], "\x00", "x" * 100_000, -(2**70), [[]]):
            refused = wrong_fields(command, fields | {name: value})
            assert all(where.split(".")[0] == name for where in refused), refused


@every_command
async def test_a_command_succeeds_and_everything_holds_after_it(command: type[Command], world: World) -> None:
    path = happy_path(command.wire_name)
    assert path is not None, f"tests/contract/happy_paths.py shows no way in which {command.wire_name} succeeds"
    receipt = await path(world)
    assert receipt.result == "applied"
    assert receipt.room is not None
    assert receipt.seq > 0
    assert receipt.id is not None


@every_incident_command
async def test_to_an_outsider_the_incident_does_not_exist(command: type[Command], world: World) -> None:
    with pytest.raises(NotFound):
        await world.writer.execute(command.sample(), world.people.outsider, book=world.book)


@every_incident_command
async def test_a_leader_reads_and_changes_nothing(command: type[Command], world: World) -> None:
    with pytest.raises(NotAllowed):
        await world.writer.execute(command.sample(), world.people.grant, book=world.book)


@every_incident_command
async def test_an_incident_that_is_not_there_looks_like_one_that_is_hidden(
    command: type[Command], world: World
) -> None:
    with pytest.raises(NotFound) as absent:
        await world.writer.execute(command.sample(), world.people.regis, book=SeededIds(9).new())
    with pytest.raises(NotFound) as hidden:
        await world.writer.execute(command.sample(), world.people.outsider, book=world.book)
    assert (absent.value.detail, absent.value.more()) == (hidden.value.detail, hidden.value.more())


@pytest.mark.parametrize("command", ELSEWHERE, ids=named)
async def test_what_is_not_done_in_an_incident_is_not_for_leaders_either(command: type[Command], world: World) -> None:
    book = None if command.wire_name == "open-incident" else DIRECTORY
    with pytest.raises(NotAllowed):
        await world.writer.execute(command.sample(), world.people.grant, book=book)


@pytest.mark.parametrize("command", ELSEWHERE, ids=named)
async def test_what_belongs_elsewhere_cannot_be_done_to_an_incident(command: type[Command], world: World) -> None:
    with pytest.raises((NotFound, BadInput)):
        await world.writer.execute(command.sample(), world.people.thomas, book=world.book)


def test_a_command_that_nobody_has_heard_of_is_not_found() -> None:
    with pytest.raises(NotFound):
        read_command("delete-everything", {})


def wrong_fields(command: type[Command], fields: dict[str, object]) -> dict[str, str]:
    """What is wrong, by field; nothing when the fields can be taken."""
    try:
        read_command(command.wire_name, fields)
    except BadInput as refusal:
        return refusal.fields
    return {}
