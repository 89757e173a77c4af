"""Events: facts that were recorded. One class an event; a shipped name and version never changes its shape."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from crisisroom.log.rows import Row

if TYPE_CHECKING:
    from crisisroom.log.snapshot import Rows

E = TypeVar("E", bound="type[Event]")


class UnknownEvent(Exception):
    """The log holds an event that this version of the program does not know."""


@dataclass(frozen=True)
class By:
    """Who did it: the person, for which agency, in which position. `person` is None for the system itself."""

    person: UUID | None
    agency: str
    name: str
    position: str = ""


@dataclass(frozen=True)
class Stamp:
    """Where and when an event stands in the log."""

    book: UUID
    room: UUID
    seq: int
    at: datetime
    by: By


class Event(BaseModel):
    """A fact. Subclasses say what changes (`apply`) and which regions of the board show it (`regions`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    wire_name: ClassVar[str] = ""
    wire_version: ClassVar[int] = 1
    subject: ClassVar[str] = ""
    """The field that holds the id of what was made or changed."""

    @property
    def subject_id(self) -> UUID | None:
        """The id of what was made or changed, where there is one."""
        return getattr(self, self.subject) if self.subject else None

    def apply(self, rows: Rows, stamp: Stamp) -> Iterable[Row]:
        """The rows as they are after this event; the only code that changes state. No clock, no database."""
        return ()

    def regions(self) -> Iterable[str]:
        """Live regions to draw anew, besides the entry itself."""
        return ()

    @classmethod
    def sample(cls) -> Event:
        """An example, for documentation and for the tests that run over every event."""
        raise NotImplementedError


_EVENTS: dict[tuple[str, int], type[Event]] = {}


def event(name: str, version: int = 1) -> Any:
    """Class decorator: register an event under the name it has in the log for ever."""

    def register(cls: E) -> E:
        if (name, version) in _EVENTS:
            raise RuntimeError(f"the event {name} v{version} is registered twice")
        cls.wire_name, cls.wire_version = name, version
        _EVENTS[name, version] = cls
        return cls

    return register


def events() -> Iterator[type[Event]]:
    """Every registered event, by name."""
    return iter([_EVENTS[name] for name in sorted(_EVENTS)])


def read_event(name: str, version: int, data: Any) -> Event:
    """The typed event of an entry. Raises UnknownEvent when a newer program wrote it."""
    try:
        return _EVENTS[name, version].model_validate(data)
    except KeyError:
        raise UnknownEvent(f"{name} v{version} was written by a newer version of the program") from None
