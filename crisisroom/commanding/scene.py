"""What a handler may look at while it decides: the state under the lock, the actor, the time, and reference works."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar, cast
from uuid import UUID

from crisisroom.access.grants import Grant
from crisisroom.access.rooms import Room, main_room
from crisisroom.core.errors import BadInput, NotFound
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

    def find(self, model: type[R], reference: str, field: str) -> R:
        """A thing by id or by short number (`E-131`), in the actor's rooms. Raises NotFound or BadInput."""
        found = [row for row in self._named(model, reference) if row.room in self.grant.rooms]
        if len(found) > 1:
            open_ones = [row for row in found if not getattr(row, "gone", False)]
            found = open_ones or found
        if len(found) > 1:
            raise BadInput(f"{reference} is in more than one of your rooms. Use its id.", field)
        if not found:
            raise NotFound
        return found[0]

    def _named(self, model: type[R], reference: str) -> Iterable[R]:
        """Everything of a kind that this may mean."""
        rows = self.state.rows(model)
        number = short_number(reference)
        if number is not None:
            return [row for row in rows.values() if getattr(row, "number", None) == number]
        with suppress(ValueError):
            id = UUID(reference)
            if str(id) == reference.lower() and id in rows:
                return [rows[id]]
        return []


def short_number(reference: str) -> int | None:
    """131 for `E-131`, `e131` or `131`; None for what is no short number."""
    digits = reference.strip().lstrip("#").upper()
    digits = digits[1:].lstrip("-") if digits[:1].isalpha() else digits
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 9 else None
