"""What a change of a task was based on: a value that somebody else has set meanwhile is never overwritten unasked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from crisisroom.access.directory import Directory
from crisisroom.commanding.scene import Scene
from crisisroom.core.errors import BadInput, Conflict, FieldConflict
from crisisroom.core.texts import plain_ends
from crisisroom.core.times import rfc3339
from crisisroom.incidents.due import read_due
from crisisroom.incidents.models import incident_of
from crisisroom.tasks.models import Task
from crisisroom.tasks.touching import set_by


def refuse_stale(
    scene: Scene, task: Task, base: Mapping[str, Any], given: Mapping[str, Any], wanted: Mapping[str, Any]
) -> None:
    """Raise Conflict over each field that would overwrite what its writer has not seen.

    `base` is what the writer saw, `given` what they sent, `wanted` what that comes to: a person brings their agency
    along, another agency takes the task from its person. Of a field that is not in the base its writer has seen what
    the task began with and what they set themselves. With no base at all they mean what they give, whatever it was.
    """
    conflicts = [
        FieldConflict(field, base.get(field), was, given.get(field, now), set_by(task, field))
        for field, now in wanted.items()
        if (was := as_json(getattr(task, field))) != now
        and field != "assignee_name"  # goes with the person
        and not _has_seen(scene, task, base, field, was, is_given=field in given)
    ]
    if conflicts:
        raise Conflict(conflicts)


def as_json(value: Any) -> Any:
    """A field's value as the log keeps it."""
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, list):
        return [str(one) for one in value]
    return str(value) if isinstance(value, UUID) else value


def _has_seen(scene: Scene, task: Task, base: Mapping[str, Any], field: str, was: Any, *, is_given: bool) -> bool:
    if field in base:
        return _same(field, base[field], was, scene)
    setter = task.touched.get(field)
    return (is_given and not base) or setter is None or setter["person"] == str(scene.grant.actor.id or "")


def _same(field: str, base: Any, current: Any, scene: Scene) -> bool:
    """Whether a base value means the current one, however it was written."""
    if isinstance(base, str):
        base = _as_kept(field, plain_ends(base.strip()), scene)
    if field == "waits_for" and isinstance(base, list):
        return {str(one) for one in base} == set(current)
    return (base or None) == (current or None)


def _as_kept(field: str, text: str, scene: Scene) -> Any:
    if field == "due":
        try:
            return as_json(read_due(text, incident_of(scene.state), scene.now))
        except BadInput:
            return text
    if field == "assignee":
        people = scene.reference(Directory).people.items()
        return next((str(id) for id, one in people if text.lower() in (str(id), one.email)), text)
    if field == "tlp":
        return f"TLP:{text.upper().removeprefix('TLP:')}"
    return text.upper() if field == "agency" else text
