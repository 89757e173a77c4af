"""The log page and the export of the log."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence

from starlette.responses import Response, StreamingResponse

from crisisroom.access.policy import Permission
from crisisroom.access.rooms import main_room
from crisisroom.log.export import export_line
from crisisroom.log.record import Outline, Record
from crisisroom.log.store import read_page, read_positions
from crisisroom.render.log_lines import sentence, sentence_html
from crisisroom.render.log_page import log_view
from crisisroom.render.log_query import LogQuery, choose_page
from crisisroom.web.board import incident_context, page
from crisisroom.web.doors import Visit, door

# So many entries are read at once where all are gone through; then others have a turn.
CHUNK = 500


async def log(visit: Visit) -> Response:
    """A page of entries as sentences, with what the log of the visitor's rooms still proves."""
    snapshot, incident, grant = visit.here
    site = visit.site
    proof = await site.proofs.recent(snapshot.book)
    if not proof.whole:
        site.outlines.forget(snapshot.book)  # what is missing now must not be shown as it was
    async with site.database.read(long=True) as connection:
        outlines = await site.outlines.fresh(connection, snapshot.book, snapshot.position)
    entries = [one for one in outlines if one.room in grant.rooms]
    query = LogQuery.read(visit.request.query_params)

    def draw(record: Record) -> str:
        return sentence_html(site.env, snapshot, record)

    chosen = await _that_say(visit, query, query.choose(entries, incident.t0), draw)
    shown = choose_page(entries, chosen, query, main_room(snapshot).id)
    records = await _read(visit, shown.wanted)
    view = log_view(snapshot, shown, records, proof.for_rooms(grant.rooms), query, incident.t0, draw)
    return page(visit, "pages/log.html", view=view, **incident_context(visit, "log"))


async def _that_say(
    visit: Visit, query: LogQuery, entries: list[Outline], draw: Callable[[Record], str]
) -> list[Outline]:
    """Those of the entries whose sentence has the words asked for. Drawing many takes time, so others have turns."""
    if not query.words:
        return entries
    found: set[int] = set()
    for start in range(0, len(entries), CHUNK):
        records = await _read(visit, entries[start : start + CHUNK])
        found |= {record.position for record in records if query.is_in(draw(record), record)}
        await visit.site.clock.sleep(0)
    return [one for one in entries if one.position in found]


async def _read(visit: Visit, entries: Sequence[Outline]) -> list[Record]:
    snapshot, _, grant = visit.here
    async with visit.site.database.read() as connection:
        return await read_positions(connection, snapshot.book, grant.rooms, [one.position for one in entries])


async def export(visit: Visit) -> Response:
    """The log of the visitor's rooms as JSON lines, for verification anywhere."""
    _, incident, _ = visit.here
    headers = {"Content-Disposition": f'attachment; filename="{incident.key}-log.jsonl"'}
    return StreamingResponse(_lines(visit), media_type="application/x-ndjson", headers=headers)


async def _lines(visit: Visit) -> AsyncIterator[str]:
    """All lines. Each chunk is read when the one before it was taken, so a slow reader holds no connection."""
    snapshot, incident, grant = visit.here
    position: int | None = None
    while True:
        async with visit.site.database.read() as connection:
            records = await read_page(connection, snapshot.book, grant.rooms, position, CHUNK)
        if not records:
            return
        position = records[-1].position
        said = [(record, sentence(visit.site.env, snapshot, record)) for record in records]
        yield "".join(export_line(one, sentence=words, exercise=incident.exercise) + "\n" for one, words in said)


ROUTES = [
    door("/i/{key}/log", log, Permission.INCIDENT_READ),
    door("/i/{key}/log.jsonl", export, Permission.INCIDENT_READ),
]
