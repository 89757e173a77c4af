"""The review: the board as it was at any moment, drawn by the live renderer."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime

from starlette.responses import Response

from crisisroom.access.policy import Permission
from crisisroom.core.errors import BadInput
from crisisroom.incidents.models import Incident
from crisisroom.log.cursor import Cursor, read_cursor
from crisisroom.render.proof import heads_of
from crisisroom.render.review_csv import review_csv
from crisisroom.render.review_page import ReviewView, read_moment, review_view
from crisisroom.reviews.replaying import replay_to
from crisisroom.web.board import incident_context, page
from crisisroom.web.doors import Visit, door
from crisisroom.web.reading import read_at


async def review(visit: Visit) -> Response:
    """`/i/{key}/review?at=` an instant, an offset, the slider's minutes or a cursor; nothing means the end."""
    snapshot, _, grant = visit.here
    view, proof, error = await _reviewed(visit)
    context = incident_context(visit, "review") | {
        "readonly": True,
        "replay": True,
        "proof": proof,
        "error": error,
        "heads": heads_of(snapshot, grant.rooms),
    }
    template = "review/_board.html" if visit.request.query_params.get("part") == "board" else "pages/review.html"
    return page(visit, template, view=view, **context)


async def table(visit: Visit) -> Response:
    """`/i/{key}/review.csv?at=`: the decisions until then and what was late, as a file."""
    _, incident, _ = visit.here
    view, _, _ = await _reviewed(visit)
    name = f"{incident.key}-review{'-EXERCISE' if incident.exercise else ''}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(review_csv(view, incident), media_type="text/csv; charset=utf-8", headers=headers)


async def _reviewed(visit: Visit) -> tuple[ReviewView, str, str]:
    """The review at the moment asked for, the state of the proof, and what could not be read of the moment."""
    snapshot, incident, grant = visit.here
    now = visit.site.clock.now()
    text = read_at(visit.request)
    proof = await visit.site.proofs.recent(snapshot.book)
    if not proof.whole:
        visit.site.records.forget(snapshot.book)  # what is replayed is what is stored now, or nothing
    async with visit.site.database.read(long=True) as connection:
        records = await visit.site.records.fresh(connection, snapshot.book, snapshot.position)
    seen = [record for record in records if record.room in grant.rooms]
    point, error = _point(text, incident, now)
    then = await asyncio.to_thread(replay_to, snapshot.book, records, point, visit.site.epoch)
    at = point if isinstance(point, datetime) else then.at
    return review_view(snapshot, then, grant.rooms, seen, at, now), proof.for_rooms(grant.rooms).state, error


def _point(text: str, incident: Incident, now: datetime) -> tuple[datetime | Cursor, str]:
    """The point meant, or the end with a sentence on what could not be read."""
    with suppress(ValueError):
        return read_moment(text, incident, now), ""
    try:
        return read_cursor(text), ""
    except BadInput:
        return read_moment("", incident, now), f"{text[:60]!r} is no moment. Write T+6:00, 6h or 2026-09-10T08:30:00Z."


ROUTES = [
    door("/i/{key}/review", review, Permission.INCIDENT_READ),
    door("/i/{key}/review.csv", table, Permission.INCIDENT_READ),
]
