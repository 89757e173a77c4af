"""Setting the level of an incident: a scheme and a value, never a bare number."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar
from uuid import UUID

from crisisroom.access.policy import Permission
from crisisroom.commanding.command import Command, Outcome, command, handles, unchanged
from crisisroom.commanding.scene import Scene
from crisisroom.core.texts import Line
from crisisroom.incidents.models import Incident, incident_of
from crisisroom.log.event import Event, Stamp, event
from crisisroom.log.rows import Row
from crisisroom.log.snapshot import Rows


@event("level.set")
class LevelSet(Event):
    """The incident's level was set."""

    subject: ClassVar[str] = "incident"
    incident: UUID
    scheme: str
    value: str
    was_scheme: str
    was_value: str

    def apply(self, rows: Rows, stamp: Stamp) -> Iterable[Row]:
        incident = rows.get(Incident, self.incident)
        assert incident is not None  # noqa: S101
        yield incident.but(level_scheme=self.scheme, level_value=self.value, seq=stamp.seq)

    def regions(self) -> Iterable[str]:
        return ("header",)

    @classmethod
    def sample(cls) -> Event:
        return cls(incident=UUID(int=1), scheme="CDEMA", value="III", was_scheme="CDEMA", was_value="II")


@command("set-level", Permission.LEVEL_SET)
class SetLevel(Command):
    """Set the level, for example CDEMA Level III (Regional Response Mechanism) or an IHR risk level."""

    scheme: Line
    value: Line

    @classmethod
    def sample(cls) -> Command:
        return cls(scheme="CDEMA", value="III")


@handles(SetLevel)
def set_level(command: SetLevel, scene: Scene) -> Outcome:
    """The level it has already is left as it is."""
    incident = incident_of(scene.state)
    scene.room(incident.room)
    if (command.scheme, command.value) == (incident.level_scheme, incident.level_value):
        return unchanged(incident)
    level = LevelSet(
        incident=incident.id, scheme=command.scheme, value=command.value,
        was_scheme=incident.level_scheme, was_value=incident.level_value,
    )  # fmt: skip
    return Outcome([(incident.room, level)])
