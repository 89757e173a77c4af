"""Reading what was sent: JSON with limits, and forms turned into the same fields."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, get_args
from uuid import UUID

from pydantic import BaseModel
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request

from crisisroom.commanding.command import Command
from crisisroom.core.errors import BadInput, Malformed, TooLarge

MAX_DEPTH = 20
MAX_FIELDS = 300
MAX_PART = 64 * 1024
KEY = "Idempotency-Key"
# Fields of a form that are about the form itself.
OWN = frozenset({"idempotency_key", "next"})


async def read_json(request: Request) -> dict[str, Any]:
    """The JSON object sent. Raises Malformed for half or other JSON, TooLarge, BadInput if it is no object."""
    try:
        body = await request.body()
    except HTTPException as error:
        raise TooLarge("This is larger than this address takes. Nothing was changed.") from error
    try:
        value = json.loads(body, parse_constant=_refuse_constant) if body.strip() else {}
        _check_depth(value)
    except (ValueError, RecursionError):
        raise Malformed("The body is not complete, valid JSON. Nothing was changed.") from None
    if not isinstance(value, dict):
        raise BadInput("Send a JSON object. Nothing was changed.", "body")
    return value


def read_at(request: Request) -> str:
    """The moment an address asks for; in `?at=T+6:00` as people type it, the plus has come as a space."""
    return re.sub(r"^([Tt]) (?=\d)", r"\1+", request.query_params.get("at", "").strip())


async def read_form(request: Request) -> FormData:
    """The form sent, within limits."""
    try:
        return await request.form(max_files=1, max_fields=MAX_FIELDS, max_part_size=MAX_PART)
    except HTTPException as error:
        if error.status_code == 413:
            raise TooLarge("This is larger than this address takes. Nothing was changed.") from None
        raise Malformed("The form could not be read. Nothing was changed.") from None


def read_key(text: str | None, field: str = KEY) -> UUID:
    """The idempotency key of a command. Raises BadInput if it is missing or no UUID."""
    if not text:
        raise BadInput(f"{field} is needed: a UUID of your own, the same each time you send this command.", field)
    try:
        return UUID(text.strip())
    except ValueError:
        raise BadInput(f"{field} must be a UUID.", field) from None


def command_fields(form: FormData, model: type[Command] | None) -> dict[str, Any]:
    """A form's fields as the API would have them: `set.due` is nested, lists repeat, an empty field is left out.

    Below `set` and `base` an empty field stays, as there it means "nothing".
    """
    fields: dict[str, Any] = {}
    lists = set(list_fields(model)) if model else set()
    for name in dict.fromkeys(form):
        if name in OWN:
            continue
        values = [value for value in form.getlist(name) if isinstance(value, str)]
        *path, last = name.split(".")
        if name in lists or (path == ["base"] and f"set.{last}" in lists):
            value: Any = [value.strip() for value in values if value.strip()]
        else:
            value = values[-1] if values else ""
        if value == "" and not path and _may_be_left_out(model, last):
            continue
        target = fields
        for part in path[:MAX_DEPTH]:
            target = target.setdefault(part, {})
            if not isinstance(target, dict):
                raise BadInput(f"{name} stands beside a field of the same name.", name)
        target[last] = value
    _choose_nothing(fields, lists)
    return fields


def _choose_nothing(fields: dict[str, Any], lists: set[str]) -> None:
    """A list of choices with none chosen is not sent at all; its base shows that the form had it."""
    base = fields.get("base")
    for name in base if isinstance(base, dict) else ():
        if f"set.{name}" in lists and isinstance(fields.setdefault("set", {}), dict):
            fields["set"].setdefault(name, [])


def list_fields(model: type[BaseModel], prefix: str = "") -> Iterable[str]:
    """Names of the fields that hold lists, dotted."""
    for name, field in model.model_fields.items():
        annotation = field.annotation
        kinds = [annotation, *get_args(annotation)]
        for kind in kinds:
            origin = getattr(kind, "__origin__", kind)
            if origin is list:
                yield prefix + name
            elif isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from list_fields(kind, f"{prefix}{name}.")


def _may_be_left_out(model: type[Command] | None, name: str) -> bool:
    """Whether an empty field means "as it is"; for an assignment it means "nobody"."""
    if model is None or name not in model.model_fields:
        return True
    return model.wire_name != "assign-task"


def _refuse_constant(text: str) -> None:
    raise ValueError(text)


def _check_depth(value: Any, depth: int = 0) -> None:
    if depth > MAX_DEPTH:
        raise ValueError("too deep")
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _check_depth(inner, depth + 1)
