"""`crisisroom incident`: opening an incident from a real alert."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crisisroom.cli.saying import complain, say, say_json

if TYPE_CHECKING:
    from crisisroom.incidents.cap import CapAlert, IncidentProposal

TIMES = ("sent", "effective", "onset", "expires", "t0")

app = typer.Typer(help="Incidents.", no_args_is_help=True)


@app.callback()
def incident() -> None:
    """Incidents."""


@app.command("open")
def open_incident(
    from_cap: Annotated[Path, typer.Option(help="A CAP 1.1 or 1.2 alert.")],
    preview: Annotated[bool, typer.Option("--preview", help="Show what would be opened; needs no database.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Open an incident from a CAP alert, after showing everything that was read from it.

    Example: crisisroom incident open --from-cap alert.xml --preview
    """
    from crisisroom.core.errors import Refused
    from crisisroom.incidents.cap import proposal, read_alert

    try:
        alert = read_alert(_read(from_cap))
    except Refused as refusal:
        complain(refusal.detail)
        raise typer.Exit(1) from None
    wanted = proposal(alert)
    if not wanted.opens:
        complain(wanted.opens_reason)
        raise typer.Exit(1)
    facts = _facts(alert, wanted)
    if preview or not as_json:
        say_json(facts) if as_json else _show(facts, wanted)
    _remark(wanted)
    if preview:
        return
    if not yes and not _confirmed():
        complain("Nothing was opened.")
        raise typer.Exit(1)
    key = asyncio.run(_open(wanted))
    if as_json:
        say_json(facts | {"key": key})
    else:
        complain("Opened:")
        say(key)


def _read(path: Path) -> bytes:
    """At most a little more than an alert may have: the reader refuses what is larger."""
    try:
        with path.open("rb") as file:
            return file.read(2_000_000)
    except OSError as error:
        complain(f"{path} cannot be read: {(error.strerror or 'it is no file').lower()}. Nothing was opened.")
        raise typer.Exit(1) from None


def _confirmed() -> bool:
    if not sys.stdin.isatty():
        complain("Say --yes to open it without being asked.")
        return False
    return typer.confirm("Open this incident?", err=True)


def _facts(alert: CapAlert, wanted: IncidentProposal) -> dict[str, Any]:
    from crisisroom.core.agencies import DEFAULT_LEAD
    from crisisroom.core.times import rfc3339

    times = {name: getattr(wanted, name) for name in TIMES if name != "sent"}
    return {
        "title": wanted.title,
        "crisis_class": str(wanted.crisis_class),
        "hazard": wanted.hazard,
        "area": wanted.area,
        "states": list(wanted.states),
        "severity": wanted.severity,
        "sender": wanted.sender,
        "identifier": alert.identifier,
        "sent": rfc3339(wanted.sent),
        "status": alert.status,
        "msg_type": alert.msg_type,
        **{name: rfc3339(moment) if moment else None for name, moment in times.items()},
        "exercise": wanted.exercise_only,
        "lead_agency": DEFAULT_LEAD[str(wanted.crisis_class)],
        "warnings": list(alert.warnings),
    }


def _show(facts: dict[str, Any], wanted: IncidentProposal) -> None:
    from crisisroom.core.times import utc_date

    for name, value in facts.items():
        if name == "states" and not value:
            value = "none found"
        for one in value if isinstance(value, list) else [value]:
            if one not in (None, "", False):
                moment = getattr(wanted, name) if name in TIMES else None
                say(f"{name.replace('_', ' ')}: {utc_date(moment) if moment else one}")


def _remark(wanted: IncidentProposal) -> None:
    """What a person should know before they open it: that it is over, or that it opened an incident before."""
    from crisisroom.core.clock import SystemClock
    from crisisroom.core.times import utc_date

    if wanted.expires and wanted.expires < SystemClock().now():
        complain(f"This alert expired on {utc_date(wanted.expires)}: what it warns of may be over.")
    for key, title in asyncio.run(_opened_before(wanted)):
        complain(f"An incident was opened from this alert already: {key}, {title}. Opening makes another.")


async def _opened_before(wanted: IncidentProposal) -> list[tuple[str, str]]:
    """Incidents from the same alert, the newest first; none where there is no database that can be read."""
    from sqlalchemy.exc import SQLAlchemyError

    from crisisroom.db import Database
    from crisisroom.incidents.queries import opened_from
    from crisisroom.settings import load_settings

    settings = load_settings()
    if not settings.database_url and not (settings.data_dir / "crisisroom.db").exists():
        return []
    database = Database(settings.database)
    try:
        async with database.read() as connection:
            return await opened_from(connection, wanted.identity)
    except (SQLAlchemyError, OSError):
        return []
    finally:
        await database.close()


async def _open(wanted: IncidentProposal) -> str:
    from crisisroom.access.grants import OPERATOR
    from crisisroom.cli.office import office
    from crisisroom.core.agencies import DEFAULT_LEAD
    from crisisroom.incidents.models import incident_of
    from crisisroom.incidents.opening import OpenIncident
    from crisisroom.settings import load_settings

    command = OpenIncident(
        title=wanted.title,
        crisis_class=wanted.crisis_class,
        hazard=wanted.hazard,
        area=wanted.area,
        states=list(wanted.states),
        severity=wanted.severity,
        lead_agency=DEFAULT_LEAD[str(wanted.crisis_class)],
        exercise=wanted.exercise_only,
        t0=wanted.t0,
        t0_label=wanted.t0_label,
        alert=wanted.identity,
    )
    async with office(load_settings()) as desk:
        receipt = await desk.writer.execute(command, OPERATOR)
        async with desk.database.read() as connection:
            return incident_of(await desk.books.fresh(connection, receipt.book)).key
