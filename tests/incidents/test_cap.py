"""Alerts of the Common Alerting Protocol: what opens, as what, and what is refused with which sentence."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crisisroom.core.errors import Refused
from crisisroom.core.states import STATES
from crisisroom.core.texts import LINE
from crisisroom.incidents import cap_hazards
from crisisroom.incidents.cap import (
    HAZARDS,
    AlertRefused,
    CapAlert,
    CapArea,
    IncidentProposal,
    Reference,
    proposal,
    read_alert,
)
from crisisroom.incidents.cap_alert import MAX_WARNINGS
from crisisroom.incidents.cap_areas import MAX_POINTS, BrokenShape, lies_elsewhere, read_circle, read_polygon
from crisisroom.incidents.cap_areas import states_touched as touched
from crisisroom.incidents.cap_xml import MAX_BYTES, MAX_DEPTH, MAX_ELEMENTS
from crisisroom.incidents.models import CrisisClass

OWN = Path(__file__).parent / "samples"
REPOSITORY = Path(__file__).parents[2]


def sample(name: str) -> bytes:
    return (OWN / name).read_bytes()


def made(info: str = "", *, head: str = "", **changed: str) -> bytes:
    """A small alert; elements of its head can be changed, or left out with an empty text."""
    elements = {
        "identifier": "EXERCISE-1",
        "sender": "duty@met.example",
        "sent": "2026-09-08T14:30:00-04:00",
        "status": "Exercise",
        "msgType": "Alert",
        "scope": "Public",
    } | changed
    lines = "".join(f"<{name}>{text}</{name}>" for name, text in elements.items() if text)
    info = info or "<category>Met</category><event>Flood</event>" + GRADES
    return (f'<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">{lines}{head}<info>{info}</info></alert>').encode()


GRADES = "<urgency>Expected</urgency><severity>Severe</severity><certainty>Likely</certainty>"


def made_info(event: str = "Flood", *, category: str = "Met", more: str = "") -> bytes:
    return made(f"<category>{category}</category><event>{event}</event>{GRADES}{more}")


def area(inside: str, desc: str = "Here") -> str:
    return f"<area><areaDesc>{desc}</areaDesc>{inside}</area>"


def refusal(data: bytes) -> str:
    with pytest.raises(AlertRefused) as caught:
        read_alert(data)
    return caught.value.detail


class TestAnAlertIsRead:
    def test_with_everything_it_says(self) -> None:
        alert = read_alert(sample("exercise-hurricane.xml"))
        assert alert.version == "1.2"
        assert (alert.identifier, alert.sender) == ("EXERCISE-2026-0001", "duty@met.example")
        assert alert.sent == datetime(2026, 9, 8, 18, 30, tzinfo=UTC)
        assert alert.sent_as_written == "2026-09-08T14:30:00-04:00"
        assert (alert.status, alert.msg_type, alert.scope) == ("Exercise", "Alert", "Public")
        assert alert.note.startswith("EXERCISE EXERCISE EXERCISE")
        assert alert.incidents == ("elena",)
        assert (alert.urgency, alert.severity, alert.certainty) == ("Expected", "Extreme", "Likely")
        assert alert.onset == datetime(2026, 9, 10, 2, 30, tzinfo=UTC)
        assert alert.expires == datetime(2026, 9, 10, 10, 0, tzinfo=UTC)
        assert alert.parameters == (("category", "3"),)
        assert alert.web == "https://met.example/exercise/0001"
        assert alert.warnings == ()

    def test_in_english_when_it_has_english_and_names_all_its_languages(self) -> None:
        alert = read_alert(sample("exercise-hurricane.xml"))
        assert alert.headline == "EXERCISE: Hurricane Elena, warning for Saint Lucia and Martinique"
        assert alert.languages == ("fr-FR", "en-LC")

    def test_in_its_first_language_when_it_has_no_english(self) -> None:
        alert = read_alert(sample("exercise-outbreak-1.1.xml"))
        assert alert.languages == ("fr",)
        assert alert.event == "Épidémie de rougeole (essai)"

    def test_from_an_older_version_with_a_prefix_and_an_eight_bit_encoding(self) -> None:
        alert = read_alert(sample("exercise-outbreak-1.1.xml"))
        assert alert.version == "1.1"
        assert alert.areas[0].desc == "Haïti, département de l'Ouest"
        assert alert.certainty == "Likely"
        assert alert.restriction == "Health ministries"

    def test_with_areas_in_latitude_and_longitude(self) -> None:
        first, second = read_alert(sample("exercise-hurricane.xml")).areas
        assert first.polygons[0][0] == (13.6, -61.2)
        assert first.polygons[0][0] == first.polygons[0][-1]
        assert first.geocodes == (("ISO3166-1", "LC"),)
        assert second.circles == ((14.4, -60.7, 60.0),)

    def test_with_what_it_refers_to(self) -> None:
        assert read_alert(sample("exercise-update.xml")).references == (
            Reference("duty@met.example", "EXERCISE-2026-0001", "2026-09-08T14:30:00-04:00"),
            Reference("", "EXERCISE-2026-0000", ""),
        )

    def test_of_several_blocks_in_one_language_the_gravest_speaks_for_the_areas_of_all(self) -> None:
        alert = read_alert(sample("exercise-update.xml"))
        assert (alert.event, alert.severity) == ("EXERCISE: hurricane warning", "Extreme")
        assert [one.desc for one in alert.areas] == ["St. Vincent & the Grenadines", "Saint Lucia"]
        assert any("2 information blocks" in sentence for sentence in alert.warnings)

    def test_without_information_when_it_only_withdraws_another(self) -> None:
        alert = read_alert(sample("exercise-cancel.xml"))
        assert (alert.msg_type, alert.event, alert.areas) == ("Cancel", "", ())

    def test_keeping_the_lines_of_its_description(self) -> None:
        alert = read_alert(sample("exercise-hurricane.xml"))
        assert alert.description.splitlines()[1:] == ["", "Seas of 4 to 6 m."]

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
    @pytest.mark.parametrize("declared", ["UTF-8", "UTF-16"])
    def test_in_every_unicode_encoding_whatever_is_declared(self, encoding: str, declared: str) -> None:
        text = sample("exercise-hurricane.xml").decode().replace("UTF-8", declared, 1)
        assert read_alert(text.encode(encoding)) == read_alert(sample("exercise-hurricane.xml"))

    def test_after_an_empty_line(self) -> None:
        assert read_alert(b"\r\n " + sample("exercise-cancel.xml")).identifier == "EXERCISE-2026-0004"

    def test_without_marks_that_turn_the_direction_of_writing(self) -> None:
        alert = read_alert(
            made_info(more="<headline>EXERCISE:\u202e doolf\u202c \u2066of\u2069\u0085 Barbados</headline>")
        )
        assert alert.headline == "EXERCISE: doolf of Barbados"

    @pytest.mark.parametrize(
        ("written", "moment"),
        [
            ("2026-09-08T14:30:00-04:00", datetime(2026, 9, 8, 18, 30, tzinfo=UTC)),
            ("2026-09-08T18:30:00-00:00", datetime(2026, 9, 8, 18, 30, tzinfo=UTC)),
            ("2026-09-08T18:30:00Z", datetime(2026, 9, 8, 18, 30, tzinfo=UTC)),
            ("2026-09-08T14:30:00-0400", datetime(2026, 9, 8, 18, 30, tzinfo=UTC)),
            ("2026-09-08T14:30:00.5-04:00", datetime(2026, 9, 8, 18, 30, 0, 500000, tzinfo=UTC)),
            ("\n 2026-09-08T14:30:00-04:00 ", datetime(2026, 9, 8, 18, 30, tzinfo=UTC)),
        ],
    )
    def test_with_times_as_they_are_really_written(self, written: str, moment: datetime) -> None:
        assert read_alert(made(sent=written)).sent == moment


class TestAnOddAlertIsReadWithWarnings:
    @pytest.fixture
    def odd(self) -> CapAlert:
        return read_alert(sample("exercise-odd.xml"))

    @pytest.mark.parametrize(
        "sentence",
        [
            "The status is written “exercise” instead of Exercise.",
            "The identifier “EXERCISE 2026 0005” has a space or another character that CAP does not allow in it.",
            "Its scope is Restricted, but it does not say to whom.",
            "It names no event, only a headline.",
            "The information block has 2 headline elements; the first was read.",
            "It gives no urgency; read as Unknown.",
            "The severity “Catastrophic” is not one that CAP knows; read as Unknown.",
            "The category “Weather” is not one that CAP knows; read as Other.",
            "Its web address “javascript:alert(1)” is not one to open and was left out.",
            "It expires (1 Sep 2026 18:30 UTC) before it begins (8 Sep 2026 18:30 UTC).",
            "A polygon of the area “North and east” does not end where it began; it was closed.",
            "A polygon of the area “North and east” was left out: “17.2” is not a pair of latitude and longitude.",
            "A circle of the area “North and east” was left out: it is not a centre and a radius.",
        ],
    )
    def test_that_name_each_oddity(self, odd: CapAlert, sentence: str) -> None:
        assert sentence in odd.warnings

    def test_and_the_rest_of_it_stands(self, odd: CapAlert) -> None:
        assert odd.headline == "EXERCISE: flooding in the north & east of Antigua"
        assert odd.status == "Exercise"
        assert odd.web == ""
        assert odd.onset is None
        assert len(odd.areas[0].polygons) == 1
        assert proposal(odd).states == ("AG",)
        assert (proposal(odd).hazard, proposal(odd).crisis_class) == ("flood", "disaster")

    def test_but_not_with_more_warnings_than_one_reads(self) -> None:
        data = made_info(more=area("".join(f"<circle>1,2 {n}x</circle>" for n in range(500))))
        # The reason quotes each number, so that all are different.
        assert len(read_alert(data).warnings) == MAX_WARNINGS + 1


class TestAFileIsRefused:
    @pytest.mark.parametrize(
        ("name", "says"),
        [
            ("refused-no-info.xml", "no information block"),
            ("refused-two-identifiers.xml", "2 identifier elements"),
            ("refused-version-1.0.xml", "CAP 1.0"),
            ("refused-feed.atom", "Atom feed"),
            ("refused-billion-laughs.xml", "DOCTYPE"),
            ("refused-external-entity.xml", "DOCTYPE"),
            ("refused-external-dtd.xml", "DOCTYPE"),
        ],
    )
    def test_with_what_is_wrong(self, name: str, says: str) -> None:
        assert says in refusal(sample(name))

    @pytest.mark.parametrize(
        ("data", "says"),
        [
            (b"", "empty"),
            (b" \n", "empty"),
            (b"<!-- only this -->", "empty"),
            (b'{"type": "FeatureCollection"}', "not XML"),
            (b"%PDF-1.7", "not XML"),
            (b"<!DOCTYPE html><html><body>Sign in</body></html>", "web page"),
            (b"<html><body/></html>", "web page"),
            (b'<rss version="2.0"><channel/></rss>', "RSS feed"),
            (b"<alert><identifier>x</identifier></alert>", "no namespace"),
            (b'<alert xmlns="urn:example:other"/>', "urn:example:other"),
            (b'<warning xmlns="urn:oasis:names:tc:emergency:cap:1.2"/>', "“warning” instead of “alert”"),
            (b'<d:EDXLDistribution xmlns:d="urn:oasis:names:tc:emergency:EDXL:DE:1.0"/>', "EDXL envelope"),
            (b"<alert><identifier>x</alert>", "not well-formed"),
            (b"<alert>&secret;</alert>", "not well-formed"),
            (b"<alert/><alert/>", "not well-formed"),
            (b"PK\x03\x04\0\0", "NUL bytes"),
        ],
    )
    def test_when_it_is_something_else(self, data: bytes, says: str) -> None:
        assert says in refusal(data)

    @pytest.mark.parametrize("name", ["identifier", "sender", "sent", "status", "msgType", "scope"])
    @pytest.mark.parametrize("how", ["missing", "empty", "twice"])
    def test_when_what_every_alert_must_have_is_not_there_once(self, name: str, how: str) -> None:
        if how == "twice":
            data = made(head=f"<{name}>Public</{name}>")
        else:
            data = made(**{name: "" if how == "missing" else " "})
        assert name in refusal(data)

    def test_naming_everything_that_is_missing_at_once(self) -> None:
        assert refusal(made(sender="", scope="")) == (
            "The alert has no sender and no scope, which every CAP alert must have."
        )

    @pytest.mark.parametrize(
        ("name", "value"), [("status", "Real"), ("msgType", "Alarm"), ("scope", "Secret"), ("status", "Actual Test")]
    )
    def test_when_a_value_that_decides_what_opens_is_unknown(self, name: str, value: str) -> None:
        assert f"The {name} is “{value}”; CAP knows" in refusal(made(**{name: value}))

    @pytest.mark.parametrize("name", ["sent", "effective", "onset", "expires"])
    @pytest.mark.parametrize(
        ("written", "says"),
        [
            ("2026-09-08T14:30:00", "no offset from UTC"),
            ("2026-09-08 14:30", "no offset from UTC"),
            ("8 September 2026", "cannot be read"),
            ("2026-13-08T14:30:00-04:00", "cannot be read"),
            ("0001-01-01T00:00:00+14:00", "cannot be read"),
            ("9999-12-31T23:59:59-12:00", "cannot be read"),
            ("٢٠٢٦-09-08T14:30:00-04:00", "cannot be read"),
        ],
    )
    def test_when_a_time_does_not_say_which_moment_it_means(self, name: str, written: str, says: str) -> None:
        data = made(sent=written) if name == "sent" else made_info(more=f"<{name}>{written}</{name}>")
        sentence = refusal(data)
        assert says in sentence
        assert name in sentence

    def test_when_it_says_neither_event_nor_headline(self) -> None:
        assert "neither an event nor a headline" in refusal(made(f"<category>Met</category><event> </event>{GRADES}"))

    def test_when_its_identifier_is_a_book(self) -> None:
        assert "301 characters" in refusal(made(identifier="x" * 301))

    def test_as_a_request_that_every_surface_can_answer(self) -> None:
        with pytest.raises(Refused) as caught:
            read_alert(b"")
        assert (caught.value.status, caught.value.type) == (422, "alert-refused")


class TestAHostileFile:
    @pytest.fixture(autouse=True)
    def _in_no_time(self) -> Iterator[None]:
        started = time.perf_counter()
        yield
        assert time.perf_counter() - started < 5, "a hostile file kept the reader busy"

    def test_of_two_megabytes_is_not_parsed(self) -> None:
        assert "2,000,000 bytes" in refusal(made_info(more="<description>").ljust(2_000_000, b"x"))

    @pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 200, 10_000])
    def test_nested_deeper_than_any_alert_is_dropped(self, depth: int) -> None:
        assert "deep" in refusal(b"<a>" * depth + b"</a>" * depth)

    def test_with_too_many_elements_is_dropped(self) -> None:
        assert f"{MAX_ELEMENTS:,} elements" in refusal(b"<a>" + b"<b/>" * 200_000 + b"</a>")

    def test_with_nul_bytes_is_refused(self) -> None:
        assert "NUL" in refusal(sample("exercise-hurricane.xml").replace(b"Elena", b"El\0na"))
        assert "NUL" in refusal(sample("exercise-hurricane.xml") + b"\0\0")

    def test_with_a_wrong_encoding_declaration_is_refused(self) -> None:
        data = sample("exercise-outbreak-1.1.xml").replace(b"ISO-8859-1", b"UTF-8")
        assert "UTF-8" in refusal(data)

    @pytest.mark.parametrize("encoding", ["UTF-7", "EBCDIC-CP-US", "cp037", "rot13", "no-such-thing", "base64"])
    def test_in_an_encoding_that_could_hide_markup_is_refused(self, encoding: str) -> None:
        data = f'<?xml version="1.0" encoding="{encoding}"?><alert/>'.encode()
        assert encoding in refusal(data)

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be"])
    def test_with_a_document_type_is_refused_in_every_encoding(self, encoding: str) -> None:
        text = sample("refused-billion-laughs.xml").decode()
        assert "DOCTYPE" in refusal(text.encode(encoding))

    def test_may_speak_of_a_document_type_in_its_text(self) -> None:
        alert = read_alert(made_info(more="<headline><![CDATA[<!DOCTYPE alert>]]></headline>"))
        assert alert.headline == "<!DOCTYPE alert>"

    @pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.8, 0.99])
    def test_of_which_only_a_part_arrived_is_refused(self, share: float) -> None:
        data = sample("exercise-hurricane.xml")
        assert "breaks off" in refusal(data[: int(len(data) * share)])

    @pytest.mark.parametrize(
        "more",
        [
            "<description>" + "x\u0301 " * 200_000 + "</description>",
            "<headline>" + "Saint Vincent " * 60_000 + "</headline>",
            "<event>" + "tropical " * 100_000 + "</event>",
            "".join(f'<parameter a{n}=""/>' for n in range(19_000)),
            "<parameter " + " ".join(f'a{n}=""' for n in range(60_000)) + "/>",
            "<parameter " + " ".join(f'xmlns:a{n}="urn:{n}"' for n in range(40_000)) + "/>",
            area("<circle>13,-61 1</circle>" * 19_000),
            area("<polygon>" + "13.0,-61.0 14.0,-62.0 " * 40_000 + "</polygon>"),
            area("<polygon>" + " ".join(f"{10 + n % 9}.5,{-60 - n % 7}.{n}" for n in range(9_000)) + "</polygon>"),
            "".join(area("", desc=f"{n}" + "x" * 100) for n in range(6_000)),
            "<web>https://" + "x" * 900_000 + "</web>",
        ],
        ids=lambda more: str(more)[:24],
    )
    def test_that_is_large_in_one_place_is_answered_soon_and_proposed_small(self, more: str) -> None:
        data = made_info(more=more)
        assert len(data) <= MAX_BYTES
        try:
            found = proposal(read_alert(data))
        except AlertRefused:
            return
        assert len(found.title) <= 120
        assert max(map(len, (found.area, found.sender_name, found.t0_label))) <= LINE
        assert len(json.dumps(found.identity)) < 30_000

    @settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.data())
    def test_damaged_anywhere_is_read_or_refused_and_never_breaks_the_reader(self, data: st.DataObject) -> None:
        whole = sample("exercise-odd.xml")
        at = data.draw(st.integers(0, len(whole)))
        until = data.draw(st.integers(at, min(len(whole), at + 40)))
        damaged = whole[:at] + data.draw(st.binary(max_size=12)) + whole[until:]
        assert _sentence(damaged).endswith(".")


def _sentence(data: bytes) -> str:
    try:
        return f"Read: {proposal(read_alert(data)).title}."
    except AlertRefused as refused:
        return refused.detail


class TestShapes:
    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("13,-61 13,-61 13,-61 13,-61", "fewer than three"),
            ("13,-61 14,-61", "fewer than three"),
            ("13,-61 14,-61 14,-60,5", "not a pair"),
            ("13,-61 14,-61 95,-100", "not on the Earth"),
            ("13,-61 14,-61 13,-361", "not on the Earth"),
            ("-161,13 -161,14 -160,14", "longitude first"),
            ("13,-61 14,-61 inf,-60", "not a number"),
            ("13,-61 14,-61 1_4,-60", "not a number"),
            ("13,-61 14,-61 ١٤,-60", "not a number"),
        ],
    )
    def test_a_broken_polygon_says_why(self, text: str, says: str) -> None:
        with pytest.raises(BrokenShape, match=says):
            read_polygon(text)

    @pytest.mark.parametrize("text", ["", "13,-61", "13,-61 x", "13,-61 -1", "13,-61 30000", "95,-61 10", "13 -61 10"])
    def test_a_broken_circle_is_not_read(self, text: str) -> None:
        with pytest.raises(BrokenShape):
            read_circle(text)

    def test_spaces_after_commas_and_points_just_past_the_date_line_are_read(self) -> None:
        assert read_polygon(" 13, -61  14 ,-61\n14,-180.5 ") == ((13, -61), (14, -61), (14, 179.5))
        assert read_circle("13, -61 0.0") == (13, -61, 0)

    @pytest.mark.parametrize(
        ("polygon", "states"),
        [
            ("13.6,-61.2 14.2,-61.2 14.2,-60.8 13.6,-60.8", ["LC"]),
            ("13.9,-61.0 13.91,-61.0 13.91,-60.99", ["LC"]),  # wholly inside the box
            ("13.0,-61.0 14.5,-60.96 14.5,-60.97", ["LC", "MQ"]),  # a sliver that has no corner in either box
            ("12,-62 12,-58 14,-58 14,-62", ["BB", "GD", "LC", "VC"]),  # holds whole boxes
            ("40,-80 41,-80 41,-79", []),
        ],
    )
    def test_a_polygon_touches_the_states_it_meets(self, polygon: str, states: list[str]) -> None:
        assert touched([CapArea("", polygons=(read_polygon(f"{polygon} {polygon.split()[0]}"),))]) == states

    def test_a_polygon_across_the_date_line_does_not_cover_the_caribbean(self) -> None:
        fiji_to_samoa = CapArea("", polygons=(read_polygon("10,177 20,177 20,-171 10,-171 10,177"),))
        assert touched([fiji_to_samoa]) == []
        assert lies_elsewhere([fiji_to_samoa])

    def test_a_polygon_around_most_of_the_earth_covers_it(self) -> None:
        belt = CapArea("", polygons=(read_polygon("0,179 30,179 30,60 30,-60 30,-179 0,-179 0,-60 0,60 0,179"),))
        assert "BB" in touched([belt])

    @pytest.mark.parametrize(
        ("circle", "states"),
        [
            ((13.18, -59.54, 0.0), ["BB"]),
            ((13.18, -58.0, 100.0), []),
            ((13.18, -58.0, 160.0), ["BB"]),
            ((13.18, 170.0, 500.0), []),
        ],
    )
    def test_a_circle_touches_the_states_within_its_radius(
        self, circle: tuple[float, float, float], states: list[str]
    ) -> None:
        assert touched([CapArea("", circles=(circle,))]) == states

    def test_of_one_alert_together_have_so_many_points_at_most(self) -> None:
        polygon = "<polygon>" + " ".join(f"13.{n},-61.{n}" for n in range(MAX_POINTS // 2 + 10)) + "</polygon>"
        alert = read_alert(made_info(more=area(polygon, "first") + area(polygon, "second")))
        assert [len(one.polygons) for one in alert.areas] == [1, 0]
        assert any(f"{MAX_POINTS:,} points" in sentence for sentence in alert.warnings)


class TestAProposal:
    @pytest.fixture
    def hurricane(self) -> CapAlert:
        return read_alert(sample("exercise-hurricane.xml"))

    def test_says_what_the_incident_would_be(self, hurricane: CapAlert) -> None:
        found = proposal(hurricane)
        assert found.title == "EXERCISE: Hurricane Elena, warning for Saint Lucia and Martinique"
        assert (found.crisis_class, found.hazard, found.severity) == ("disaster", "hurricane", "Extreme")
        assert found.area == "Saint Lucia; Sea south-east of Martinique"
        assert found.states == ("LC", "MQ")
        assert (found.sender, found.sender_name) == ("duty@met.example", "Example Meteorological Service (exercise)")
        assert (found.opens, found.opens_reason) == (True, "")

    def test_is_the_same_each_time(self, hurricane: CapAlert) -> None:
        assert proposal(hurricane) == proposal(read_alert(sample("exercise-hurricane.xml")))

    def test_keeps_the_identity_of_the_alert_as_json(self, hurricane: CapAlert) -> None:
        identity = proposal(hurricane).identity
        assert json.loads(json.dumps(identity)) == identity
        assert (identity["sender"], identity["identifier"]) == ("duty@met.example", "EXERCISE-2026-0001")
        assert identity["sent"] == "2026-09-08T14:30:00-04:00"
        assert (identity["status"], identity["msg_type"]) == ("Exercise", "Alert")
        assert identity["areas"] == ["Saint Lucia", "Sea south-east of Martinique"]
        assert identity["expires"] == "2026-09-10T10:00:00.000Z"

    def test_has_a_title_from_event_and_area_when_there_is_no_headline(self, hurricane: CapAlert) -> None:
        without = proposal(replace(hurricane, headline=""))
        assert without.title == "EXERCISE: hurricane warning: Saint Lucia; Sea south-east of Martinique"

    def test_cuts_a_long_title_between_words(self, hurricane: CapAlert) -> None:
        title = proposal(replace(hurricane, headline="Rain and wind, " * 30)).title
        assert len(title) <= 120
        assert title.endswith(("Rain…", "and…", "wind…"))
        assert len(proposal(replace(hurricane, headline="x" * 500)).title) == 120

    def test_counts_from_onset_else_effective_else_sent(self, hurricane: CapAlert) -> None:
        assert (proposal(hurricane).t0, proposal(hurricane).t0_label) == (hurricane.onset, "Onset")
        later = replace(hurricane, onset=None)
        assert (proposal(later).t0, proposal(later).t0_label) == (hurricane.effective, "Alert in effect")
        last = replace(later, effective=None)
        assert (proposal(last).t0, proposal(last).t0_label) == (hurricane.sent, "Alert sent")

    @pytest.mark.parametrize("status", ["Exercise", "Test", "Draft", "System"])
    def test_of_an_alert_that_is_not_actual_opens_an_exercise_only(self, hurricane: CapAlert, status: str) -> None:
        found = proposal(replace(hurricane, status=status))
        assert found.exercise_only
        assert found.exercise_reason == f"Its status is {status}, not Actual, so it opens an exercise only."
        assert found.opens

    def test_of_an_actual_alert_opens_in_earnest(self, hurricane: CapAlert) -> None:
        found = proposal(replace(hurricane, status="Actual"))
        assert (found.exercise_only, found.exercise_reason) == (False, "")

    @pytest.mark.parametrize(
        ("msg_type", "verb"), [("Cancel", "cancels"), ("Ack", "acknowledges"), ("Error", "rejects")]
    )
    def test_of_a_message_about_another_opens_nothing_and_says_so(
        self, hurricane: CapAlert, msg_type: str, verb: str
    ) -> None:
        about = (Reference("duty@met.example", "EXERCISE-2026-0003", "2026-09-08T20:30:00-04:00"),)
        found = proposal(replace(hurricane, msg_type=msg_type, references=about))
        assert not found.opens
        assert found.opens_reason.startswith(f"This message {verb} the earlier message EXERCISE-2026-0003")
        assert found.opens_reason.endswith("It opens no incident.")

    def test_of_an_update_opens_and_says_what_it_updates(self) -> None:
        found = proposal(read_alert(sample("exercise-update.xml")))
        assert found.opens
        assert found.opens_reason == "This alert updates 2 earlier messages: EXERCISE-2026-0001, EXERCISE-2026-0000."
        assert found.states == ("LC", "VC")

    def test_of_an_update_without_references_says_so(self, hurricane: CapAlert) -> None:
        found = proposal(replace(hurricane, msg_type="Update"))
        assert found.opens_reason == "This alert updates an earlier message, without saying which."

    def test_passes_on_to_whom_the_sender_restricts_it(self) -> None:
        found = proposal(read_alert(sample("exercise-outbreak-1.1.xml")))
        assert "Its scope is Restricted to: Health ministries. Choose the marking and the agencies to match." in (
            found.warnings
        )

    def test_names_no_state_when_the_shapes_lie_elsewhere(self, hurricane: CapAlert) -> None:
        queens = CapArea("Jamaica", polygons=(read_polygon("40.6,-73.9 40.8,-73.9 40.8,-73.7 40.6,-73.9"),))
        found = proposal(replace(hurricane, headline="Flooding in Jamaica", areas=(queens,)))
        assert found.states == ()
        assert "No Caribbean state was recognised in its area." in found.warnings

    def test_names_the_states_of_the_words_when_there_are_no_shapes(self, hurricane: CapAlert) -> None:
        found = proposal(replace(hurricane, headline="", areas=(CapArea("Trinité-et-Tobago, Curacao"),)))
        assert found.states == ("TT", "CW")


class TestHazardAndClass:
    @pytest.mark.parametrize(
        ("event", "hazard"),
        [
            ("Hurricane Watch", "hurricane"),
            ("Alerte ouragan", "hurricane"),
            ("Tempête tropicale", "hurricane"),
            ("Tanpèt twopikal", "hurricane"),
            ("Huracán categoría 3", "hurricane"),
            ("Orkaanwaarschuwing", "hurricane"),
            ("Tropical storm warning", "hurricane"),
            ("SEVERE THUNDERSTORM", "storm"),
            ("Orages violents", "storm"),
            ("Fuertes vientos", "storm"),
            ("Heavy Rain", "storm"),
            ("Flash flood and heavy rain", "flood"),
            ("Storm surge warning", "flood"),
            ("Vigilance crues", "flood"),
            ("Inondasyon", "flood"),
            ("Overstromingen", "flood"),
            ("Glissement de terrain", "landslide"),
            ("Landslides after the flood", "landslide"),
            ("Séisme de magnitude 6", "earthquake"),
            ("Tranblemanntè", "earthquake"),
            ("Aardbeving", "earthquake"),
            ("Tsunami threat after earthquake", "tsunami"),
            ("Raz-de-marée", "tsunami"),
            ("Volcanic ash", "volcano"),
            ("Éruption du volcan", "volcano"),
            ("Bush fire", "wildfire"),
            ("Incendio forestal", "wildfire"),
            ("Sécheresse", "drought"),
            ("Canicule", "heat"),
            ("Ola de calor", "heat"),
            ("Cholera outbreak", "outbreak"),
            ("Épidémie de dengue", "outbreak"),
            ("Oil spill", "oil-spill"),
            ("Derrame de petróleo", "oil-spill"),
            ("Chlorine gas leak", "chemical"),
            ("Aircraft accident", "transport"),
            ("Civil unrest", "security"),
            ("Ransomware on government systems", "cyber"),
            ("Something new", "other"),
            ("Windward Islands statement", "other"),
            ("Theatre closed", "other"),
        ],
    )
    def test_the_hazard_is_what_the_event_names(self, event: str, hazard: str) -> None:
        assert cap_hazards.hazard_of(event, "", ["Safety"]) == hazard

    def test_the_headline_helps_when_the_event_does_not_tell(self) -> None:
        assert cap_hazards.hazard_of("Warning", "Ash from the volcano", ["Geo"]) == "volcano"

    @pytest.mark.parametrize(
        ("category", "hazard", "crisis_class"),
        [
            ("Geo", "other", "disaster"),
            ("Met", "storm", "disaster"),
            ("Safety", "other", "disaster"),
            ("Security", "security", "other"),
            ("Rescue", "other", "other"),
            ("Fire", "wildfire", "disaster"),
            ("Health", "outbreak", "health"),
            ("Env", "other", "disaster"),
            ("Transport", "transport", "other"),
            ("Infra", "other", "disaster"),
            ("CBRNE", "chemical", "health"),
            ("Other", "other", "other"),
        ],
    )
    def test_the_category_decides_when_no_word_does(self, category: str, hazard: str, crisis_class: str) -> None:
        found = proposal(read_alert(made_info("Notice", category=category)))
        assert (found.hazard, found.crisis_class) == (hazard, crisis_class)

    @pytest.mark.parametrize(
        ("event", "category", "crisis_class"),
        [
            ("Oil spill", "Env", "other"),
            ("Cyber attack", "Infra", "other"),
            ("Measles outbreak", "Safety", "health"),
            ("Hurricane", "Other", "disaster"),
        ],
    )
    def test_some_hazards_decide_the_class_by_themselves(self, event: str, category: str, crisis_class: str) -> None:
        assert proposal(read_alert(made_info(event, category=category))).crisis_class == crisis_class

    def test_no_alert_makes_a_crisis_political(self) -> None:
        for category in ("Security", "Safety", "Other"):
            found = proposal(read_alert(made_info("Civil unrest after the election", category=category)))
            assert found.crisis_class != "political"

    def test_the_classes_are_those_of_an_incident(self) -> None:
        assert get_args(cap_hazards.CrisisClass) == tuple(CrisisClass)

    def test_every_hazard_of_the_tables_is_one_of_the_vocabulary(self) -> None:
        assert set(cap_hazards._WORDS) <= set(HAZARDS)
        assert set(cap_hazards._BY_CATEGORY.values()) <= set(HAZARDS)


def _shared_samples() -> Path | None:
    folder = Path(os.environ.get("CRISISROOM_SAMPLES") or REPOSITORY.parent / "shared" / "samples")
    return folder if (folder / "cap").is_dir() else None


def _real(*folders: str) -> list[Path]:
    samples = _shared_samples()
    return sorted(file for folder in folders for file in (samples / folder).glob("*")) if samples else []


@pytest.mark.skipif(
    _shared_samples() is None, reason="no real alerts to read: set CRISISROOM_SAMPLES to a folder with a `cap` folder"
)
class TestRealAlerts:
    @pytest.mark.parametrize("file", _real("cap"), ids=lambda file: file.name)
    def test_each_proposes_an_incident_or_says_why_not(self, file: Path) -> None:
        alert = read_alert(file.read_bytes())
        found = proposal(alert)
        _check(found)
        assert alert.identifier
        assert found.opens == (alert.msg_type in ("Alert", "Update"))
        assert found.states == ()  # none of them is about the Caribbean

    @pytest.mark.parametrize("file", _real("cap-feeds", "gdacs"), ids=lambda file: file.name)
    def test_a_feed_is_refused_as_a_feed(self, file: Path) -> None:
        assert "feed, a list of alerts" in refusal(file.read_bytes())

    @pytest.mark.parametrize(
        ("name", "hazard", "crisis_class"),
        [
            ("TropicalCyclone20150806.xml", "hurricane", "disaster"),
            ("Severe_Thunderstorm_Warning.xml", "storm", "disaster"),
            ("Philippines-Flood-MultiLanguage.xml", "flood", "disaster"),
            ("Maldives-Tsunami-MultiLanguage.xml", "tsunami", "disaster"),
            ("gdacs-cap_EQ_1470644.xml", "earthquake", "disaster"),
            ("landslide.xml", "landslide", "disaster"),
            ("Homeland_Sec_Adv.xml", "security", "other"),
            ("cap_amber_alert_example.xml", "security", "other"),
            ("ru-wind-6-polygons.xml", "storm", "disaster"),
            ("CanadaNaad.xml", "storm", "disaster"),
        ],
    )
    def test_some_by_hazard_and_class(self, name: str, hazard: str, crisis_class: str) -> None:
        samples = _shared_samples()
        assert samples is not None
        found = proposal(read_alert((samples / "cap" / name).read_bytes()))
        assert (found.hazard, found.crisis_class) == (hazard, crisis_class)


def _check(found: IncidentProposal) -> None:
    assert found.title
    assert len(found.title) <= 120
    assert "\n" not in found.title
    assert found.hazard in HAZARDS
    assert set(found.states) <= set(STATES)
    assert found.t0.tzinfo is UTC
    json.dumps(found.identity)
