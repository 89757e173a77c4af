"""Many rows of a table in one statement: how a batch of commands is stored.

SQLite takes a prepared statement again and again at no cost. For PostgreSQL each time is work of its own, more than the
row itself, so there every column goes as an array.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, column, func, insert, update
from sqlalchemy.dialects.postgresql import ARRAY

Row = dict[str, Any]

_KEY = "key_of_row"


def insert_many(connection: Connection, table: Any, rows: Sequence[Row]) -> None:
    """Insert rows, which all have the same columns."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        connection.execute(_inserting_arrays(table, tuple(rows[0])), _arrays(rows))
    else:
        connection.execute(_inserting(table), rows)


def update_many(connection: Connection, table: Any, key: str, rows: Sequence[Row]) -> None:
    """Set columns of rows, the same ones in each, which are found by the column `key`."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        connection.execute(_updating_arrays(table, key, tuple(rows[0])), _arrays(rows))
    else:
        connection.execute(_updating(table, key), [row | {_KEY: row[key]} for row in rows])


def _arrays(rows: Sequence[Row]) -> dict[str, list[Any]]:
    return {f"all_{name}": [row[name] for row in rows] for name in rows[0]}


# Making a statement takes longer than carrying it out, so each is made once.


@cache
def _inserting(table: Any) -> Any:
    return insert(table)


@cache
def _updating(table: Any, key: str) -> Any:
    return update(table).where(table.c[key] == bindparam(_KEY))


@cache
def _inserting_arrays(table: Any, names: tuple[str, ...]) -> Any:
    return insert(table).from_select(names, _given(table, names).select())


@cache
def _updating_arrays(table: Any, key: str, names: tuple[str, ...]) -> Any:
    given = _given(table, names)
    changed = {name: given.c[name] for name in names if name != key}
    return update(table).where(table.c[key] == given.c[key]).values(changed)


def _given(table: Any, names: tuple[str, ...]) -> Any:
    """The rows, from an array for each column."""
    arrays = [bindparam(f"all_{name}", type_=ARRAY(table.c[name].type, dimensions=1)) for name in names]
    columns = [column(name, table.c[name].type) for name in names]
    return func.unnest(*arrays).table_valued(*columns).render_derived("given")
