"""The log page and the export of the log."""

from __future__ import annotations

from collections.abc import AsyncIterator

from starlette.responses import Response, StreamingResponse

from crisisroom.access.policy import Permission
from crisisroom.log.export import export_line
from crisisroom.log.store import read_rooms
from crisisroom.render.log_lines import sentence, sentence_html
from crisisroom.render.log_page import log_view
from crisisroom.render.log_query import LogQuery
from crisisroom.web.board import ALL, incident_context, page
from crisisroom.web.doors import Visit, door


async def log(visit: Visit) -> Response:
    """Every entry as a sentence, verified as the page is made."""
    snapshot, incident, grant = visit.here
    proof = await visit.site.proofs.verify(snapshot.book)
    async with visit.site.database.read() as connection:
        records = await read_rooms(connection, snapshot.book, dict.fromkeys(grant.rooms, 0), ALL)
    env = visit.site.env
    view = log_view(
        snapshot,
        records,
        proof.for_rooms(grant.rooms, len(records)),
        LogQuery.read(visit.request.query_params),
        incident.t0,
        lambda record: sentence_html(env, snapshot, record),
    )
    return page(visit, "pages/log.html", view=view, **incident_context(visit, "log"))


async def export(visit: Visit) -> Response:
    """The log of the visitor's rooms as JSON lines, for verification anywhere."""
    snapshot, incident, grant = visit.here
    async with visit.site.database.read() as connection:
        records = await read_rooms(connection, snapshot.book, dict.fromkeys(grant.rooms, 0), ALL)

    async def lines() -> AsyncIterator[str]:
        for record in records:
            said = sentence(visit.site.env, snapshot, record)
            yield export_line(record, sentence=said, exercise=incident.exercise) + "\n"

    headers = {"Content-Disposition": f'attachment; filename="{incident.key}-log.jsonl"'}
    return StreamingResponse(lines(), media_type="application/x-ndjson", headers=headers)


ROUTES = [
    door("/i/{key}/log", log, Permission.INCIDENT_READ),
    door("/i/{key}/log.jsonl", export, Permission.INCIDENT_READ),
]
