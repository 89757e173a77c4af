"""OpenAPI 3.1, made from the models that validate and the refusals that are answered."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic.json_schema import models_json_schema

from crisisroom import __version__
from crisisroom.access.policy import is_of_an_incident
from crisisroom.commanding.command import Command, commands
from crisisroom.core import errors
from crisisroom.incidents.opening import OpenIncident
from crisisroom.web.openapi_schemas import SCHEMAS, reference
from crisisroom.web.problems import PROBLEMS, more_headers

_PROBLEM = "application/problem+json"
_REFUSALS: dict[int, tuple[type[errors.Refused], ...]] = {
    400: (errors.Malformed,),
    401: (errors.SignedOut,),
    403: (errors.NotAllowed,),
    404: (errors.NotFound,),
    409: (errors.Conflict, errors.IncidentClosed),
    413: (errors.TooLarge,),
    422: (errors.BadInput, errors.KeyReused),
    500: (errors.LogBroken, errors.Fault),
    503: (errors.NotSaved,),
}
_READING = (401, 500, 503)
_WRITING = (400, 401, 403, 413, 422, 503)

_KEY = {"name": "key", "in": "path", "required": True, "schema": {"type": "string"}, "description": "such as elena-26"}
_SLUG = {"name": "slug", "in": "path", "required": True, "schema": {"type": "string"}, "description": "`hurricane`"}
_IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "schema": {"type": "string", "format": "uuid"},
    "description": "Your own UUID; the same key and body never happen twice.",
}
_AFTER = {"name": "after", "in": "query", "schema": {"type": "string"}, "description": "a cursor"}
_LAST_EVENT = _AFTER | {"name": "Last-Event-ID", "in": "header", "description": "a cursor, where `after` is not given"}
_AT = {"name": "at", "in": "query", "schema": {"type": "string"}, "description": "an instant, an offset or a cursor"}
_LIMIT = {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 500, "default": 500}}


@cache
def document() -> dict[str, Any]:
    """The whole description."""
    inside = [model for model in commands() if is_of_an_incident(model.permission)]
    models: list[type[Command]] = [OpenIncident, *inside]
    _, schemas = models_json_schema(
        [(model, "validation") for model in models], ref_template="#/components/schemas/{model}"
    )
    definitions = dict(schemas.get("$defs", {})) | SCHEMAS
    for field in definitions["TaskFields"]["properties"].values():
        field.pop("default", None)  # a field that is not given stays as it is
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Crisis Room",
            "version": __version__,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            "description": "Incident boards of the Caribbean Community. Errors are RFC 9457 problem documents.",
        },
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}],
        "paths": _paths() | {f"/incidents/{{key}}/commands/{model.wire_name}": _command(model) for model in inside},
        "components": {
            "schemas": definitions,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "responses": {str(status): _refusal(status, kinds) for status, kinds in _REFUSALS.items()}
            | {
                "Problem": {
                    "description": "Any other refusal.",
                    "content": {_PROBLEM: {"schema": reference("Problem")}},
                }
            },
        },
    }


def _refusal(status: int, kinds: tuple[type[errors.Refused], ...]) -> dict[str, Any]:
    types = {"type": {"enum": [PROBLEMS + kind.type for kind in kinds]}}
    answer = {
        "description": " ".join((kind.__doc__ or "").strip().split("\n\n")[0] for kind in kinds),
        "content": {_PROBLEM: {"schema": {"allOf": [reference("Problem"), {"properties": types}]}}},
    }
    headers = {name: {"schema": {"const": value}} for name, value in more_headers(status).items()}
    return answer | ({"headers": headers} if headers else {})


def _paths() -> dict[str, Any]:
    return {
        "/openapi.json": _read("describe", "This description", {"type": "object"}, (), open=True),
        "/incidents": _read("list-incidents", "The incidents the caller is in", reference("Incidents"), ())
        | _opening(),
        "/incidents/{key}": _read(
            "show-incident", "The board as the caller may see it", reference("Board"), (404, 422), _KEY, _AT
        ),
        "/incidents/{key}/log": _read(
            "show-log", "Entries after a cursor", reference("Log"), (404, 422), _KEY, _AFTER, _LIMIT
        ),
        "/incidents/{key}/live": _live(),
        "/playbooks": _read("list-playbooks", "The playbook library", reference("Playbooks"), ()),
        "/playbooks/{slug}": _read("show-playbook", "One playbook", reference("Playbook"), (404,), _SLUG),
    }


def _read(
    name: str, summary: str, schema: dict[str, Any], refusals: tuple[int, ...], *parameters: Any, open: bool = False
) -> dict[str, Any]:
    found = {"description": summary, "content": {"application/json": {"schema": schema}}}
    return {
        "get": {
            "operationId": name,
            "summary": summary,
            "parameters": list(parameters),
            "responses": {"200": found} | _refused_with(*(() if open else _READING), *refusals),
        }
        | ({"security": []} if open else {})
    }


def _opening() -> dict[str, Any]:
    return {
        "post": {
            "operationId": "open-incident",
            "summary": "Open an incident",
            "parameters": [_IDEMPOTENCY | {"required": False}],
            "requestBody": _body("OpenIncident"),
            "responses": {
                "201": {
                    "description": "opened",
                    "headers": {"Location": {"schema": {"type": "string"}}},
                    "content": {"application/json": {"schema": reference("Opened")}},
                }
            }
            | _refused_with(*_WRITING),
        }
    }


def _command(model: type[Command]) -> dict[str, Any]:
    receipt = {"description": "applied, repeated or unchanged"}
    return {
        "post": {
            "operationId": model.wire_name,
            "summary": (model.__doc__ or "").strip(),
            "parameters": [_KEY, _IDEMPOTENCY],
            "requestBody": _body(model.__name__),
            "responses": {"200": receipt | {"content": {"application/json": {"schema": reference("Receipt")}}}}
            | _refused_with(*_WRITING, 404, 409),
        }
    }


def _live() -> dict[str, Any]:
    return {
        "get": {
            "operationId": "follow-incident",
            "summary": "Every change as it happens: one frame a message over a WebSocket, or as server-sent events",
            "parameters": [_KEY, _AFTER, _LAST_EVENT],
            "responses": {
                "200": {
                    "description": "a stream of frames, each a JSON object with a type: hello, event, presence, resync",
                    "content": {"text/event-stream": {"schema": {"type": "string"}}},
                },
                "101": {"description": "the same frames over a WebSocket"},
            }
            | _refused_with(*_READING, 403, 404, 422),
        }
    }


def _body(schema: str) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": reference(schema)}}}


def _refused_with(*statuses: int) -> dict[str, Any]:
    """The refusals an operation can meet; `default` stands for the rest, such as a proxy's."""
    return {str(status): {"$ref": f"#/components/responses/{status}"} for status in sorted(statuses)} | {
        "default": {"$ref": "#/components/responses/Problem"}
    }
