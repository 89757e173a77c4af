"""Closing an incident: from then on its board and log can only be read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar
from uuid import UUID

from crisisroom.access.policy import Permission
from crisisroom.access.rooms import main_room
from crisisroom.commanding.command import Command, Outcome, command, handles
from crisisroom.commanding.scene import Scene
from crisisroom.core.texts import Prose
from crisisroom.incidents.models import Incident, incident_of
from crisisroom.log.event import Event, Stamp, event
from crisisroom.log.rows import Row
from crisisroom.log.snapshot import Rows


@event("incident.closed")
class IncidentClosed(Event):
    """The incident was closed."""

    subject: ClassVar[str] = "incident"
    incident: UUID
    summary: str

    def apply(self, rows: Rows, stamp: Stamp) -> Iterable[Row]:
        incident = rows.get(Incident, self.incident)
        assert incident is not None  # noqa: S101
        yield incident.but(closed_at=stamp.at, summary=self.summary, seq=stamp.seq)
        yield main_room(rows).but(closed=True, seq=stamp.seq)

    def regions(self) -> Iterable[str]:
        return ("board",)  # every form goes

    @classmethod
    def sample(cls) -> Event:
        return cls(incident=UUID(int=1), summary="No unmet life-saving request for 72 h.")


@command("close-incident", Permission.INCIDENT_CLOSE)
class CloseIncident(Command):
    """Close the incident with a summary. What is open then stays open in the record."""

    summary: Prose

    @classmethod
    def sample(cls) -> Command:
        return cls(summary="No unmet life-saving request for 72 h.")


@handles(CloseIncident)
def close_incident(command: CloseIncident, scene: Scene) -> Outcome:
    """Nothing else can be written after this entry, in any room."""
    incident = incident_of(scene.state)
    scene.room(incident.room)
    return Outcome([(incident.room, IncidentClosed(incident=incident.id, summary=command.summary))])
