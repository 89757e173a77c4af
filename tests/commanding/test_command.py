"""Reading commands, and what is said of those that cannot be read."""

from __future__ import annotations

import pytest

import crisisroom.features  # noqa: F401 - registers every command
from crisisroom.access.policy import Permission
from crisisroom.commanding.command import Command, command, commands, handler_of, handles, prepare_of, read_command
from crisisroom.core.errors import BadInput
from crisisroom.incidents.opening import OpenIncident, taken_keys
from crisisroom.tasks.adding import AddTask


def test_a_command_is_read_by_its_name() -> None:
    read = read_command("add-task", {"title": "Count blankets"})
    assert isinstance(read, AddTask)
    assert read.title == "Count blankets"


def test_every_wrong_field_is_named_once() -> None:
    with pytest.raises(BadInput) as refusal:
        read_command("add-task", {"title": "x" * 201, "priority": "urgent", "colour": "red", "waits_for": [1, 2]})
    assert set(refusal.value.fields) == {"title", "priority", "colour", "waits_for.0", "waits_for.1"}
    assert refusal.value.detail.startswith("Nothing was changed. title: ")


def test_a_missing_field_is_said_to_be_needed() -> None:
    with pytest.raises(BadInput) as refusal:
        read_command("set-level", {})
    assert refusal.value.fields == {"scheme": "is needed", "value": "is needed"}


def test_what_was_sent_is_not_repeated_in_the_refusal() -> None:
    with pytest.raises(BadInput) as refusal:
        read_command("fill-position", {"position": "x" * 201 + "secret", "person": {"name": "secret"}})
    assert "secret" not in refusal.value.detail


def test_a_refusal_is_short_however_much_was_sent() -> None:
    for fields in ({"x" * 100_000: 1}, {f"x{n}": 1 for n in range(10_000)}, {"states": ["x" * 100_000]}):
        with pytest.raises(BadInput) as refusal:
            read_command("open-incident", fields)
        assert len(refusal.value.detail) < 5000


def test_a_name_is_registered_once_and_handled_once() -> None:
    with pytest.raises(RuntimeError, match="registered twice"):
        command("add-task", Permission.TASK_WRITE)(AddTask)
    with pytest.raises(RuntimeError, match="two handlers"):
        handles(AddTask)(handler_of(AddTask))


def test_commands_are_listed_by_name() -> None:
    names = [one.wire_name for one in commands()]
    assert names == sorted(names)


def test_what_a_command_must_read_ahead_is_known() -> None:
    assert prepare_of(OpenIncident) is taken_keys
    assert prepare_of(AddTask) is None


def test_a_command_shows_an_example_of_itself() -> None:
    with pytest.raises(NotImplementedError):
        Command.sample()
