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
from crisisroom.incidents.numbers import spoken
from crisisroom.log.record import Record
from crisisroom.log.snapshot import Snapshot
from crisisroom.log.store import positions, read_naming, read_rooms
from crisisroom.render.board import ENTRIES, BoardFilter, board_view
from crisisroom.render.board_json import people_in
from crisisroom.render.situation import situation_view
from crisisroom.render.task import DrawerView, drawer_view
from crisisroom.tasks.models import Task
from crisisroom.web.api import cursor_of, visible_incidents
from crisisroom.web.doors import Visit, door

# How often the entries are read again when somebody writes meanwhile; a log that was cut never catches up.
TRIES = 5


def allowed(grant: Grant) -> frozenset[str]:
    """The commands a grant carries, by name: what a page offers. The server checks each again."""
    return frozenset(command.wire_name for command in commands() if allows(grant, command.permission))


def page(visit: Visit, template: str, status: int = 200, **context: Any) -> Response:
    """A page with what every page has."""
    common: dict[str, Any] = {
        "me": visit.actor,
        "now": visit.site.clock.now(),
        "low_data": visit.request.cookies.get("low_data") == "1" or visit.request.headers.get("save-data") == "on",
        "may": allowed(Grant(visit.actor, frozenset())),
        "path": visit.request.scope["path"],
        "readonly": visit.actor.role is Role.LEADER,
        "condition": visit.site.condition.worst,
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
        "tlp": page_mark(snapshot, grant.rooms),
        "storable": sorted(str(room.id) for room in inside if room.tlp is not Tlp.RED),  # on readers' own devices
        "cursor": str(cursor_of(visit, snapshot, grant.rooms)),
    }


def page_mark(snapshot: Snapshot, rooms: frozenset[UUID]) -> Tlp:
    """The mark above a page: the main room's; for who is not in it, the strictest of their rooms."""
    inside = [room for room in snapshot.rows(Room).values() if room.id in rooms]
    main = next((room.tlp for room in inside if room.main), None)
    return main or max((room.tlp for room in inside), key=lambda mark: mark.strictness)


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
    reference = visit.request.path_params["task"]
    if visit.request.query_params.get("part") != "drawer":
        return await _board(visit, reference)
    _, history = await _entries(visit, 0, reference)
    drawer = _drawer(visit, reference, history)
    return page(visit, "task/_drawer.html", drawer=drawer, **incident_context(visit, "board"))


async def _board(visit: Visit, reference: str | None) -> Response:
    snapshot, _, grant = visit.here
    proof = ""
    newest: list[Record] = []
    history: list[Record] = []
    try:
        proof = await visit.site.proofs.state(snapshot.book, grant.rooms)
        newest, history = await _entries(visit, ENTRIES, reference)
    except Exception as error:
        if not visit.site.is_away(error):
            raise  # else the board is shown as it was last known, without its log
    # From here on nothing is awaited: cards, entries and the cursor are of one moment, and the socket goes on from it.
    return page(
        visit,
        "pages/board.html",
        view=board_view(snapshot, grant.rooms, newest),
        filter=BoardFilter.read(visit.request.query_params),
        drawer=_drawer(visit, reference, history) if reference else None,
        proof=proof,
        **incident_context(visit, "board"),
    )


async def _entries(visit: Visit, limit: int, reference: str | None) -> tuple[list[Record], list[Record]]:
    """The newest entries of the visitor's rooms, and all about a task: neither less nor more than the snapshot has in
    the step in which this returns.
    """
    snapshot, incident, grant = visit.here
    task = find_task(snapshot, incident, grant.rooms, reference) if reference else None
    newest: list[Record] = []
    history: list[Record] = []
    for _ in range(TRIES):
        async with visit.site.database.read() as connection:
            read = (await positions(connection, [snapshot.book])).get(snapshot.book, 0)
            if limit:
                rooms = dict.fromkeys(grant.rooms, 0)
                newest = await read_rooms(connection, snapshot.book, rooms, limit, newest_first=True)
            if task:
                history = await read_naming(connection, task.room, "task", task.id)
        if read >= snapshot.position:
            break
    return _known(snapshot, newest[::-1]), _known(snapshot, history)


def _known(snapshot: Snapshot, records: Sequence[Record]) -> list[Record]:
    return [record for record in records if record.seq <= snapshot.head(record.room).seq]


def _drawer(visit: Visit, reference: str, history: Sequence[Record]) -> DrawerView:
    snapshot, incident, grant = visit.here
    found = find_task(snapshot, incident, grant.rooms, reference)
    members = people_in(visit.site.directory, [snapshot.rows(Room)[found.room]])
    return drawer_view(snapshot, grant.rooms, history, found, [member.actor for member in members])


def find_task(snapshot: Snapshot, incident: Incident, rooms: frozenset[UUID], reference: str) -> Task:
    """A task by number (the main room's first) or id, in one of these rooms. Raises NotFound."""
    wanted = reference.strip().upper()
    main = main_room(snapshot).id
    tasks = sorted(snapshot.rows(Task).values(), key=lambda one: (one.room != main, str(one.room)))
    for one in tasks:
        named = wanted in (spoken(incident, one.number), str(one.id).upper())
        if named and one.room in rooms and not one.gone:
            return one
    raise NotFound


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
