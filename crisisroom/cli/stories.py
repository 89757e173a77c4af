"""The stories the demo tells: three exercises, each a list of commands at times counted from T0."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from crisisroom.access.grants import Actor
from crisisroom.cli.office import Office
from crisisroom.commanding.command import read_command
from crisisroom.core.clock import SystemClock
from crisisroom.core.times import rfc3339
from crisisroom.incidents.models import incident_of
from crisisroom.log.snapshot import Snapshot
from crisisroom.people.directory import DIRECTORY
from crisisroom.playbooks.library import Library
from crisisroom.playbooks.models import Item, Run
from crisisroom.tasks.models import Task


class StoryClock(SystemClock):
    """Stands where the story is; it starts in the past, so that the demo's log has a history."""

    def __init__(self, start: datetime) -> None:
        self.at = start

    def now(self) -> datetime:
        return self.at


@dataclass
class Story:
    """One incident being told: every step is a command at a time counted from T0."""

    office: Office
    clock: StoryClock
    people: dict[str, Actor]
    t0: datetime
    book: UUID = field(default_factory=lambda: DIRECTORY)

    async def does(self, who: str, after: str, name: str, **fields: Any) -> UUID | None:
        """Somebody does something so long after T0 (`-30:00`, `2:14`)."""
        sign = -1 if after.startswith("-") else 1
        hours, minutes = after.lstrip("-").split(":")
        self.clock.at = self.t0 + sign * timedelta(hours=int(hours), minutes=int(minutes))
        command = read_command(name, fields)
        book = None if command.opens_book else self.book
        receipt = await self.office.writer.execute(command, self.people[who], book=book, key=self.office.ids.new())
        if command.opens_book:
            self.book = receipt.book
        return receipt.id

    async def state(self) -> Snapshot:
        """The incident so far."""
        async with self.office.database.read() as connection:
            return await self.office.books.fresh(connection, self.book)

    async def tick(self, who: str, after: str, *refs: str) -> None:
        """Somebody ticks items of the playbook."""
        items = {item.ref: item for item in (await self.state()).rows(Item).values()}
        for ref in refs:
            if ref in items:
                await self.does(who, after, "tick-item", item=str(items[ref].id))

    async def tick_phases(self, who: str, after: str, *phases: str, but: int = 0) -> None:
        """Somebody ticks what has a time in these phases, all but the last few."""
        items = sorted((await self.state()).rows(Item).values(), key=lambda item: item.place)
        wanted = [item for item in items if item.phase in phases]
        for item in wanted[: len(wanted) - but]:
            await self.does(who, after, "tick-item", item=str(item.id))


async def tell(desk: Office, clock: StoryClock) -> None:
    """Three exercises, the newest last so that the hurricane stands first by lateness, not by chance."""
    now = clock.now()
    members = desk.references.directory.people.values()
    people = {member.email.split("@")[0]: member.actor for member in members}
    await _fever(Story(desk, clock, people, now - timedelta(hours=5, minutes=20)))
    await _election(Story(desk, clock, people, now - timedelta(hours=26, minutes=5)))
    await _hurricane(Story(desk, clock, people, now - timedelta(hours=13, minutes=42)))
    clock.at = now


async def _hurricane(story: Story) -> None:
    """Thirteen hours and forty-two minutes after landfall."""
    does = story.does
    await does(
        "j.alexis", "-73:00", "open-incident", title="Hurricane Elena", crisis_class="disaster", hazard="hurricane",
        states=["LC", "DM"], level={"scheme": "CDEMA", "value": "II"}, lead_agency="CDEMA", exercise=True,
        agencies=["IMPACS", "CARPHA", "RSS", "IOM", "CTU"], t0=rfc3339(story.t0), t0_label="landfall",
    )  # fmt: skip
    await does(
        "j.alexis", "-72:50", "activate-playbook", playbook="hurricane",
        anchors={"onset": rfc3339(story.t0), "all_clear": rfc3339(story.t0 + timedelta(hours=9))},
    )  # fmt: skip
    for position, who in (
        ("Incident manager", "j.alexis"), ("Operations lead", "k.baptiste"), ("JRCC desk", "t.noel"),
        ("Health desk", "s.wilson"), ("Air and security", "c.grant"),
    ):  # fmt: skip
        person = story.people[who].id
        await does("j.alexis", "-72:40", "fill-position", position=position, person=str(person))
    run_phases = [phase["id"] for phase in _leading_phases(await story.state())]
    for place, phase in enumerate(run_phases[:4]):
        await story.tick_phases("k.baptiste", f"-{60 - place * 12}:00", phase, but=1 if place == 3 else 0)
        if place:
            await does("j.alexis", f"-{59 - place * 12}:30", "advance-phase", phase=phase)
    await does("j.alexis", "0:20", "set-level", scheme="CDEMA", value="III")
    await does("j.alexis", "0:30", "advance-phase", phase=run_phases[5] if len(run_phases) > 5 else run_phases[-1])
    await _hurricane_tasks(story)


def _leading_phases(snapshot: Snapshot) -> list[dict[str, str]]:
    run = snapshot.get(Run, incident_of(snapshot).leading_run or DIRECTORY)
    return run.phases if run else []


# When it is added, title, agency, person, priority, deadline, and the lane it has come to.
_TASKS = (
    ("0:40", "First contact with the national office, Dominica", "CDEMA", "k.baptiste", "high", "1:00", "done"),
    ("1:10", "Air reconnaissance, west coast, sortie 1", "RSS", "e.daniel", "high", "3:00", "done"),
    ("2:14", "Deploy assessment team to Roseau and Portsmouth", "CDEMA", "k.baptiste", "critical", "12:00", "doing"),
    ("3:05", "Hospital status, all 4 facilities", "CARPHA", "s.wilson", "high", "13:00", "doing"),
    ("9:30", "Air reconnaissance, west coast, sortie 3", "RSS", "e.daniel", "high", "15:00", "doing"),
    ("9:45", "Restore satellite link to the national office, Dominica", "CTU", "", "high", "15:30", "doing"),
    ("10:10", "Police escort for relief store, Castries port", "RSS", "c.grant", "normal", "18:00", "doing"),
    ("10:40", "Clear debris from Hewanorra runway 10/28", "CDEMA", "", "critical", "14:30", "blocked"),
    (
        "10:52",
        "Move 2 water units from the Barbados hub",
        "CDEMA",
        "k.baptiste",
        "critical",
        "13:30",
        "blocked",
    ),
    ("11:15", "Check charter manifests against the watch list", "IMPACS", "t.noel", "high", "18:00", "blocked"),
    ("11:40", "Fuel for St Jude Hospital generator, 6 h left", "CARPHA", "", "critical", "16:00", "todo"),
    ("12:05", "Customs waiver for relief cargo, Hewanorra", "IMPACS", "a.lewis", "high", "17:00", "todo"),
    ("12:20", "Embark disaster relief unit at Bridgetown", "RSS", "c.grant", "high", "18:00", "todo"),
    ("12:45", "Displacement tracking at the shelters", "IOM", "", "normal", "20:00", "todo"),
    ("13:02", "Boil-water notice, English and Kwéyòl", "CARPHA", "r.hinds", "normal", "20:00", "todo"),
)
_ADDS = {"CARPHA": "s.wilson", "RSS": "c.grant", "IMPACS": "t.noel"}
_REASONS = {
    "Clear debris from Hewanorra runway 10/28": "needs 2 loaders",
    "Move 2 water units from the Barbados hub": "waits for the runway",
    "Check charter manifests against the watch list": "no manifest yet",
}


async def _hurricane_tasks(story: Story) -> None:
    does, ids = story.does, {}
    for after, title, agency, person, priority, due, _ in _TASKS:
        who = _ADDS.get(agency, "j.alexis")
        fields: dict[str, Any] = {"title": title, "agency": agency, "priority": priority, "due": f"T+{due}"}
        if person:
            fields["assignee"] = str(story.people[person].id)
        ids[title] = str(await does(who, after, "add-task", **fields))
    for _, title, agency, person, _, _, lane in _TASKS:
        hand = person or _ADDS.get(agency, "j.alexis")
        if lane == "done":
            await does(hand, "11:05", "move-task", task=ids[title], lane="done")
        elif lane == "doing":
            await does(hand, "13:05", "move-task", task=ids[title], lane="doing")
        elif lane == "blocked":
            await does(hand, "13:08", "move-task", task=ids[title], lane="blocked", reason=_REASONS[title])
    runway, water = ids["Clear debris from Hewanorra runway 10/28"], ids[_TASKS[8][1]]
    tasks = (await story.state()).rows(Task)
    base = {"waits_for": [str(one) for one in tasks[UUID(water)].waits_for]}
    await does("k.baptiste", "13:10", "edit-task", task=water, set={"waits_for": [runway]}, base=base)
    assessment = ids["Deploy assessment team to Roseau and Portsmouth"]
    notes = (
        "Team of 6 on standby at Melville Hall since 13:05 UTC. Road cut at Layou; move by boat to Portsmouth first."
    )
    await does("k.baptiste", "13:12", "edit-task", task=assessment, set={"notes": notes}, base={"notes": ""})
    await does(
        "j.alexis", "13:15", "record-decision", decision="Airlift first to Roseau, then Portsmouth.",
        reason="Road cut at Layou.", options=["Wait until the road is open", "Boat to Portsmouth only"],
    )  # fmt: skip
    await does(
        "c.grant",
        "13:22",
        "comment-task",
        task=assessment,
        text="Boat available 16:45 UTC from Prince Rupert Bay. Six seats, no cargo.",
    )
    await does(
        "j.alexis", "13:35", "comment-task", task=assessment, text="Take it. Please change the deadline and note why."
    )
    await does("s.wilson", "13:38", "write-entry", text="Report: the hospital in Castries is on mains power.")
    await does("e.daniel", "13:42", "write-entry", text="Sortie 3 airborne. Cloud base 900 ft.")


async def _fever(story: Story) -> None:
    """A suspected importation, five hours old."""
    does = story.does
    await does(
        "s.wilson", "0:02", "open-incident", title="VHF importation alert Piarco", crisis_class="health",
        hazard="outbreak", states=["TT", "BB"], level={"scheme": "CARPHA", "value": "II"}, lead_agency="CARPHA",
        exercise=True, agencies=["IMPACS", "CDEMA"], t0=rfc3339(story.t0), t0_label="first case isolated",
    )  # fmt: skip
    anchor = next(iter(_anchors(story, "vhf-importation")), None)
    await does(
        "s.wilson", "0:10", "activate-playbook", playbook="vhf-importation",
        anchors={anchor: rfc3339(story.t0)} if anchor else {},
    )  # fmt: skip
    phases = _leading_phases(await story.state())
    await story.tick_phases("r.hinds", "0:50", phases[0]["id"], but=3)
    await does(
        "s.wilson",
        "3:10",
        "add-task",
        title="Seat rows 14 to 18 traced",
        agency="IMPACS",
        priority="critical",
        due="T+4:55",
    )
    await does("t.noel", "3:20", "move-task", task=await _first_task(story), lane="doing")
    await does("r.hinds", "4:40", "write-entry", text="Sample packed for category A transport.")


async def _election(story: Story) -> None:
    """A day after a disputed count."""
    does = story.does
    await does(
        "t.noel", "0:05", "open-incident", title="Contested election Isla Verde", crisis_class="political",
        hazard="election", states=["Isla Verde"], lead_agency="IMPACS", exercise=True, agencies=["RSS", "CARICOM"],
        t0=rfc3339(story.t0), t0_label="polling day",
    )  # fmt: skip
    anchor = next(iter(_anchors(story, "contested-election")), None)
    await does(
        "t.noel", "0:15", "activate-playbook", playbook="contested-election",
        anchors={anchor: rfc3339(story.t0)} if anchor else {},
    )  # fmt: skip
    await does(
        "c.grant",
        "24:30",
        "add-task",
        title="Security support request, options for the Government",
        agency="RSS",
        priority="high",
        due="T+30:00",
    )
    await does("a.lewis", "25:10", "write-entry", text="Preliminary statement of the observers is expected at noon.")


def _anchors(story: Story, slug: str) -> list[str]:
    """The T0 anchor of a playbook."""
    playbook = story.office.writer.references()[Library].get(slug)
    return [playbook.t0]


async def _first_task(story: Story) -> str:
    return str(next(iter((await story.state()).rows(Task))))
