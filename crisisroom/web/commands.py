"""The command door: one address for every command, for forms and for programs alike."""

from __future__ import annotations

from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from crisisroom.access.policy import Permission, is_of_an_incident
from crisisroom.commanding.command import Command, commands, read_command
from crisisroom.commanding.execute import Receipt
from crisisroom.core.errors import BadInput, Conflict, NotFound, Refused
from crisisroom.incidents.numbers import spoken
from crisisroom.render.conflict_page import again_view, conflict_view
from crisisroom.tasks.models import Task
from crisisroom.web.board import page
from crisisroom.web.doors import Visit, door
from crisisroom.web.problems import problem, wants_json
from crisisroom.web.reading import KEY, command_fields, read_form, read_json, read_key


async def post_command(visit: Visit) -> Response:
    """`POST /api/v1/incidents/{key}/commands/{command}` with JSON."""
    request = visit.request
    fields = await read_json(request)
    key = read_key(request.headers.get(KEY))
    return JSONResponse(receipt_json(await carry_out(visit, _name(request), fields, key)))


async def post_form(visit: Visit) -> Response:
    """`POST /i/{key}/commands/{command}` as a form: 303 back to the page, or JSON for the page's own script."""
    request = visit.request
    name = _name(request)
    form = await read_form(request)
    fields = command_fields(form, _model(name))
    try:
        key = read_key(str(form.get("idempotency_key") or request.headers.get(KEY) or ""), "idempotency_key")
        receipt = await carry_out(visit, name, fields, key)
    except Refused as refusal:
        if wants_json(request):
            return problem(refusal)
        if isinstance(refusal, Conflict | BadInput):
            return _ask_again(visit, name, form, refusal)
        raise
    if wants_json(request):
        return JSONResponse(receipt_json(receipt))
    return RedirectResponse(_back(visit, form), 303)


async def carry_out(visit: Visit, name: str, fields: dict[str, Any], key: Any) -> Receipt:
    """Execute a command of an incident for the visitor."""
    snapshot, _, _ = visit.here
    model = _model(name)
    if model is None or not is_of_an_incident(model.permission):
        raise NotFound
    command = read_command(name, fields)
    return await visit.site.writer.execute(command, visit.actor, book=snapshot.book, key=key)


def receipt_json(receipt: Receipt) -> dict[str, Any]:
    """A receipt as programs see it."""
    body: dict[str, Any] = {
        "result": receipt.result,
        "room": str(receipt.room) if receipt.room else None,
        "seq": receipt.seq,
    }
    return body | ({"id": str(receipt.id)} if receipt.id else {})


def _ask_again(visit: Visit, name: str, form: FormData, refusal: Conflict | BadInput) -> Response:
    """Without a script: the form once more, with what was typed, what is wrong, and in a conflict both values."""
    snapshot, incident, grant = visit.here
    typed = [(field, value) for field, value in form.multi_items() if isinstance(value, str)]
    back = _back(visit, form)
    if isinstance(refusal, Conflict):
        tasks = [task for task in snapshot.rows(Task).values() if task.room in grant.rooms]
        names = {str(id): member.actor.name for id, member in visit.site.directory.people.items()}
        names |= {str(task.id): f"{spoken(incident, task.number)} {task.title}" for task in tasks}
        view: object = conflict_view(incident, name, typed, refusal.conflict, back, names)
        return page(visit, "pages/conflict.html", refusal.status, view=view, zone=incident.zone)
    view = again_view(incident, name, typed, refusal, back)
    return page(visit, "pages/again.html", refusal.status, view=view, zone=incident.zone)


def _back(visit: Visit, form: FormData) -> str:
    """Where the form asks to return to, if that is within this incident; else its board."""
    _, incident, _ = visit.here
    home = f"/i/{incident.key}"
    wanted = str(form.get("next") or "")
    inside = wanted == home or wanted.startswith((f"{home}/", f"{home}?", f"{home}#"))
    return wanted if inside and "\\" not in wanted and wanted.isprintable() else home


def _name(request: Request) -> str:
    return str(request.path_params["command"])


def _model(name: str) -> type[Command] | None:
    return next((command for command in commands() if command.wire_name == name), None)


ROUTES = [
    door("/api/v1/incidents/{key}/commands/{command}", post_command, Permission.INCIDENT_READ, "POST"),
    door("/i/{key}/commands/{command}", post_form, Permission.INCIDENT_READ, "POST"),
]
