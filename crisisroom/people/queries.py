"""Reading what people sign in with."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from crisisroom.db import Connection
from crisisroom.people.models import CredentialRow, SessionRow

# A statement has room for some 32,000 values.
AT_ONCE = 10_000

_CREDENTIALS: Any = CredentialRow.__table__  # type: ignore[attr-defined]
_SESSIONS: Any = SessionRow.__table__  # type: ignore[attr-defined]


async def password_hash(connection: Connection, person: UUID) -> str | None:
    """The stored hash of a person's password."""
    found = await connection.scalar(select(_CREDENTIALS.c.password).where(_CREDENTIALS.c.person == person))
    return str(found) if found is not None else None


async def session_of(connection: Connection, secret_hash: str) -> tuple[UUID, datetime] | None:
    """Whose session or token this is, and when it ends."""
    statement = select(_SESSIONS.c.person, _SESSIONS.c.ends_at).where(_SESSIONS.c.secret_hash == secret_hash)
    row = (await connection.execute(statement)).one_or_none()
    return (row.person, row.ends_at) if row else None


async def sessions_that_hold(connection: Connection, hashes: Collection[str], now: datetime) -> dict[str, UUID]:
    """Of these secrets' hashes, those that still hold, with whose they are."""
    holding: dict[str, UUID] = {}
    asked = sorted(hashes)
    for start in range(0, len(asked), AT_ONCE):
        some = _SESSIONS.c.secret_hash.in_(asked[start : start + AT_ONCE])
        statement = select(_SESSIONS.c.secret_hash, _SESSIONS.c.person).where(some, _SESSIONS.c.ends_at > now)
        holding |= {row.secret_hash: row.person for row in await connection.execute(statement)}
    return holding
