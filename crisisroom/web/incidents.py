"""Opening an incident, by form or from a CAP alert, and the incident's people."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any
from uuid import UUID

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from crisisroom.access.policy import Permission
from crisisroom.commanding.command import read_command
from crisisroom.core.errors import BadInput, Malformed, Refused, TooLarge
from crisisroom.core.ids import ids_from
from crisisroom.incidents.cap import AlertRefused, proposal, read_alert
from crisisroom.incidents.models import Incident, incident_for, incident_of, is_same_alert
from crisisroom.incidents.opening import OpenIncident
from crisisroom.render.activate_page import read_field_time
from crisisroom.render.incident_pages import OpenForm, confirm_view, open_view
from crisisroom.render.people_page import people_view
from crisisroom.web.api import visible_incidents
from crisisroom.web.board import incident_context, page
from crisisroom.web.doors import Visit, door
from crisisroom.web.reading import command_fields, read_form, read_key

CDEMA = "CDEMA"
MAX_ALERT = 2 * 1024 * 1024


async def new_incident(visit: Visit) -> Response:
    """`/incidents/new`: the form, and a place for an alert's file."""
    return page(visit, "pages/incident_open.html", view=open_view(own_agency=visit.actor.agency), here="situation")


async def open_by_form(visit: Visit) -> Response:
    """`POST /incidents`: open it and go to its board, or show the form again with what is wrong."""
    form = await read_form(visit.request)
    try:
        key = read_key(str(form.get("idempotency_key") or ""), "idempotency_key")
        command = read_command("open-incident", _fields(form))
        already = await _opened_from(visit, getattr(command, "alert", None)) if not form.get("another") else []
        if already and not _is_repeat(visit, key, already):
            return _again(visit, form, {}, 409, already[0])
        receipt = await visit.site.writer.execute(command, visit.actor, key=key)
    except BadInput as refusal:
        return _again(visit, form, refusal.fields or {"title": refusal.detail}, refusal.status)
    snapshot = await visit.site.snapshot(receipt.book)
    return RedirectResponse(f"/i/{incident_of(snapshot).key}", 303)


def _again(
    visit: Visit, form: FormData, errors: Mapping[str, str], status: int, already: Incident | None = None
) -> Response:
    """The form as it was sent, with what keeps it from opening an incident."""
    texts = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
    view = open_view(OpenForm.read(texts), errors=errors, already=already)
    return page(visit, "pages/incident_open.html", status, view=view, here="situation")


def _is_repeat(visit: Visit, key: UUID, opened: Iterable[Incident]) -> bool:
    """Whether this very form opened one of them: what it makes has the same ids each time it is sent."""
    return visit.actor.id is not None and ids_from(visit.actor.id, key)() in {one.room for one in opened}


def _fields(form: FormData) -> dict[str, Any]:
    """The form's fields as the command has them; an empty level is no level, and the alert comes as JSON."""
    fields = command_fields(form, OpenIncident)
    fields.pop("another", None)
    level, cdema = fields.get("level"), fields.pop("cdema_level", "")
    if isinstance(level, dict) and not any(level.values()):
        del fields["level"]
    if cdema and "level" in fields:
        raise BadInput("Give a CDEMA level or one of another scheme, not both.", "level.scheme")
    with suppress(ValueError):
        if moment := read_field_time(str(fields.get("t0", ""))):
            fields["t0"] = moment
    if cdema:
        fields["level"] = {"scheme": CDEMA, "value": cdema}
    if "alert" in fields:
        try:
            fields["alert"] = json.loads(fields["alert"])
        except (ValueError, RecursionError):
            raise BadInput("The alert's identity was damaged on the way. Upload the alert again.", "alert") from None
    return fields


async def read_upload(visit: Visit) -> Response:
    """`POST /incidents/alert`: what was read from the file, for confirmation. Nothing exists yet."""
    data = await _uploaded(visit)
    try:
        alert = read_alert(data)
        wanted = proposal(alert)
        if not wanted.opens:
            raise AlertRefused(wanted.opens_reason)
    except Refused as refusal:
        view = open_view(own_agency=visit.actor.agency, alert_error=refusal.detail)
        return page(visit, "pages/incident_open.html", 422, view=view, here="situation")
    already = await _opened_from(visit, wanted.identity)
    return page(
        visit,
        "pages/incident_confirm.html",
        view=confirm_view(alert, wanted, already=next(iter(already), None)),
        here="situation",
    )


async def _uploaded(visit: Visit) -> bytes:
    try:
        form = await visit.request.form(max_files=1, max_fields=10)
    except HTTPException as error:
        if error.status_code == 413:
            raise TooLarge("This file is larger than an alert may be. Nothing was opened.") from None
        raise Malformed("The upload could not be read. Nothing was opened.") from None
    file = form.get("file")
    return await file.read() if isinstance(file, UploadFile) else b""


async def _opened_from(visit: Visit, identity: Mapping[str, Any] | None) -> list[Incident]:
    """The incidents that this alert opened before, the newest first, as far as the visitor may know of it."""
    if not identity:
        return []
    seen = [incident_for(snapshot, rooms) for snapshot, rooms in await visible_incidents(visit)]
    return [incident for incident in seen if is_same_alert(incident.alert, identity)]


async def people(visit: Visit) -> Response:
    """`/i/{key}/people`."""
    snapshot, _, grant = visit.here
    here = {
        UUID(person["id"])
        for room in grant.rooms
        for person in visit.site.hub.here(snapshot.book, room)
    }  # fmt: skip
    view = people_view(snapshot, grant.rooms, visit.site.directory, here, visit.actor.id)
    return page(visit, "pages/people.html", view=view, **incident_context(visit, "people"))


ROUTES = [
    door("/incidents/new", new_incident, Permission.INCIDENT_OPEN),
    door("/incidents", open_by_form, Permission.INCIDENT_OPEN, "POST"),
    door("/incidents/alert", read_upload, Permission.INCIDENT_OPEN, "POST", body=MAX_ALERT),
    door("/i/{key}/people", people, Permission.INCIDENT_READ),
]
