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


async def sessions_of(connection: Connection, hashes: Collection[str]) -> dict[str, tuple[UUID, datetime]]:
    """Of these secrets' hashes, those of sessions and tokens, with whose they are and when they end."""
    found: dict[str, tuple[UUID, datetime]] = {}
    asked = sorted(hashes)
    for start in range(0, len(asked), AT_ONCE):
        some = _SESSIONS.c.secret_hash.in_(asked[start : start + AT_ONCE])
        statement = select(_SESSIONS.c.secret_hash, _SESSIONS.c.person, _SESSIONS.c.ends_at).where(some)
        found |= {row.secret_hash: (row.person, row.ends_at) for row in await connection.execute(statement)}
    return found
