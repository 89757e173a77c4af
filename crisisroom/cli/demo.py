"""The demo: an exercise with fictional people, told through the one path with a clock of its own."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from uuid import UUID

from crisisroom.access.grants import OPERATOR
from crisisroom.cli.office import Office, office
from crisisroom.cli.stories import StoryClock, tell
from crisisroom.commanding.command import read_command
from crisisroom.core.clock import SystemClock
from crisisroom.incidents.models import incident_of
from crisisroom.incidents.queries import all_incidents
from crisisroom.people.directory import DIRECTORY
from crisisroom.people.signing_in import Passwords, create_token, set_password
from crisisroom.settings import Settings
from crisisroom.tasks.models import Task

FACTS = "demo.json"

PEOPLE = (
    ("j.alexis@cdema.example", "Joan Alexis", "CDEMA", "coordinator"),
    ("k.baptiste@cdema.example", "Kezia Baptiste", "CDEMA", "officer"),
    ("t.noel@impacs.example", "Terrence Noel", "IMPACS", "coordinator"),
    ("a.lewis@impacs.example", "Andrea Lewis", "IMPACS", "officer"),
    ("s.wilson@carpha.example", "Sandra Wilson", "CARPHA", "coordinator"),
    ("r.hinds@carpha.example", "Ricardo Hinds", "CARPHA", "officer"),
    ("c.grant@rss.example", "Colin Grant", "RSS", "coordinator"),
    ("e.daniel@rss.example", "Esther Daniel", "RSS", "officer"),
    ("p.moore@cdema.example", "Patricia Moore", "CDEMA", "leader"),
)


async def seed(settings: Settings) -> dict[str, Any]:
    """Fill an empty database and remember the sign-ins; one that is seeded already is left as it is."""
    kept = settings.data_dir / FACTS
    async with office(settings) as desk:
        async with desk.database.read() as connection:
            incidents = await all_incidents(connection)
        if desk.references.directory.people:
            return _remembered(kept, await _incidents(desk, incidents))
        people = await _add_people(desk)
    clock = StoryClock(SystemClock().now())
    async with office(settings, clock) as desk:
        await tell(desk, clock)
        async with desk.database.read() as connection:
            facts = {"incidents": await _incidents(desk, await all_incidents(connection)), "people": people}
    with os.fdopen(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(facts, file, indent=1)
    return facts


def _remembered(kept: Path, incidents: list[dict[str, str]]) -> dict[str, Any]:
    """The sign-ins of an earlier start. A database that is no demo has none to show."""
    facts: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {"people": []}
    return facts if facts.get("incidents") else facts | {"incidents": incidents}


async def _incidents(desk: Office, books: list[UUID]) -> list[dict[str, str]]:
    found = []
    async with desk.database.read() as connection:
        for book in books:
            snapshot = await desk.books.fresh(connection, book)
            incident = incident_of(snapshot)
            found.append((len(snapshot.rows(Task)), {"key": incident.key, "title": incident.title}))
    # The busiest one first: it is where a newcomer should look.
    return [facts for _, facts in sorted(found, key=lambda one: -one[0])]


async def _add_people(desk: Office) -> list[dict[str, str]]:
    passwords = Passwords()
    people = []
    for email, name, agency, role in PEOPLE:
        command = read_command("add-person", {"email": email, "name": name, "agency": agency, "role": role})
        receipt = await desk.writer.execute(command, OPERATOR, book=DIRECTORY)
        person = await _person_id(desk, email)
        password = _password(desk)
        token, statements = create_token(desk.ids, person, desk.clock.now())
        await desk.writer.keep(*set_password(person, await passwords.hash(password), desk.clock.now()), *statements)
        people.append(
            {"email": email, "name": name, "agency": agency, "role": role, "password": password, "token": token}
        )
        assert receipt.result == "applied"  # noqa: S101
    return people


async def _person_id(desk: Office, email: str) -> UUID:
    async with desk.database.read() as connection:
        await desk.references.refresh(connection)
    person = desk.references.directory.person(email).id
    assert person is not None  # noqa: S101
    return person


def _password(desk: Office) -> str:
    """Easy to read aloud: three groups of four letters and digits."""
    text = desk.ids.secret(6).hex()
    return "-".join(text[i : i + 4] for i in (0, 4, 8))
