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
from crisisroom.render.review_page import read_moment, review_view
from crisisroom.reviews.replaying import replay_to
from crisisroom.web.board import incident_context, page
from crisisroom.web.doors import Visit, door
from crisisroom.web.reading import read_at


async def review(visit: Visit) -> Response:
    """`/i/{key}/review?at=` an instant, an offset, the slider's minutes or a cursor; nothing means the end."""
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
    view = review_view(snapshot, then, grant.rooms, seen, at, now)
    context = incident_context(visit, "review") | {
        "readonly": True,
        "replay": True,
        "proof": proof.for_rooms(grant.rooms).state,
        "error": error,
        "heads": heads_of(snapshot, grant.rooms),
    }
    template = "review/_board.html" if visit.request.query_params.get("part") == "board" else "pages/review.html"
    return page(visit, template, view=view, **context)


def _point(text: str, incident: Incident, now: datetime) -> tuple[datetime | Cursor, str]:
    """The point meant, or the end with a sentence on what could not be read."""
    with suppress(ValueError):
        return read_moment(text, incident, now), ""
    try:
        return read_cursor(text), ""
    except BadInput:
        return read_moment("", incident, now), f"{text[:60]!r} is no moment. Write T+6:00, 6h or 2026-09-10T08:30:00Z."


ROUTES = [door("/i/{key}/review", review, Permission.INCIDENT_READ)]
