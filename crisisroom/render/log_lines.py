"""Log entries as sentences. `templates/log/<event>.html` holds one sentence an event; none is ever stored.

A sentence template has: `data` (the typed event), `record` (the whole entry), `incident`, `t0`, `zone`, and
`number(n)`, which links a task number of the entry's room (`E-131`); `number(n, id)` another task than the entry's own.
"""

from __future__ import annotations

from jinja2 import Environment
from markupsafe import Markup

from crisisroom.access.rooms import Room
from crisisroom.incidents.models import Incident, incident_of
from crisisroom.incidents.numbers import spoken
from crisisroom.log.record import Record
from crisisroom.log.snapshot import Snapshot
from crisisroom.render.kept import kept


def draw_entry(env: Environment, snapshot: Snapshot, record: Record) -> str:
    """The live region of an entry: `<li id="entry-…">`."""
    incident = incident_of(snapshot)
    room = _other_room(snapshot, record)
    return kept(env).get(
        f"entry:{record.room}:{record.seq}",
        (record, room, incident),
        lambda: env.get_template("board/_entry.html").render(
            record=record,
            by=record.by,
            room=room,
            sentence=sentence_html(env, snapshot, record),
            t0=incident.t0,
            zone=incident.zone,
        ),
    )


def sentence_html(env: Environment, snapshot: Snapshot, record: Record) -> Markup:
    """What happened, as HTML."""
    incident = incident_of(snapshot)
    room = _other_room(snapshot, record)
    return kept(env).get(
        f"sentence:{record.room}:{record.seq}",
        (record, room, incident),
        lambda: (
            env.get_template(f"log/{record.event}.html")
            .render(
                data=record.data,
                record=record,
                incident=incident,
                t0=incident.t0,
                zone=incident.zone,
                number=lambda number, id=None: _task_link(incident, record, number, id, by_id=room is not None),
            )
            .strip()
        ),
    )


def sentence(env: Environment, snapshot: Snapshot, record: Record) -> str:
    """What happened, as plain text for exports."""
    html = sentence_html(env, snapshot, record)
    return Markup(html.replace("<q>", "“").replace("</q>", "”")).striptags()  # noqa: S704


def _other_room(snapshot: Snapshot, record: Record) -> Room | None:
    """The entry's room, unless it is the main one, which needs no name."""
    room = snapshot.get(Room, record.room)
    return None if room is None or room.main else room


def _task_link(incident: Incident, record: Record, number: int, id: str | None, *, by_id: bool) -> Markup:
    # Each room counts its own tasks, so outside the main room only the id says which one is meant.
    task = id or getattr(record.data, "task", None)
    name = spoken(incident, number)
    return Markup('<a href="/i/{}/t/{}">{}</a>').format(incident.key, task if by_id and task else name, name)
