"""Opening an incident: from nothing to a board with a main room."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, Field, field_validator

from crisisroom.access.directory import Directory
from crisisroom.access.policy import Permission
from crisisroom.access.rooms import Room
from crisisroom.commanding.command import Command, Outcome, command, handles, prepares
from crisisroom.commanding.scene import Scene
from crisisroom.core.errors import BadInput, NotFound
from crisisroom.core.markings import AnyTlp, Tlp
from crisisroom.core.states import HOME_ZONE, STATES, in_text
from crisisroom.core.texts import Line, OptionalLine
from crisisroom.core.times import read_instant, rfc3339
from crisisroom.db import Connection
from crisisroom.incidents.models import CrisisClass, Incident
from crisisroom.incidents.queries import keys_like
from crisisroom.incidents.rooms import RoomOpened
from crisisroom.log.event import Event, Stamp, event
from crisisroom.log.rows import Row
from crisisroom.log.snapshot import Rows

MAIN_ROOM = "Main room"
MAX_LISTED = 60
MAX_NAME = 60
MAX_ALERT = 20_000
# After so many syllables that are taken as well, a key gets one more.
TRIES = 8
_SYLLABLES = tuple(f"{consonant}{vowel}" for consonant in "bdfgklmnprstvz" for vowel in "aeiou")
# Words that say what kind of emergency it is, not which one.
_COMMON = frozenset(
    "a alert and at case contested crisis cyclone disaster drill earthquake election emergency event exercise fever "
    "flood flooding for from hurricane importation in incident landslide of off on or outbreak response storm the to "
    "tropical tsunami volcano warning watch with".split()
)


class Level(BaseModel, extra="forbid", frozen=True):
    """A level is a scheme and a value, such as "CDEMA" and "III"; never a bare number."""

    scheme: Line
    value: Line


@event("incident.opened")
class IncidentOpened(Event):
    """An incident was opened."""

    subject: ClassVar[str] = "incident"
    incident: UUID
    key: str
    title: str
    letter: str
    crisis_class: CrisisClass
    hazard: str
    area: str
    states: list[str]
    severity: str
    level_scheme: str
    level_value: str
    lead_agency: str
    exercise: bool
    zone: str
    t0: datetime
    t0_label: str
    alert: dict[str, Any] | None

    def apply(self, rows: Rows, stamp: Stamp) -> Iterable[Row]:
        fields = self.model_dump(exclude={"incident"})
        yield Incident(
            id=self.incident, book=stamp.book, room=stamp.room, seq=stamp.seq,
            opened_at=stamp.at, opened_by=stamp.by.person, **fields,
        )  # fmt: skip

    def regions(self) -> Iterable[str]:
        return ("header",)

    @classmethod
    def sample(cls) -> Event:
        return cls(
            incident=UUID(int=1), key="elena-26", title="Hurricane Elena", letter="E", crisis_class="disaster",
            hazard="hurricane", area="Windward Islands", states=["LC", "DM"], severity="", level_scheme="CDEMA",
            level_value="III", lead_agency="CDEMA", exercise=True, zone="America/St_Lucia",
            t0="2026-09-10T02:30:00Z", t0_label="landfall", alert=None,
        )  # fmt: skip


@command("open-incident", Permission.INCIDENT_OPEN)
class OpenIncident(Command):
    """Open an incident with its main room. The actor's agency and the lead agency are in it from the start."""

    opens_book: ClassVar[bool] = True
    title: Line
    crisis_class: CrisisClass
    hazard: OptionalLine = ""
    area: OptionalLine = ""
    states: Annotated[list[str], Field(max_length=MAX_LISTED)] = []
    severity: OptionalLine = ""
    level: Level | None = None
    lead_agency: Line
    agencies: Annotated[list[Line], Field(max_length=MAX_LISTED)] = []
    exercise: bool = False
    tlp: AnyTlp = Tlp.AMBER
    t0: datetime | None = None
    t0_label: OptionalLine = ""
    alert: dict[str, Any] | None = None

    @field_validator("states")
    @classmethod
    def _states(cls, states: list[str]) -> list[str]:
        return list(dict.fromkeys(read_state(state) for state in states))

    @field_validator("t0", mode="before")
    @classmethod
    def _t0(cls, value: object) -> object:
        return value if value is None or isinstance(value, datetime) else read_instant(value)

    @field_validator("alert")
    @classmethod
    def _alert(cls, alert: dict[str, Any] | None) -> dict[str, Any] | None:
        if alert is not None and len(json.dumps(alert)) > MAX_ALERT:
            raise ValueError("is larger than an alert's identity")
        return alert

    @classmethod
    def sample(cls) -> Command:
        return cls(title="Hurricane Elena", crisis_class=CrisisClass.DISASTER, lead_agency="CDEMA", exercise=True)


@prepares(OpenIncident)
async def taken_keys(command: OpenIncident, connection: Connection) -> Collection[str]:
    """The keys that incidents with such a title have already."""
    return await keys_like(connection, key_stem(command.title))


@handles(OpenIncident)
def open_incident(command: OpenIncident, scene: Scene) -> Outcome:
    """Refuse unknown agencies; make a key that can be spoken over a radio."""
    if scene.state.rows(Room):
        raise NotFound  # something else's book
    directory = scene.reference(Directory)
    actor = scene.grant.actor
    lead = directory.agency(command.lead_agency, "lead_agency")
    invited = [directory.agency(code, "agencies") for code in command.agencies]
    agencies = list(dict.fromkeys(code for code in (lead, actor.agency, *invited) if code))
    if command.tlp is Tlp.RED:
        raise BadInput("TLP:RED is for named people only; open the incident wider, and a room for them.", "tlp")
    if command.tlp is Tlp.AMBER_STRICT and len(agencies) > 1:
        raise BadInput(f"{command.tlp.value} cannot be shared by several agencies; open it as TLP:AMBER.", "tlp")
    if not command.exercise and (status := (command.alert or {}).get("status", "Actual")) != "Actual":
        raise BadInput(f"The alert's status is {str(status)[:20]}, not Actual: it opens an exercise only.", "exercise")
    stem = key_stem(command.title)
    room = scene.new_id()
    opened = IncidentOpened(
        incident=scene.book,
        key=free_key(f"{stem}-{scene.now:%y}", scene.prepared or (), scene.new_id),
        title=command.title,
        letter=letter_of(stem),
        crisis_class=command.crisis_class,
        hazard=command.hazard,
        area=command.area,
        states=command.states,
        severity=command.severity,
        level_scheme=command.level.scheme if command.level else "",
        level_value=command.level.value if command.level else "",
        lead_agency=lead,
        exercise=command.exercise,
        zone=zone_of(command.states),
        t0=read_instant(rfc3339(command.t0)) if command.t0 else scene.now,
        t0_label=command.t0_label or ("T0" if command.t0 else "opening"),
        alert=command.alert,
    )
    shared = RoomOpened(
        opened=room, name=MAIN_ROOM, tlp=command.tlp, main=True, agencies=agencies, people=[], lead_agency=lead
    )
    return Outcome([(room, opened), (room, shared)])


def read_state(text: str) -> str:
    """The ISO code of a state given by code or name. Another name, such as an exercise state's, stays as it is."""
    given = text.strip()
    if given.upper() in STATES:
        return given.upper()
    if named := in_text(given):
        return named[0]
    if not 3 < len(given) <= MAX_NAME:
        raise ValueError(f"{text[:MAX_NAME]!r} is not a state or territory of the region")
    return given


def zone_of(states: Iterable[str]) -> str:
    """The time zone of the first state that has one here."""
    return next((STATES[state].zone for state in states if state in STATES), HOME_ZONE)


def key_stem(title: str) -> str:
    """The word of a title that tells this emergency from others: `elena` for "Hurricane Elena"."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z]+", plain)
    telling = [word for word in words if word not in _COMMON and len(word) > 1] or words or ["incident"]
    return str(telling[0][:14])


def letter_of(stem: str) -> str:
    """The letter its task numbers begin with; never T, which would read like an offset from T0."""
    return next((letter for letter in stem.upper() if letter.isalpha() and letter != "T"), "X")


def free_key(wanted: str, taken: Collection[str], new_id: Callable[[], UUID]) -> str:
    """`wanted`, or with a syllable by chance where another incident has it: `elena-26-ko`.

    A key must be short and unlike every other, so that one exists cannot be hidden from who opens another of the same
    name. How many there are, and when they were opened, can: a syllable tells nothing of either, as a number would.
    """
    key, tries = wanted, 0
    while key in taken:
        key = f"{wanted}-{_syllables(new_id().int, 1 + tries // TRIES)}"
        tries += 1
    return key


def _syllables(chance: int, count: int) -> str:
    """So many syllables, from an id's random end."""
    text = ""
    for _ in range(count):
        chance, syllable = divmod(chance, len(_SYLLABLES))
        text += _SYLLABLES[syllable]
    return text
