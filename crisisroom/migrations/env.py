"""Alembic's entry: it is handed an open connection by `upgrade.py`."""

from typing import Any, Literal

from alembic import context
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

from crisisroom import features  # noqa: F401 - registers every table


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write our own column types by their module, and plain text where SQLModel has a name of its own for it."""
    if kind == "type" and isinstance(item, AutoString):
        return "sa.String()"
    if kind == "type" and type(item).__module__.startswith("crisisroom.db"):
        return f"db.{type(item).__name__}()"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    render_item=render_item,
    transaction_per_migration=False,
)
context.run_migrations()
