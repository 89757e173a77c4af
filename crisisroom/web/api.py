"""The JSON API, `/api/v1`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import structlog
from starlette.responses import JSONResponse, Response

from crisisroom.access.grants import grant_for
from crisisroom.access.policy import Permission
from crisisroom.commanding.command import read_command
from crisisroom.core.errors import BadInput, NotFound
from crisisroom.incidents.models import incident_for, incident_of
from crisisroom.incidents.queries import all_incidents
from crisisroom.log.books import UNREADABLE
from crisisroom.log.cursor import Cursor, read_cursor
from crisisroom.log.export import public_entry
from crisisroom.log.snapshot import Snapshot
from crisisroom.log.store import positions, read_all, read_rooms
from crisisroom.playbooks.schema import Playbook
from crisisroom.render.board_json import board_json, incident_json
from crisisroom.reviews.replaying import read_point, replay_to
from crisisroom.web.doors import Visit, door
from crisisroom.web.openapi import document
from crisisroom.web.reading import KEY, read_at, read_json, read_key

MAX_ENTRIES = 500

logger = structlog.get_logger()


async def list_incidents(visit: Visit) -> Response:
    """The incidents the caller is in, newest first."""
    found = [incident_json(incident_for(snapshot, rooms)) for snapshot, rooms in await visible_incidents(visit)]
    return JSONResponse({"incidents": found})


async def visible_incidents(visit: Visit) -> list[tuple[Snapshot, frozenset[UUID]]]:
    """Each incident in which the visitor is in a room, with those rooms; without those that were damaged."""
    site = visit.site
    seen = []
    async with site.database.read() as connection:
        incidents = await all_incidents(connection)
        newest = await positions(connection, incidents)
        for book in incidents:
            try:
                snapshot = await site.books.at_least(connection, book, newest[book])
                rooms = grant_for(visit.actor, snapshot).rooms
            except UNREADABLE:
                logger.error("a book cannot be read", book=str(book))
                continue
            if rooms:
                seen.append((snapshot, rooms))
    return seen


async def open_incident(visit: Visit) -> Response:
    """Open an incident."""
    site, request = visit.site, visit.request
    fields = await read_json(request)
    given = request.headers.get(KEY)
    command = read_command("open-incident", fields)
    receipt = await site.writer.execute(command, visit.actor, key=read_key(given) if given else site.ids.new())
    snapshot = await site.snapshot(receipt.book)
    incident = incident_of(snapshot)
    grant = grant_for(visit.actor, snapshot)
    body = {"key": incident.key, "id": str(incident.id), "cursor": str(cursor_of(visit, snapshot, grant.rooms))}
    return JSONResponse(body, 201, {"Location": f"/api/v1/incidents/{incident.key}"})


async def show_incident(visit: Visit) -> Response:
    """The board as the caller may see it, now or `at` a moment."""
    snapshot, _, grant = visit.here
    if at := read_at(visit.request):
        snapshot = await snapshot_at(visit, at)
    cursor = cursor_of(visit, snapshot, grant.rooms & snapshot.heads.keys())
    return JSONResponse(board_json(snapshot, grant.rooms, visit.site.directory, cursor))


async def snapshot_at(visit: Visit, at: str) -> Snapshot:
    """The incident as it was. Raises BadInput for a moment that cannot be read."""
    snapshot, incident, _ = visit.here
    point = read_point(at, incident.t0)
    async with visit.site.database.read(long=True) as connection:
        records = await read_all(connection, snapshot.book)
    return replay_to(snapshot.book, records, point, visit.site.epoch)


def cursor_of(visit: Visit, snapshot: Snapshot, rooms: frozenset[UUID]) -> Cursor:
    """Where a snapshot stands for somebody in these rooms."""
    return Cursor(visit.site.epoch, {room: snapshot.head(room).seq for room in rooms})


async def show_log(visit: Visit) -> Response:
    """Entries after a cursor in the incident's order, for the rooms the caller is in."""
    snapshot, _, grant = visit.here
    query = visit.request.query_params
    limit = read_limit(query.get("limit"))
    after = read_cursor(query["after"]) if query.get("after") else Cursor(visit.site.epoch, {})
    if after.epoch != visit.site.epoch:
        raise BadInput("This cursor is from before a restore. Leave it out to read from the beginning.", "after")
    places = after.within(grant.rooms)
    async with visit.site.database.read() as connection:
        records = await read_rooms(connection, snapshot.book, places, limit)
    for record in records:
        places[record.room] = record.seq
    body = {"entries": [public_entry(record) for record in records], "cursor": str(Cursor(after.epoch, places))}
    return JSONResponse(body)


def read_limit(text: str | None) -> int:
    """How many entries: 1 to 500. Raises BadInput."""
    if not text:
        return MAX_ENTRIES
    if not text.isdecimal() or not 1 <= int(text[:9]) <= MAX_ENTRIES:
        raise BadInput(f"limit goes from 1 to {MAX_ENTRIES}.", "limit")
    return int(text)


async def list_playbooks(visit: Visit) -> Response:
    """The playbooks of the library."""
    return JSONResponse({"playbooks": [_summary(playbook) for playbook in visit.site.library.list()]})


async def show_playbook(visit: Visit) -> Response:
    """One playbook in full."""
    playbook = visit.site.library.get(visit.request.path_params["slug"])
    if playbook is None:
        raise NotFound
    return JSONResponse(playbook.model_dump(mode="json") | _summary(playbook) | {"digest": playbook.digest})


def _summary(playbook: Playbook) -> dict[str, Any]:
    return {
        "slug": playbook.slug,
        "title": playbook.title,
        "crisis_class": playbook.crisis_class,
        "hazard": playbook.hazard,
        "version": playbook.version,
        "items": sum(len(phase.items) for phase in playbook.phases),
    }


async def show_openapi(visit: Visit) -> Response:
    """The description of this API."""
    return JSONResponse(document())


ROUTES = [
    door("/api/v1/openapi.json", show_openapi, Permission.PUBLIC),
    door("/api/v1/incidents", list_incidents, Permission.SIGNED_IN),
    door("/api/v1/incidents", open_incident, Permission.INCIDENT_OPEN, "POST"),
    door("/api/v1/incidents/{key}", show_incident, Permission.INCIDENT_READ),
    door("/api/v1/incidents/{key}/log", show_log, Permission.INCIDENT_READ),
    door("/api/v1/playbooks", list_playbooks, Permission.SIGNED_IN),
    door("/api/v1/playbooks/{slug}", show_playbook, Permission.SIGNED_IN),
]
