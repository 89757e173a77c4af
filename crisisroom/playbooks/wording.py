"""Turns what the schema finds wrong into sentences that say what to do."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from .yaml_tree import Path, Unquoted


def explain(error: ErrorDetails, model: type[BaseModel]) -> str:
    """One sentence or two for one error; `model` is the schema of the thing that holds the field in question."""
    name, given, context = field_name(error["loc"]), error["input"], error.get("ctx", {})
    if not name:
        return "A playbook starts with fields such as `slug: hurricane`: write them at the margin."
    match error["type"]:
        case "missing":
            return f"Add `{name}`: {model.model_fields[name].description}."
        case "extra_forbidden":
            return _unknown(name, model)
        case "string_type":
            return _not_text(name, given)
        case "value_error":
            return f"`{name}` {context['error']}."
        case kind if kind in _ADVICE:
            return _ADVICE[kind].format(name=name, **context)
    return f"Correct `{name}`: {error['msg']}."


_FIELDS = "Write `{name}` as fields: one line each, with a name, a colon and a space."
_ADVICE = {
    "bool_type": "Write `{name}` as true or false, without quotes.",
    "tuple_type": "Make `{name}` a list: one line each, with a hyphen and a space before it.",
    "dict_type": _FIELDS,
    "model_type": _FIELDS,
    "literal_error": "Write `{name}` as one of these: {expected}.",
    "too_long": "Keep `{name}` to at most {max_length} entries.",
}


def field_name(path: Path) -> str:
    """The last name in a path: of a list's entry, the list's; pydantic's marks for keys are left out."""
    return next((part for part in reversed(path) if isinstance(part, str) and part != "[key]"), "")


def _unknown(name: str, model: type[BaseModel]) -> str:
    near = get_close_matches(name, model.model_fields, n=1)
    if near:
        return f"There is no field `{name}`: did you mean `{near[0]}`?"
    return f"Remove `{name}`: the fields here are {', '.join(model.model_fields)}."


def _not_text(name: str, given: Any) -> str:
    if isinstance(given, Unquoted):
        return f'Put quotes around the value of `{name}`: "{given.text}".'
    if isinstance(given, bool):
        return f"Put quotes around the value of `{name}`: without them YAML reads yes, no, on and off as true or false."
    if given is None:
        return f"Write something after `{name}:`, or remove the line."
    return f"Write `{name}` as one text, not as a list or fields."
