"""OpenAPI 3.1, made from the models that validate."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic.json_schema import models_json_schema

from crisisroom import __version__
from crisisroom.commanding.command import Command, commands

REFERENCE = "#/components/schemas/{model}"
_HIDDEN = frozenset({"open-incident", "add-person", "disable-person"})

_KEY = {"name": "key", "in": "path", "required": True, "schema": {"type": "string"}, "description": "such as elena-26"}
_IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "schema": {"type": "string", "format": "uuid"},
    "description": "Your own UUID; the same key and body never happen twice.",
}
_AFTER = {"name": "after", "in": "query", "schema": {"type": "string"}, "description": "a cursor"}
_AT = {"name": "at", "in": "query", "schema": {"type": "string"}, "description": "an instant, an offset or a cursor"}
_LIMIT = {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 500}}
_SLUG = {"name": "slug", "in": "path", "required": True, "schema": {"type": "string"}}


@cache
def document() -> dict[str, Any]:
    """The whole description."""
    models = list(commands())
    _, schemas = models_json_schema([(model, "validation") for model in models], ref_template=REFERENCE)
    definitions = dict(schemas.get("$defs", {})) | _SCHEMAS
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
        "paths": _PATHS | {f"/incidents/{{key}}/commands/{model.wire_name}": _command(model) for model in models
                           if model.wire_name not in _HIDDEN},
        "components": {
            "schemas": definitions,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "responses": {
                "Problem": {
                    "description": "Refused. Nothing was changed.",
                    "content": {"application/problem+json": {"schema": {"$ref": REFERENCE.format(model="Problem")}}},
                }
            },
        },
    }  # fmt: skip


def _command(model: type[Command]) -> dict[str, Any]:
    return {
        "post": {
            "operationId": model.wire_name,
            "summary": (model.__doc__ or "").strip(),
            "parameters": [_KEY, _IDEMPOTENCY],
            "requestBody": _body(model.__name__),
            "responses": _answers("200", "Receipt", "applied, repeated or unchanged"),
        }
    }


def _read(summary: str, schema: str, *parameters: dict[str, Any]) -> dict[str, Any]:
    return {"get": {"summary": summary, "parameters": list(parameters), "responses": _answers("200", schema, summary)}}


def _body(schema: str) -> dict[str, Any]:
    reference = {"$ref": REFERENCE.format(model=schema)}
    return {"required": True, "content": {"application/json": {"schema": reference}}}


def _answers(status: str, schema: str, description: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": REFERENCE.format(model=schema)}}}
    return {status: {"description": description, "content": content}} | {
        "default": {"$ref": "#/components/responses/Problem"}
    }


def _object(required: tuple[str, ...], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": properties}


_TEXT = {"type": "string"}
_OBJECTS = {"type": "array", "items": {"type": "object"}}
_SCHEMAS: dict[str, Any] = {
    "Problem": _object(
        ("type", "title", "status", "detail"),
        type=_TEXT, title=_TEXT, status={"type": "integer"}, detail=_TEXT,
        conflict={"type": "array", "items": {"type": "object"}}, fields={"type": "object"}, saved={},
    ),
    "Receipt": _object(
        ("result", "room", "seq"),
        result={"enum": ["applied", "repeated", "unchanged"]}, room={"type": ["string", "null"]},
        seq={"type": "integer"}, id=_TEXT,
    ),
    "Opened": _object(("key", "cursor"), key=_TEXT, id=_TEXT, cursor=_TEXT),
    "Incidents": _object(("incidents",), incidents=_OBJECTS),
    "Board": _object(
        ("incident", "rooms", "tasks", "runs", "people", "cursor"),
        incident={"type": "object"}, rooms=_OBJECTS, tasks=_OBJECTS, runs=_OBJECTS, people=_OBJECTS, cursor=_TEXT,
    ),
    "Log": _object(("entries", "cursor"), entries=_OBJECTS, cursor=_TEXT),
    "Playbooks": _object(("playbooks",), playbooks=_OBJECTS),
    "PlaybookDocument": {"type": "object"},
}  # fmt: skip
_PATHS: dict[str, Any] = {
    "/incidents": _read("The incidents the caller is in", "Incidents")
    | {
        "post": {
            "operationId": "open-incident",
            "summary": "Open an incident",
            "requestBody": _body("OpenIncident"),
            "responses": _answers("201", "Opened", "opened"),
        }
    },
    "/incidents/{key}": _read("The board as the caller may see it", "Board", _KEY, _AT),
    "/incidents/{key}/log": _read("Entries after a cursor", "Log", _KEY, _AFTER, _LIMIT),
    "/incidents/{key}/live": {
        "get": {
            "summary": "Every change as it happens: one frame a message over a WebSocket, or as server-sent events",
            "parameters": [_KEY, _AFTER],
            "responses": {
                "200": {
                    "description": "a stream of frames, each a JSON object with a type: hello, event, presence, resync",
                    "content": {"text/event-stream": {"schema": {"type": "string"}}},
                },
                "101": {"description": "the same frames over a WebSocket"},
                "default": {"$ref": "#/components/responses/Problem"},
            },
        }
    },
    "/playbooks": _read("The playbook library", "Playbooks"),
    "/playbooks/{slug}": _read("One playbook", "PlaybookDocument", _SLUG),
}
