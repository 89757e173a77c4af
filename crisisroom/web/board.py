"""The situation page, the incident board and its task drawer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from starlette.responses import HTMLResponse, RedirectResponse, Response

from crisisroom.access.grants import Grant, Role
from crisisroom.access.policy import Permission, allows
from crisisroom.access.rooms import Room, main_room
from crisisroom.commanding.command import commands
from crisisroom.core.errors import NotFound
from crisisroom.core.markings import Tlp
from crisisroom.incidents.models import Incident
from crisisroom.log.record import Record
from crisisroom.log.snapshot import Snapshot
from crisisroom.log.store import read_rooms
from crisisroom.render.board import ENTRIES, BoardFilter, board_view
from crisisroom.render.board_json import people_in
from crisisroom.render.situation import situation_view
from crisisroom.render.task import DrawerView, drawer_view
from crisisroom.tasks.models import Task
from crisisroom.web.api import cursor_of, visible_incidents
from crisisroom.web.doors import Visit, door

ALL = 1_000_000
# How often the entries are read again when somebody writes meanwhile; a log that was cut never catches up.
TRIES = 5
HOME_ZONE = "America/Barbados"


def allowed(grant: Grant) -> frozenset[str]:
    """The commands a grant carries, by name: what a page offers. The server checks each again."""
    return frozenset(command.wire_name for command in commands() if allows(grant, command.permission))


def page(visit: Visit, template: str, status: int = 200, **context: Any) -> Response:
    """A page with what every page has."""
    common: dict[str, Any] = {
        "me": visit.actor,
        "now": visit.site.clock.now(),
        "zone": HOME_ZONE,
        "low_data": visit.request.cookies.get("low_data") == "1" or visit.request.headers.get("save-data") == "on",
        "may": allowed(Grant(visit.actor, frozenset())),
        "path": visit.request.scope["path"],
        "readonly": visit.actor.role is Role.LEADER,
    }
    return HTMLResponse(visit.site.env.get_template(template).render(common | context), status)


def incident_context(visit: Visit, tab: str) -> dict[str, Any]:
    """What every page of an incident has."""
    snapshot, incident, grant = visit.here
    may = frozenset() if incident.closed_at else allowed(grant)
    inside = [room for room in snapshot.rows(Room).values() if room.id in grant.rooms]
    return {
        "incident": incident,
        "snapshot": snapshot,
        "tab": tab,
        "zone": incident.zone,
        "may": may,
        "readonly": not may,
        "tlp": main_room(snapshot).tlp,
        "storable": sorted(str(room.id) for room in inside if room.tlp is not Tlp.RED),  # on readers' own devices
        "cursor": str(cursor_of(visit, snapshot, grant.rooms)),
    }


async def home(visit: Visit) -> Response:
    """`/` leads to the situation."""
    return RedirectResponse("/situation" if visit.signed_in else "/signin", 303)


async def situation(visit: Visit) -> Response:
    """Every incident the visitor is in, and what is due."""
    boards = await visible_incidents(visit)
    present = {
        snapshot.book: visit.site.hub.here(snapshot.book, main_room(snapshot).id)
        for snapshot, rooms in boards
        if main_room(snapshot).id in rooms
    }
    return page(
        visit,
        "pages/situation.html",
        view=situation_view(boards, visit.site.clock.now()),
        all_agencies=bool(visit.request.query_params.get("all")),
        present=present,
        here="situation",
    )


async def board(visit: Visit) -> Response:
    """`/i/{key}`."""
    return await _board(visit, None)


async def task(visit: Visit) -> Response:
    """`/i/{key}/t/{task}`: the board with the drawer open; `?part=drawer` only the drawer."""
    drawer = await _drawer(visit, visit.request.path_params["task"])
    if visit.request.query_params.get("part") == "drawer":
        return page(visit, "task/_drawer.html", drawer=drawer, **incident_context(visit, "board"))
    return await _board(visit, drawer)


async def _board(visit: Visit, drawer: DrawerView | None) -> Response:
    snapshot, _, grant = visit.here
    proof = await visit.site.proofs.state(snapshot.book)
    for _ in range(TRIES):
        records = await _entries(visit, snapshot, grant.rooms, ENTRIES)
        if _newest(records, snapshot, grant.rooms) >= sum(snapshot.head(room).seq for room in grant.rooms):
            break
    # From here on nothing is awaited: cards, entries and the cursor are of one moment, and the socket goes on from it.
    return page(
        visit,
        "pages/board.html",
        view=board_view(snapshot, grant.rooms, records),
        filter=BoardFilter.read(visit.request.query_params),
        drawer=drawer,
        proof=proof,
        **incident_context(visit, "board"),
    )


def _newest(records: Sequence[Record], snapshot: Snapshot, rooms: frozenset[UUID]) -> int:
    """How far the entries reach, over all rooms; a room with none among them counts as the snapshot has it."""
    seqs = {room: snapshot.head(room).seq for room in rooms}
    read: dict[UUID, int] = {}
    for record in records:
        read[record.room] = record.seq
    return sum((seqs | read).values())


async def _drawer(visit: Visit, reference: str) -> DrawerView:
    snapshot, incident, grant = visit.here
    found = find_task(snapshot, incident, grant.rooms, reference)
    records = await _entries(visit, snapshot, frozenset({found.room}), ALL)
    members = people_in(visit.site.directory, [snapshot.rows(Room)[found.room]])
    return drawer_view(snapshot, grant.rooms, records, found, [member.actor for member in members])


def find_task(snapshot: Snapshot, incident: Incident, rooms: frozenset[UUID], reference: str) -> Task:
    """A task by number (the main room's first) or id, in one of these rooms. Raises NotFound."""
    wanted = reference.strip().upper()
    main = main_room(snapshot).id
    tasks = sorted(snapshot.rows(Task).values(), key=lambda one: (one.room != main, str(one.room)))
    for one in tasks:
        named = wanted in (f"{incident.letter}-{one.number}", str(one.id).upper())
        if named and one.room in rooms and not one.gone:
            return one
    raise NotFound


async def _entries(visit: Visit, snapshot: Snapshot, rooms: frozenset[UUID], limit: int) -> list[Record]:
    """The newest entries of these rooms, in order."""
    async with visit.site.database.read() as connection:
        records = await read_rooms(connection, snapshot.book, dict.fromkeys(rooms, 0), limit, newest_first=True)
    return records[::-1]


async def keys(visit: Visit) -> Response:
    """`/keys`: what each key does."""
    return page(visit, "pages/keys.html")


ROUTES = [
    door("/", home, Permission.PUBLIC),
    door("/situation", situation, Permission.SIGNED_IN),
    door("/keys", keys, Permission.SIGNED_IN),
    door("/i/{key}", board, Permission.INCIDENT_READ),
    door("/i/{key}/board", board, Permission.INCIDENT_READ),
    door("/i/{key}/t/{task}", task, Permission.INCIDENT_READ),
]
