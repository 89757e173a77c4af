"""A small incident made of real commands and events, without a database: what pages are drawn from in these tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from uuid import UUID

import crisisroom.features  # noqa: F401 - registers commands and events
from crisisroom.access.directory import Directory, Member
from crisisroom.access.grants import Actor, Role, grant_for
from crisisroom.access.rooms import main_room
from crisisroom.commanding.command import Command, Outcome, handler_of, read_command
from crisisroom.commanding.scene import Scene
from crisisroom.incidents.models import incident_of
from crisisroom.log.event import Event, Stamp
from crisisroom.log.record import Record, write_record
from crisisroom.log.snapshot import Snapshot
from crisisroom.playbooks.library import Library

T0 = datetime(2026, 9, 10, 2, 30, tzinfo=UTC)
BOOK = UUID(int=0xB00C)
LIBRARY = Library.load([Path(__file__).resolve().parents[2] / "playbooks"])


def somebody(number: int, name: str, agency: str, role: Role = Role.COORDINATOR) -> Actor:
    """An invented person."""
    return Actor(UUID(int=0xA000 + number), name, agency, role)


REGIS = somebody(1, "Maya Regis", "CDEMA")
BAPTISTE = somebody(2, "Kevin Baptiste", "CDEMA", Role.OFFICER)
DANIEL = somebody(3, "Elias Daniel", "RSS")
WILSON = somebody(4, "Sarah Wilson", "CARPHA")
NOEL = somebody(5, "Theo Noel", "IMPACS")
PEOPLE = (REGIS, BAPTISTE, DANIEL, WILSON, NOEL)
DIRECTORY = Directory(
    {
        actor.id: Member(actor, f"{actor.name.split()[0].lower()}@{actor.agency.lower()}.example")
        for actor in PEOPLE
        if actor.id
    }
)


class Storyline:
    """An incident that goes on one command at a time."""

    def __init__(self, at: datetime = T0 - timedelta(hours=60), title: str = "Hurricane Elena") -> None:
        self.snapshot = Snapshot(BOOK)
        self.records: list[Record] = []
        self.now = at
        self._ids = count(0x1000)
        self.do(
            "open-incident", REGIS, title=title, crisis_class="disaster", hazard="hurricane", states=["LC", "DM"],
            level={"scheme": "CDEMA", "value": "II"}, lead_agency="CDEMA", agencies=["RSS", "CARPHA", "IMPACS"],
        )  # fmt: skip

    @property
    def main(self) -> UUID:
        """The main room."""
        return main_room(self.snapshot).id

    @property
    def incident(self):
        """The incident as it is now."""
        return incident_of(self.snapshot)

    def new_id(self) -> UUID:
        """The next id."""
        return UUID(int=next(self._ids))

    def wait(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)

    def at(self, hours: float) -> None:
        """Go to so many hours after T0."""
        self.now = T0 + timedelta(hours=hours)

    def do(self, name: str, by: Actor, /, **fields: object) -> Outcome:
        """Carry out one command."""
        command: Command = read_command(name, fields)
        scene = Scene(
            BOOK, self.snapshot, grant_for(by, self.snapshot), self.now, self.new_id,
            {Directory: DIRECTORY, Library: LIBRARY}, (),
        )  # fmt: skip
        outcome = handler_of(type(command))(command, scene)
        for room, event in outcome.events:
            self.write(event, by, room)
        return outcome

    def write(self, event: Event, by: Actor, room: UUID | None = None) -> Record:
        """Append one event as it is."""
        room = room or self.main
        head = self.snapshot.head(room)
        record = write_record(
            Stamp(BOOK, room, head.seq + 1, self.now, grant_for(by, self.snapshot).by(room)), event,
            position=self.snapshot.position + 1, prev_hash=head.hash, salt="00" * 16, key=None, command=None,
        )  # fmt: skip
        self.snapshot.advance(record)
        self.records.append(record)
        return record


def hurricane() -> Storyline:
    """Hurricane Elena from sixty hours before landfall to fourteen after."""
    story = Storyline()
    story.do("activate-playbook", REGIS, playbook="hurricane", anchors={"onset": "2026-09-10T02:30:00Z"})
    story.wait(minutes=12)
    story.do("fill-position", REGIS, position="CU duty officer", person="kevin@cdema.example")
    story.do("fill-position", REGIS, position="JRCC desk officer", person="theo@impacs.example")
    _tick(story, BAPTISTE, ["track-outlook", "open-board", "notify-and-set-times"])
    story.at(-36)
    story.do("advance-phase", REGIS, phase=LIBRARY.get("hurricane").phases[2].id)  # type: ignore[union-attr]
    story.at(0.5)
    story.do("add-task", REGIS, quick="Deploy assessment team to Roseau and Portsmouth @CDEMA !critical due T+12:00")
    story.do("add-task", DANIEL, quick="Air reconnaissance, Dominica west coast @RSS !high due T+15:00")
    story.do("add-task", WILSON, quick="Hospital status, all 4 facilities @CARPHA !high due T+13:00")
    story.do("add-task", REGIS, quick="Clear debris from Hewanorra runway @CDEMA !critical due T+14:30")
    story.wait(hours=2)
    story.do("assign-task", REGIS, task="E-1", assignee="kevin@cdema.example")
    story.do("move-task", BAPTISTE, task="E-1", lane="doing")
    story.do("assign-task", DANIEL, task="E-2", assignee="elias@rss.example")
    story.do("move-task", DANIEL, task="E-2", lane="doing")
    story.at(6)
    story.do("set-level", REGIS, scheme="CDEMA", value="III")
    story.do(
        "record-decision", REGIS, decision="Airlift first to Roseau, then Portsmouth.", reason="Road cut at Layou.",
        options=["Wait for the road", "Sea lift from Castries"],
    )  # fmt: skip
    story.at(13.1)
    story.do("write-entry", DANIEL, text="Sortie 3 airborne 16:09 UTC. Cloud base 900 ft.")
    story.do("comment-task", DANIEL, task="E-2", text="West coast imaged to Colihaut.")
    story.do("move-task", REGIS, task="E-4", lane="blocked", reason="needs 2 loaders")
    story.do("edit-task", WILSON, task="E-3", set={"due": "T+13:30"}, base={"due": "2026-09-10T15:30:00Z"})
    story.do("move-task", BAPTISTE, task="E-1", lane="done")
    story.at(14)
    story.do("record-decision", REGIS, decision="Hold relief flight 2 until runway 10/28 opens.", reason="Debris.")
    return story


def _tick(story: Storyline, by: Actor, refs: list[str]) -> None:
    from crisisroom.playbooks.models import Item

    for item in list(story.snapshot.rows(Item).values()):
        if item.ref in refs:
            story.wait(minutes=7)
            story.do("tick-item", by, item=str(item.id))
