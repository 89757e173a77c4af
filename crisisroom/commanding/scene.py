"""What a handler may look at while it decides: the state under the lock, the actor, the time, and reference works."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar, cast
from uuid import UUID

from crisisroom.access.grants import Grant
from crisisroom.access.rooms import Room, main_room
from crisisroom.core.errors import NotFound
from crisisroom.log.rows import Row
from crisisroom.log.snapshot import Rows

R = TypeVar("R", bound=Row)
T = TypeVar("T")


@dataclass(frozen=True)
class Scene:
    """One command's circumstances. Everything in it is read-only."""

    book: UUID
    state: Rows
    grant: Grant
    now: datetime
    new_id: Callable[[], UUID]
    references: Mapping[type, Any] = field(default_factory=dict)
    prepared: Any = None

    def reference(self, kind: type[T]) -> T:
        """A reference work such as the directory or the playbook library."""
        return cast("T", self.references[kind])

    def room(self, given: UUID | None) -> Room:
        """The room to post in: the given one if the actor is in it, else the main room. Raises NotFound."""
        room = main_room(self.state) if given is None else self.state.get(Room, given)
        if room is None or room.id not in self.grant.rooms:
            raise NotFound
        return room

    def find(self, model: type[R], reference: str) -> R:
        """A thing by its id, in the actor's rooms. Raises NotFound."""
        with suppress(ValueError):
            row = self.state.get(model, UUID(reference))
            if row and row.room in self.grant.rooms and str(row.id) == reference.lower():
                return row
        raise NotFound
