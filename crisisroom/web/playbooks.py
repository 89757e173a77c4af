"""The playbook library, one playbook, and the activation page."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from crisisroom.access.grants import grant_for
from crisisroom.access.policy import Permission, allows
from crisisroom.access.rooms import main_room
from crisisroom.core.errors import NotFound, Refused
from crisisroom.incidents.models import Incident, incident_of
from crisisroom.log.snapshot import Snapshot
from crisisroom.playbooks.models import Run
from crisisroom.playbooks.schema import Playbook
from crisisroom.render.activate_page import activate_view, read_anchor_fields
from crisisroom.render.playbook_pages import library_view, playbook_view
from crisisroom.web.api import visible_incidents
from crisisroom.web.board import allowed, page
from crisisroom.web.doors import KEY, Visit, door, incident_snapshot


async def library(visit: Visit) -> Response:
    """`/playbooks`, and with `?incident=` the choice of one for an incident."""
    query = visit.request.query_params
    chosen = await _chosen(visit)
    view = library_view(
        visit.site.library.list(),
        await _used(visit),
        crisis_class=query.get("class", ""),
        q=query.get("q", "")[:200],
        incident=incident_of(chosen) if chosen else None,
    )
    return page(visit, "pages/playbooks.html", view=view, here="playbooks")


async def playbook(visit: Visit) -> Response:
    """`/playbooks/{slug}`."""
    chosen = await _chosen(visit)
    return page(
        visit,
        "pages/playbook.html",
        view=playbook_view(_playbook(visit), await _used(visit)),
        incident_key=incident_of(chosen).key if chosen else "",
        may=_may(visit, chosen),
        here="playbooks",
    )


async def activate(visit: Visit) -> Response:
    """`/playbooks/{slug}/activate`: everything that would be created, before anything is."""
    query = visit.request.query_params
    chosen = await _chosen(visit)
    incidents = [incident_of(snapshot) for snapshot, _ in await visible_incidents(visit) if _can(visit, snapshot)]
    view = activate_view(
        _playbook(visit),
        now=visit.site.clock.now(),
        given=read_anchor_fields(query.multi_items()),
        phase=query.get("phase", ""),
        incident=incident_of(chosen) if chosen else None,
        snapshot=chosen,
        choices=[incident for incident in incidents if incident.closed_at is None],
    )
    return page(visit, "pages/activate.html", view=view, may=_may(visit, chosen), here="playbooks")


async def choose(visit: Visit) -> Response:
    """`/i/{key}/activate` leads to the library, for this incident."""
    _, incident, _ = visit.here
    return RedirectResponse(f"/playbooks?incident={incident.key}", 303)


def _playbook(visit: Visit) -> Playbook:
    found = visit.site.library.get(visit.request.path_params["slug"])
    if found is None:
        raise NotFound
    return found


async def _chosen(visit: Visit) -> Snapshot | None:
    """The incident named in the address, if the visitor is in its main room, where playbooks run."""
    key = visit.request.query_params.get("incident", "")
    if not KEY.fullmatch(key):
        return None
    try:
        snapshot = await incident_snapshot(visit.site, key)
    except Refused:
        return None
    return snapshot if _in_main(visit, snapshot) else None


def _in_main(visit: Visit, snapshot: Snapshot) -> bool:
    return main_room(snapshot).id in grant_for(visit.actor, snapshot).rooms


def _can(visit: Visit, snapshot: Snapshot) -> bool:
    return _in_main(visit, snapshot) and allows(grant_for(visit.actor, snapshot), Permission.PLAYBOOK_ACTIVATE)


def _may(visit: Visit, chosen: Snapshot | None) -> frozenset[str]:
    """What the page offers: activation is open to whoever could activate in some incident."""
    if chosen is not None:
        return frozenset() if incident_of(chosen).closed_at else allowed(grant_for(visit.actor, chosen))
    return frozenset({"activate-playbook"}) if visit.actor.role in ("coordinator", "administrator") else frozenset()


async def _used(visit: Visit) -> list[tuple[Incident, Run]]:
    """Every run the visitor may know of, with its incident."""
    return [
        (incident_of(snapshot), run)
        for snapshot, rooms in await visible_incidents(visit)
        for run in snapshot.rows(Run).values()
        if run.room in rooms
    ]


ROUTES = [
    door("/playbooks", library, Permission.SIGNED_IN),
    door("/playbooks/{slug}", playbook, Permission.SIGNED_IN),
    door("/playbooks/{slug}/activate", activate, Permission.SIGNED_IN),
    door("/i/{key}/activate", choose, Permission.PLAYBOOK_ACTIVATE),
]
