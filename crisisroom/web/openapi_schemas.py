"""The shapes of the API's answers, for its description. What makes them: `render/board_json.py`, `log/export.py`."""

from __future__ import annotations

from typing import Any

from crisisroom.access.grants import Role

Schema = dict[str, Any]


def reference(name: str) -> Schema:
    """A reference to one of the schemas."""
    return {"$ref": f"#/components/schemas/{name}"}


def _object(**properties: Schema) -> Schema:
    """An object that always has all of these."""
    return {"type": "object", "required": list(properties), "properties": properties}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _one_of(*values: str) -> Schema:
    return {"type": "string", "enum": list(values)}


_TEXT: Schema = {"type": "string"}
_ID: Schema = {"type": "string", "format": "uuid"}
_TIME: Schema = {"type": "string", "format": "date-time"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_YES_NO: Schema = {"type": "boolean"}
_FREE: Schema = {"type": "object"}
_HASH: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_LEVEL = _object(scheme=_TEXT, value=_TEXT)
_WHO = _object(agency=_TEXT, name=_TEXT)
_BY = _object(agency=_TEXT, name=_TEXT, position=_TEXT)
_CLASS = _one_of("disaster", "health", "political", "other")
_TLP = reference("Tlp")
_CURSOR = _TEXT | {"description": "Opaque: a place in the log. Give it as `after`."}
_SUMMARY: dict[str, Schema] = {
    "slug": _TEXT, "title": _TEXT, "crisis_class": _CLASS, "hazard": _TEXT, "version": _TEXT, "items": _COUNT,
}  # fmt: skip

SCHEMAS: dict[str, Schema] = {
    "Problem": {
        "type": "object",
        "description": "A refusal (RFC 9457). `type` is stable; `detail` is a sentence for people.",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": _TEXT, "title": _TEXT, "status": {"type": "integer"}, "detail": _TEXT,
            "fields": _FREE | {"additionalProperties": _TEXT, "description": "What is wrong, by field."},
            "conflict": _list(_object(field=_TEXT, base={}, theirs={}, yours={}, by=_BY)),
            "saved": {"enum": [False, "unknown"]},
            "request_id": _TEXT | {"description": "Where the server's log has more, when the fault is the server's."},
        },
    },
    "Receipt": {
        "type": "object",
        "required": ["result", "room", "seq"],
        "properties": {
            "result": _one_of("applied", "repeated", "unchanged"),
            "room": _or_null(_ID),
            "seq": _COUNT | {"description": "The entry of the room that holds it."},
            "id": _ID | {"description": "What was made or changed."},
        },
    },
    "Opened": _object(key=_TEXT, id=_ID, cursor=_CURSOR),
    "Incidents": _object(incidents=_list(reference("Incident"))),
    "Incident": _object(
        id=_ID, key=_TEXT, title=_TEXT, letter=_TEXT, crisis_class=_CLASS, hazard=_TEXT, area=_TEXT,
        states=_list(_TEXT), severity=_TEXT, level=_or_null(_LEVEL), lead_agency=_TEXT, exercise=_YES_NO,
        opened_at=_TIME, zone=_TEXT, t0=_TIME, t0_label=_TEXT, alert=_or_null(_FREE), leading_run=_or_null(_ID),
        closed_at=_or_null(_TIME), summary=_TEXT,
    ) | {"description": "Outside the main room only its name, T0, zone, opening and closing are told."},
    "Board": _object(
        incident=reference("Incident"), rooms=_list(reference("Room")), tasks=_list(reference("Task")),
        runs=_list(reference("Run")), decisions=_list(reference("Decision")), positions=_list(reference("Position")),
        people=_list(reference("Person")), cursor=_CURSOR,
    ),
    "Room": _object(id=_ID, name=_TEXT, tlp=_TLP, main=_YES_NO, agencies=_list(_TEXT), people=_list(_ID)),
    "Task": _object(
        id=_ID, number=_TEXT, room=_ID, tlp=_TLP, title=_TEXT, lane=reference("Lane"), reason=_TEXT, agency=_TEXT,
        assignee=_or_null(_ID), assignee_name=_TEXT, position=_TEXT, priority=reference("Priority"),
        due=_or_null(_TIME), notes=_TEXT, waits_for=_list(_ID), comments=_COUNT, created_at=_TIME, created_by=_WHO,
        lane_since=_TIME, done_at=_or_null(_TIME), seq=_COUNT,
    ),
    "Run": _object(
        id=_ID, playbook=_TEXT, title=_TEXT, version=_TEXT, digest=_TEXT, room=_ID, leading=_YES_NO, phase=_TEXT,
        anchors=_FREE | {"additionalProperties": _or_null(_TIME)},
        phases=_list(_object(id=_TEXT, name=_TEXT, items=_list(reference("Item")))),
    ),
    "Item": _object(
        id=_ID, ref=_TEXT, text=_TEXT, state=_one_of("open", "done", "skipped"), reason=_TEXT, agency=_TEXT,
        position=_TEXT, due=_or_null(_TIME), anchor=_TEXT, offset=_TEXT, depends=_list(_ID), decision=_YES_NO,
        trigger=_TEXT, source=_TEXT, by=_or_null(_WHO), at=_or_null(_TIME),
    ),
    "Decision": _object(
        id=_ID, number=_COUNT, room=_ID, decision=_TEXT, reason=_TEXT, options=_list(_TEXT), by=_WHO, at=_TIME
    ),
    "Position": _object(id=_ID, position=_TEXT, person=_ID, name=_TEXT, agency=_TEXT, since=_TIME),
    "Person": _object(id=_ID, name=_TEXT, agency=_TEXT, role=_one_of(*Role)),
    "Log": _object(entries=_list(reference("Entry")), cursor=_CURSOR),
    "Entry": _object(
        room=_ID, seq=_COUNT, prev_hash=_HASH, hash=_HASH, event=_TEXT, at=_TIME, by=_BY, data=_FREE
    ),
    "Playbooks": _object(playbooks=_list(_object(**_SUMMARY))),
    "Playbook": _object(**_SUMMARY, digest=_TEXT, phases=_list(_FREE)),
}  # fmt: skip
