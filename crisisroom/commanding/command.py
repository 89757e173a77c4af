"""Commands: what somebody intends. A command may be refused; the events it leads to are facts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from crisisroom.access.policy import PERMISSIONS, Permission
from crisisroom.core.errors import BadInput, NotFound
from crisisroom.core.texts import LINE
from crisisroom.db import Connection
from crisisroom.log.event import Event
from crisisroom.log.rows import Row

if TYPE_CHECKING:
    from crisisroom.commanding.scene import Scene

C = TypeVar("C", bound="Command")

MAX_NAMED = 50


class Command(BaseModel):
    """What may be asked for. Subclasses carry the fields; unknown ones are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    wire_name: ClassVar[str]
    permission: ClassVar[Permission]
    opens_book: ClassVar[bool] = False
    """Whether the command begins a new book, such as an incident."""

    @classmethod
    def sample(cls) -> Command:
        """An example, for the documentation and for the tests that run over every command."""
        raise NotImplementedError


@dataclass(frozen=True)
class Outcome:
    """What a handler decided: events, each with the room it belongs to. The first is the one the receipt names.

    Without events the state is as asked for already; `room` and `id` then name what was found so.
    """

    events: list[tuple[UUID, Event]] = field(default_factory=list)
    room: UUID | None = None
    id: UUID | None = None


def unchanged(row: Row) -> Outcome:
    """The outcome when there is nothing to do about a row."""
    return Outcome(room=row.room, id=row.id)


Handler = Callable[[Any, "Scene"], Outcome]
Prepare = Callable[[Any, Connection], Awaitable[Any]]

_COMMANDS: dict[str, type[Command]] = {}
_HANDLERS: dict[type[Command], Handler] = {}
_PREPARES: dict[type[Command], Prepare] = {}


def command(name: str, permission: Permission) -> Callable[[type[C]], type[C]]:
    """Class decorator: register a command and the right it needs."""

    def register(cls: type[C]) -> type[C]:
        if name in _COMMANDS:
            raise RuntimeError(f"the command {name} is registered twice")
        if permission not in PERMISSIONS:
            raise RuntimeError(f"the command {name} needs {permission}, which has no entry in the permission table")
        cls.wire_name, cls.permission = name, permission
        _COMMANDS[name] = cls
        return cls

    return register


def handles(cls: type[Command]) -> Callable[[Handler], Handler]:
    """Decorator: the pure function that decides on a command. It sees the state and returns events; it never writes."""

    def register(handler: Handler) -> Handler:
        if cls in _HANDLERS:
            raise RuntimeError(f"the command {cls.wire_name} has two handlers")
        _HANDLERS[cls] = handler
        return handler

    return register


def prepares(cls: type[Command]) -> Callable[[Prepare], Prepare]:
    """Decorator: what a command must read beyond its own book, inside the transaction, before it is decided."""

    def register(prepare: Prepare) -> Prepare:
        _PREPARES[cls] = prepare
        return prepare

    return register


def commands() -> Iterator[type[Command]]:
    """Every registered command, by name."""
    return iter([_COMMANDS[name] for name in sorted(_COMMANDS)])


def handler_of(cls: type[Command]) -> Handler:
    """The handler of a command."""
    return _HANDLERS[cls]


def prepare_of(cls: type[Command]) -> Prepare | None:
    """What reads ahead for a command, if anything."""
    return _PREPARES.get(cls)


def read_command(name: str, fields: Any) -> Command:
    """The typed command. Raises NotFound for an unknown name, BadInput naming every field that is wrong."""
    cls = _COMMANDS.get(name)
    if cls is None:
        raise NotFound
    try:
        return cls.model_validate(fields)
    except ValidationError as error:
        raise bad_input(error) from None


def bad_input(error: ValidationError) -> BadInput:
    """Pydantic's findings as one sentence a field; of very many, and of a very long name, the beginning."""
    fields: dict[str, str] = {}
    for problem in error.errors(include_url=False, include_context=False, include_input=False)[:MAX_NAMED]:
        where = ".".join(str(part)[:LINE] for part in problem["loc"]) or "body"
        fields.setdefault(where, _WORDS.get(problem["type"], problem["msg"].removeprefix("Value error, ")))
    listed = "; ".join(f"{where}: {what}" for where, what in fields.items())
    return BadInput(f"Nothing was changed. {listed}", fields=fields)


_WORDS = {
    "missing": "is needed",
    "string_too_short": "is needed",
    "string_too_long": "is too long",
    "extra_forbidden": "is not a field of this command",
}
