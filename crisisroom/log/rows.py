"""State rows: what the events of a book add up to. A row is replaced by an event, never changed in place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar
from uuid import UUID

from sqlmodel import Field, SQLModel

R = TypeVar("R", bound="Row")


class Row(SQLModel):
    """One thing in one room of a book. `seq` is the entry of its room that changed it last."""

    id: UUID = Field(primary_key=True)
    book: UUID = Field(index=True)
    room: UUID
    seq: int

    def but(self: R, **changes: Any) -> R:
        """The same row with these fields changed."""
        return self.model_copy(update=changes)


_TABLES: dict[type[Row], type[Row]] = {}


def stored(table: type[R]) -> type[R]:
    """Class decorator: `table` is the stored form of the row class it derives from."""
    model = table.__mro__[1]
    if model in _TABLES:
        raise RuntimeError(f"{model.__name__} has a table already")
    _TABLES[model] = table
    return table


def models() -> Iterator[type[Row]]:
    """Every kind of row, in the order they were declared."""
    return iter(_TABLES)


def table_of(model: type[Row]) -> Any:
    """The SQLAlchemy table behind a kind of row."""
    return _TABLES[model].__table__  # type: ignore[attr-defined]
