"""Signing in: passwords (argon2id), sessions and tokens. Secrets are kept as hashes; sessions can be revoked."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import Executable, delete, insert

from crisisroom.core.ids import Ids
from crisisroom.people.models import CredentialRow, SessionRow

SESSION = "session"
TOKEN = "token"  # noqa: S105 - a kind, not a secret
SESSION_LASTS = timedelta(hours=12)
TOKEN_LASTS = timedelta(days=365)
SECRET_BYTES = 32
TOKEN_PREFIX = "crt_"  # noqa: S105
MIN_PASSWORD = 12
MAX_PASSWORD = 1024

_CREDENTIALS: Any = CredentialRow.__table__  # type: ignore[attr-defined]
_SESSIONS: Any = SessionRow.__table__  # type: ignore[attr-defined]


class Passwords:
    """Hashing, off the event loop and never more than two at once: each takes 64 MiB for a moment."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turn = asyncio.Semaphore(2)
        self._decoy = self._hasher.hash("nobody's password")

    async def hash(self, password: str) -> str:
        """The hash to keep."""
        async with self._turn:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def verify(self, kept: str | None, password: str) -> bool:
        """Whether the password is right. An unknown person takes as long as a wrong password."""
        async with self._turn:
            try:
                await asyncio.to_thread(self._hasher.verify, kept or self._decoy, password[:MAX_PASSWORD])
            except (Argon2Error, InvalidHashError):
                return False
        return kept is not None


def set_password(person: UUID, hashed: str, now: datetime) -> list[Executable]:
    """Statements that give a person this password instead of any other."""
    return [
        delete(_CREDENTIALS).where(_CREDENTIALS.c.person == person),
        insert(_CREDENTIALS).values(person=person, password=hashed, set_at=now),
    ]


def begin_session(ids: Ids, person: UUID, now: datetime) -> tuple[str, list[Executable]]:
    """A new session's secret for the cookie, and the statements that keep it; ended ones go at the same time."""
    secret = ids.secret(SECRET_BYTES).hex()
    return secret, [
        delete(_SESSIONS).where(_SESSIONS.c.ends_at < now),
        _insert(secret, person, SESSION, now, SESSION_LASTS),
    ]


def create_token(ids: Ids, person: UUID, now: datetime) -> tuple[str, list[Executable]]:
    """A new token for programs, and the statement that keeps it."""
    token = TOKEN_PREFIX + ids.secret(SECRET_BYTES).hex()
    return token, [_insert(token, person, TOKEN, now, TOKEN_LASTS)]


def end_session(secret: str) -> list[Executable]:
    """Statements that end one session or token."""
    return [delete(_SESSIONS).where(_SESSIONS.c.secret_hash == hash_secret(secret))]


def end_all_sessions(person: UUID) -> list[Executable]:
    """Statements that end everything a person is signed in with."""
    return [delete(_SESSIONS).where(_SESSIONS.c.person == person)]


def hash_secret(secret: str) -> str:
    """What is stored of a secret. It is 256 random bits, so a plain hash cannot be guessed back."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _insert(secret: str, person: UUID, kind: str, now: datetime, lasts: timedelta) -> Executable:
    return insert(_SESSIONS).values(
        secret_hash=hash_secret(secret), person=person, kind=kind, begun_at=now, ends_at=now + lasts
    )
