"""Reading across incidents."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from crisisroom.db import Connection
from crisisroom.incidents.models import Incident, is_same_alert
from crisisroom.log.rows import table_of


async def keys_like(connection: Connection, stem: str) -> Collection[str]:
    """Every incident key that begins with this word."""
    table = table_of(Incident)
    return set(await connection.scalars(select(table.c.key).where(table.c.key.startswith(stem, autoescape=True))))


async def book_of(connection: Connection, key: str) -> UUID | None:
    """The book of the incident with this key, or with this id."""
    table = table_of(Incident)
    found: Any = await connection.scalar(select(table.c.id).where(table.c.key == key))
    return found  # type: ignore[no-any-return]


async def opened_from(connection: Connection, identity: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Key and title of every incident that was opened from this alert, newest first: for the operator alone."""
    table = table_of(Incident)
    query = select(table.c.key, table.c.title, table.c.alert).order_by(table.c.opened_at.desc(), table.c.id)
    return [(key, title) for key, title, alert in await connection.execute(query) if is_same_alert(alert, identity)]


async def all_incidents(connection: Connection) -> list[UUID]:
    """Every incident's book, newest first."""
    table = table_of(Incident)
    return list(await connection.scalars(select(table.c.id).order_by(table.c.opened_at.desc(), table.c.id)))
