"""People of the directory, and what they sign in with."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import String
from sqlmodel import Field, SQLModel

from crisisroom.access.grants import Role
from crisisroom.db import UtcTime
from crisisroom.log.rows import Row, stored


class Person(Row):
    """Somebody who may sign in. The directory is a book of its own, with a log like every other."""

    email: str
    name: str
    agency: str
    role: Role = Field(sa_type=String)
    added_at: datetime = Field(sa_type=UtcTime)
    disabled: bool = False


@stored
class PersonRow(Person, table=True):
    __tablename__ = "person"


class CredentialRow(SQLModel, table=True):
    """A person's password, as an argon2id hash. Not history: it is replaced and forgotten."""

    __tablename__ = "credential"

    person: UUID = Field(primary_key=True)
    password: str
    set_at: datetime = Field(sa_type=UtcTime)


class SessionRow(SQLModel, table=True):
    """A sign-in or a token, known by the hash of its secret, so that the table alone opens no door."""

    __tablename__ = "session"

    secret_hash: str = Field(primary_key=True)
    person: UUID = Field(index=True)
    kind: str
    begun_at: datetime = Field(sa_type=UtcTime)
    ends_at: datetime = Field(sa_type=UtcTime)
