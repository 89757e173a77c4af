"""Opening an incident."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime

import pytest

from crisisroom.access.rooms import Room
from crisisroom.core.errors import BadInput, NotAllowed
from crisisroom.core.markings import Tlp
from crisisroom.incidents.models import CrisisClass, Incident
from crisisroom.incidents.opening import free_key, key_stem
from tests.support.builders import an_incident
from tests.support.ids import SeededIds
from tests.support.world import World


async def test_an_incident_opens_with_a_main_room_of_its_agencies(bare_world: World) -> None:
    world = bare_world
    receipt = await world.do(
        "open-incident", world.people.noel, title="Hurricane Elena", crisis_class="disaster", hazard="hurricane",
        states=["lc", "Dominica", "LC"], level={"scheme": "CDEMA", "value": "II"}, lead_agency="cdema",
        agencies=["RSS", "rss", "CDEMA"], area="Windward Islands", severity="extreme", exercise=True,
    )  # fmt: skip
    world.book = receipt.book
    incident, room = world.incident, world.main
    assert receipt.id == incident.id == receipt.book
    assert (receipt.room, receipt.seq) == (room.id, 1)
    assert (incident.key, incident.letter, incident.title) == ("elena-26", "E", "Hurricane Elena")
    assert (incident.crisis_class, incident.hazard, incident.states) == (
        CrisisClass.DISASTER,
        "hurricane",
        ["LC", "DM"],
    )
    assert (incident.level_scheme, incident.level_value, incident.severity) == ("CDEMA", "II", "extreme")
    assert (incident.lead_agency, incident.exercise, incident.area) == ("CDEMA", True, "Windward Islands")
    assert (incident.zone, incident.opened_by) == ("America/St_Lucia", world.people.noel.id)
    assert (room.tlp, room.agencies, room.main) == (Tlp.AMBER, ["CDEMA", "IMPACS", "RSS"], True)
    assert [record.event for record in await world.records()] == ["incident.opened", "room.opened"]


async def test_time_counts_from_the_opening_until_somebody_says_otherwise(bare_world: World) -> None:
    await an_incident(bare_world)
    incident = bare_world.incident
    assert incident.t0 == incident.opened_at == bare_world.clock.now()
    assert incident.t0_label == "opening"


async def test_t0_can_be_given(bare_world: World) -> None:
    await an_incident(bare_world, t0="2026-09-09T22:30:00-04:00", t0_label="landfall")
    assert bare_world.incident.t0 == datetime(2026, 9, 10, 2, 30, tzinfo=UTC)
    assert bare_world.incident.t0_label == "landfall"


async def test_two_incidents_of_one_name_have_two_keys(bare_world: World) -> None:
    world = bare_world
    keys = []
    for title in ("Hurricane Elena", "Elenas", "Tropical Storm Elena", "Elena"):
        await an_incident(world, title=title)
        keys.append(world.incident.key)
    assert keys[:2] == ["elena-26", "elenas-26"]
    assert all(re.fullmatch(r"elena-26-[a-z]{2}", key) for key in keys[2:])
    assert len(set(keys)) == 4


async def test_two_that_are_opened_in_the_same_moment_have_two_keys_as_well(bare_world: World) -> None:
    world = bare_world
    fields = {"title": "Hurricane Elena", "crisis_class": "disaster", "lead_agency": "CDEMA"}
    receipts = await asyncio.gather(*(world.do_unseen("open-incident", world.people.regis, **fields) for _ in range(5)))
    keys = set()
    for receipt in receipts:
        snapshot = await world.writer.verify(receipt.book)
        keys |= {incident.key for incident in snapshot.rows(Incident).values()}
    assert len(keys) == 5
    assert all(re.fullmatch(r"elena-26(-[a-z]{2})?", key) for key in keys)


@pytest.mark.parametrize(
    ("title", "stem"),
    [
        ("Hurricane Elena", "elena"),
        ("The importation of Ebola from Kinshasa", "ebola"),
        ("Contested election, Guyana 2026", "guyana"),
        ("Storm", "storm"),
        ("Éruption de la Soufrière", "eruption"),
        ("2026", "incident"),
        ("飓风", "incident"),
        ("A" * 100, "a" * 14),
    ],
)
def test_a_key_can_be_spoken_over_a_radio(title: str, stem: str) -> None:
    assert key_stem(title) == stem


def test_a_taken_key_gets_a_syllable_by_chance() -> None:
    assert free_key("elena-26", (), SeededIds().new) == "elena-26"
    keys = {free_key("elena-26", {"elena-26"}, SeededIds(seed).new) for seed in range(20)}
    assert all(re.fullmatch(r"elena-26-[a-z]{2}", key) for key in keys)
    assert len(keys) > 10


def test_where_every_syllable_is_taken_a_key_gets_two() -> None:
    taken = {"elena-26"}
    for _ in range(200):
        taken.add(free_key("elena-26", taken, SeededIds().new))
    assert len(taken) == 201
    assert any(re.fullmatch(r"elena-26-[a-z]{4}", key) for key in taken)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"lead_agency": "FBI"}, "lead_agency"),
        ({"agencies": ["FBI"]}, "agencies"),
        ({"states": ["XX"]}, "states"),
        ({"crisis_class": "war"}, "crisis_class"),
        ({"level": "II"}, "level"),
        ({"level": {"value": "II"}}, "level.scheme"),
        ({"title": " "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"t0": "yesterday"}, "t0"),
        ({"t0": "2026-09-10T02:30:00"}, "t0"),
        ({"t0": 1789000000}, "t0"),
        ({"t0": -30610224000000}, "t0"),
        ({"t0": "0001-01-01T00:00:00Z"}, "t0"),
        ({"agencies": ["RSS"], "tlp": "TLP:RED"}, "tlp"),
        ({"agencies": ["RSS"], "tlp": "AMBER+STRICT"}, "tlp"),
        ({"alert": {"status": "Exercise"}}, "exercise"),
        ({"alert": {"text": "x" * 100_000}}, "alert"),
    ],
    ids=str,
)
async def test_a_wrong_field_is_named_and_nothing_is_opened(fields: dict, named: str, bare_world: World) -> None:
    given = {"title": "Hurricane Elena", "crisis_class": "disaster", "lead_agency": "CDEMA"} | fields
    with pytest.raises(BadInput) as refusal:
        await bare_world.do("open-incident", bare_world.people.regis, **given)
    assert set(refusal.value.fields) == {named}


async def test_officers_open_no_incident(bare_world: World) -> None:
    for actor in (bare_world.people.baptiste, bare_world.people.grant):
        with pytest.raises(NotAllowed):
            await an_incident(bare_world, by=actor)


async def test_a_strict_incident_is_one_agencys_own(bare_world: World) -> None:
    world = bare_world
    await an_incident(world, tlp="AMBER+STRICT", agencies=[])
    assert [room.agencies for room in world.all(Room)] == [["CDEMA"]]
    with pytest.raises(BadInput) as refusal:
        await world.do("invite-agency", world.people.regis, agency="RSS")
    assert set(refusal.value.fields) == {"agency"}


async def test_an_incident_for_named_people_only_does_not_begin_as_an_agencys(bare_world: World) -> None:
    world = bare_world
    with pytest.raises(BadInput) as refusal:
        await an_incident(world, tlp="TLP:RED", agencies=[])
    assert set(refusal.value.fields) == {"tlp"}
