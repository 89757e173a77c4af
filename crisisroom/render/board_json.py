"""The board as JSON: the same for everybody in the same rooms, whenever they ask."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from crisisroom.access.directory import Directory, Member
from crisisroom.access.positions import Position
from crisisroom.access.rooms import Room
from crisisroom.core.times import rfc3339
from crisisroom.incidents.models import Incident, incident_for
from crisisroom.incidents.numbers import spoken
from crisisroom.journal.models import Decision
from crisisroom.log.cursor import Cursor
from crisisroom.log.snapshot import Snapshot
from crisisroom.playbooks.models import Item, Run
from crisisroom.tasks.models import Comment, Task


def board_json(snapshot: Snapshot, rooms: frozenset[UUID], directory: Directory, cursor: Cursor) -> dict[str, Any]:
    """Everything the members of these rooms see of an incident."""
    incident = incident_for(snapshot, rooms)
    inside = sorted(
        (room for room in snapshot.rows(Room).values() if room.id in rooms), key=lambda room: (not room.main, room.id)
    )
    tasks = sorted(
        (task for task in snapshot.rows(Task).values() if task.room in rooms and not task.gone),
        key=lambda task: (str(task.room), task.number),
    )
    comments: dict[UUID, int] = {}
    for comment in snapshot.rows(Comment).values():
        comments[comment.task] = comments.get(comment.task, 0) + 1
    runs = sorted(
        (run for run in snapshot.rows(Run).values() if run.room in rooms), key=lambda run: (run.activated_at, run.id)
    )
    decisions = (one for one in snapshot.rows(Decision).values() if one.room in rooms and not one.gone)
    positions = (one for one in snapshot.rows(Position).values() if one.room in rooms)
    return {
        "incident": incident_json(incident),
        "rooms": [_room(room) for room in inside],
        "tasks": [_task(task, incident, comments.get(task.id, 0)) for task in tasks],
        "runs": [_run(run, snapshot, leading=run.id == incident.leading_run) for run in runs],
        "decisions": [_decision(one) for one in sorted(decisions, key=lambda one: (str(one.room), one.number))],
        "positions": [_position(one) for one in sorted(positions, key=lambda one: one.name)],
        "people": [_person(member) for member in people_in(directory, inside)],
        "cursor": str(cursor),
    }


def incident_json(incident: Incident) -> dict[str, Any]:
    """An incident's own facts."""
    level = {"scheme": incident.level_scheme, "value": incident.level_value} if incident.level_value else None
    return {
        "id": str(incident.id),
        "key": incident.key,
        "title": incident.title,
        "letter": incident.letter,
        "crisis_class": incident.crisis_class.value,
        "hazard": incident.hazard,
        "area": incident.area,
        "states": incident.states,
        "severity": incident.severity,
        "level": level,
        "lead_agency": incident.lead_agency,
        "exercise": incident.exercise,
        "opened_at": _time(incident.opened_at),
        "zone": incident.zone,
        "t0": _time(incident.t0),
        "t0_label": incident.t0_label,
        "alert": incident.alert,
        "leading_run": _id(incident.leading_run),
        "closed_at": _time(incident.closed_at),
        "summary": incident.summary,
    }


def people_in(directory: Directory, rooms: Iterable[Room]) -> list[Member]:
    """The people of the directory who are in one of these rooms."""
    inside = list(rooms)
    return sorted(
        (
            member
            for id, member in directory.people.items()
            if not member.disabled and any(member.actor.agency in room.agencies or id in room.people for room in inside)
        ),
        key=lambda member: (member.actor.agency, member.actor.name, member.email),
    )


def _room(room: Room) -> dict[str, Any]:
    return {
        "id": str(room.id),
        "name": room.name,
        "tlp": room.tlp.value,
        "main": room.main,
        "agencies": room.agencies,
        "people": [str(person) for person in room.people],
    }


def _task(task: Task, incident: Incident, comments: int) -> dict[str, Any]:
    return {
        "id": str(task.id),
        "number": spoken(incident, task.number),
        "room": str(task.room),
        "tlp": task.tlp.value,
        "title": task.title,
        "lane": task.lane.value,
        "reason": task.reason,
        "agency": task.agency,
        "assignee": _id(task.assignee),
        "assignee_name": task.assignee_name,
        "position": task.position,
        "priority": task.priority.value,
        "due": _time(task.due),
        "notes": task.notes,
        "waits_for": [str(one) for one in task.waits_for],
        "comments": comments,
        "created_at": _time(task.created_at),
        "created_by": {"agency": task.created_agency, "name": task.created_name},
        "lane_since": _time(task.lane_since),
        "done_at": _time(task.done_at),
        "seq": task.seq,
    }


def _run(run: Run, snapshot: Snapshot, *, leading: bool) -> dict[str, Any]:
    items = sorted((item for item in snapshot.rows(Item).values() if item.run == run.id), key=lambda item: item.place)
    return {
        "id": str(run.id),
        "playbook": run.playbook,
        "title": run.title,
        "version": run.version,
        "digest": run.digest,
        "room": str(run.room),
        "leading": leading,
        "phase": run.phase,
        "anchors": {name: _time(moment) for name, moment in run.anchors.items()},
        "phases": [
            {**phase, "items": [_item(item) for item in items if item.phase == phase["id"]]} for phase in run.phases
        ],
    }


def _item(item: Item) -> dict[str, Any]:
    return {
        "id": str(item.id),
        "ref": item.ref,
        "text": item.text,
        "state": item.state.value,
        "reason": item.reason,
        "agency": item.agency,
        "position": item.position,
        "due": _time(item.due),
        "anchor": item.anchor,
        "offset": item.offset,
        "depends": [str(one) for one in item.depends],
        "decision": item.decision,
        "trigger": item.trigger,
        "source": item.source,
        "by": {"agency": item.by_agency, "name": item.by_name} if item.by_name else None,
        "at": _time(item.at),
    }


def _decision(decision: Decision) -> dict[str, Any]:
    return {
        "id": str(decision.id),
        "number": decision.number,
        "room": str(decision.room),
        "decision": decision.text,
        "reason": decision.reason,
        "options": decision.options,
        "by": {"agency": decision.agency, "name": decision.name},
        "at": _time(decision.at),
    }


def _position(position: Position) -> dict[str, Any]:
    return {
        "id": str(position.id),
        "position": position.name,
        "person": str(position.person),
        "name": position.person_name,
        "agency": position.agency,
        "since": _time(position.since),
    }


def _person(member: Member) -> dict[str, Any]:
    actor = member.actor
    return {"id": str(actor.id), "name": actor.name, "agency": actor.agency, "role": actor.role.value}


def _time(moment: datetime | None) -> str | None:
    return rfc3339(moment) if moment else None


def _id(id: UUID | None) -> str | None:
    return str(id) if id else None
