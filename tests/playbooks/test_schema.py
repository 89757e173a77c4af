"""What a playbook file may hold, and that everything wrong in one is named with its line."""

from __future__ import annotations

import re
import textwrap
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crisisroom.playbooks.schema import Playbook, PlaybookInvalid, parse_playbook, read_span

GOOD = """\
slug: flood
title: "Flood"
version: "1.0"
crisis_class: disaster
hazard: flood
lead_agency: CDEMA
source: ["CDEMA Regional Response Mechanism"]
anchors:
  rain: {label: "Onset of heavy rain", letter: R}
t0: rain
positions: ["CU duty officer", "National disaster office"]
phases:
  - id: alert
    name: "Alert"
    items:
      - id: watch-rivers
        text: "Watch the rivers"
        agency: CDEMA
        position: "CU duty officer"
        due: {anchor: rain, offset: "-24h", repeat: "6h"}
      - id: ask-for-help
        text: "Decide whether to ask for help"
        agency: state
        position: "National disaster office"
        due: {anchor: activation, offset: "+12h"}
        after: [watch-rivers]
        decision: true
        trigger: "Options: ask, wait"
        source: "CDEMA Regional Response Mechanism"
"""


def good() -> Playbook:
    return parse_playbook(GOOD, "flood.yaml")


def problems_of(text: str, filename: str = "flood.yaml") -> list[str]:
    with pytest.raises(PlaybookInvalid) as caught:
        parse_playbook(text, filename)
    return caught.value.problems


def changed(old: str, new: str) -> str:
    assert GOOD.count(old) == 1, f"{old!r} must be in the sample once"
    return GOOD.replace(old, new)


def line_of(text: str, words: str) -> int:
    return text[: text.index(words)].count("\n") + 1


def test_a_good_file_gives_every_field() -> None:
    playbook = good()
    assert (playbook.slug, playbook.title, playbook.version) == ("flood", "Flood", "1.0")
    assert (playbook.crisis_class, playbook.hazard, playbook.lead_agency) == ("disaster", "flood", "CDEMA")
    assert playbook.source == ("CDEMA Regional Response Mechanism",)
    watch, ask = playbook.items
    assert watch.due is not None
    assert (watch.due.anchor, watch.due.span, watch.due.repeat) == ("rain", timedelta(hours=-24), "6h")
    assert (watch.decision, watch.after, watch.trigger, watch.source) == (False, (), None, None)
    assert (ask.decision, ask.after, ask.trigger, ask.agency) == (
        True,
        ("watch-rivers",),
        "Options: ask, wait",
        "state",
    )


def test_activation_is_an_anchor_without_being_listed_and_comes_first() -> None:
    anchors = good().all_anchors
    assert list(anchors) == ["activation", "rain"]
    assert (anchors["activation"].label, anchors["activation"].letter) == ("Activation", "A")


def test_a_file_may_name_the_activation_itself() -> None:
    text = changed("anchors:\n", 'anchors:\n  activation: {label: "Call-out", letter: X}\n')
    assert parse_playbook(text, "flood.yaml").all_anchors["activation"].label == "Call-out"


def test_t0_may_be_the_activation() -> None:
    assert parse_playbook(changed("t0: rain", "t0: activation"), "flood.yaml").t0 == "activation"


def test_a_playbook_cannot_be_changed_once_read() -> None:
    with pytest.raises(ValueError, match="frozen"):
        good().title = "Other"  # type: ignore[misc]


def test_spaces_around_a_text_and_folded_lines_do_not_count() -> None:
    text = changed('text: "Watch the rivers"', "text: >\n          Watch the\n          rivers\n")
    assert parse_playbook(text, "flood.yaml").items[0].text == "Watch the rivers"


def test_windows_line_ends_and_a_byte_order_mark_are_read() -> None:
    assert parse_playbook("\ufeff" + GOOD.replace("\n", "\r\n"), "flood.yaml") == good()


# --- the digest


def test_the_digest_is_64_hex_digits_and_the_same_for_the_same_content() -> None:
    assert re.fullmatch(r"[0-9a-f]{64}", good().digest)
    assert good().digest == good().digest


def test_comments_layout_and_defaults_written_out_do_not_change_the_digest() -> None:
    text = "# a comment\n" + changed(
        'text: "Watch the rivers"', "text: Watch the rivers\n        decision: false\n        after: []"
    )
    assert parse_playbook(text, "flood.yaml").digest == good().digest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('version: "1.0"', 'version: "1.1"'),
        ('"-24h"', '"-23h"'),
        ("after: [watch-rivers]", "after: []"),
        ("decision: true", "decision: false"),
        ('"Options: ask, wait"', '"Options: wait, ask"'),
        ("letter: R", "letter: Q"),
        ("id: alert", "id: warning"),
    ],
)
def test_any_change_of_content_changes_the_digest(old: str, new: str) -> None:
    assert parse_playbook(changed(old, new), "flood.yaml").digest != good().digest


def test_the_digest_never_drifts_between_releases() -> None:
    assert good().digest == "977a6eede30d13929f3c4e957ea5c4e241c1bef922ffb987c1cb0a723ee1e80a"


# --- broken fields: (what to change, to what, the words whose line is named, what is said)

FIELDS = [
    ('title: "Flood"\n', "", "slug:", "Add `title`: the name that people see."),
    ('        text: "Watch the rivers"\n', "", "- id: watch-rivers", "Add `text`: what to do, as an order."),
    ('version: "1.0"', "version: 1.0", "version:", 'Put quotes around the value of `version`: "1.0".'),
    ('title: "Flood"', "title: No", "title:", "Put quotes around the value of `title`"),
    ('title: "Flood"', "title:", "title:", "Write something after `title:`, or remove the line."),
    ('title: "Flood"', 'title: "  "', "title:", "`title` is empty"),
    ('title: "Flood"', "title: [a, b]", "title:", "Write `title` as one text"),
    ('"Watch the rivers"', f'"{"x" * 301}"', "text:", "`text` has 301 characters: shorten it to 300."),
    ("hazard: flood", "hazard: Flood!", "hazard:", "`hazard` may hold only small letters"),
    ("crisis_class: disaster", "crisis_class: storm", "crisis_class:", "'disaster', 'health', 'political' or 'other'"),
    ("lead_agency: CDEMA", "lead_agency: state", "lead_agency:", "must be an agency's code in capitals"),
    (
        "agency: CDEMA\n        position",
        "agency: cdema\n        position",
        "agency: cdema",
        "such as CDEMA, or `state`",
    ),
    ("agency: state", "agnecy: state", "agnecy", "There is no field `agnecy`: did you mean `agency`?"),
    ("t0: rain", "t0: rain\ncolour: red", "colour", "Remove `colour`: the fields here are slug, title"),
    ("decision: true", 'decision: "true"', "decision:", "Write `decision` as true or false"),
    ("after: [watch-rivers]", "after: watch-rivers", "after:", "Make `after` a list"),
    ('{anchor: activation, offset: "+12h"}', '"+12h"', 'due: "+12h"', "Write `due` as fields"),
    ('offset: "+12h"', 'offset: "noon"', '"noon"', "must be a number with m, h or d after it"),
    ('offset: "-24h"', 'offset: "−24h"', "−24h", "must be a number with m, h or d after it"),
    ('offset: "+12h"', 'offset: "401d"', "401d", "is more than 400 days away"),
    ('repeat: "6h"', 'repeat: "-6h"', "-6h", "must be a time above zero without a sign"),
    ('repeat: "6h"', 'repeat: "0h"', '"0h"', "must be a time above zero without a sign"),
    (', repeat: "6h"}', ', until: "6h"}', "until", "Remove `until`: the fields here are anchor, offset, repeat."),
    ("letter: R", "letter: T", "letter: T", "not T, which is the incident's own clock"),
    ("letter: R", "letter: rain", "letter: rain", "must be one to three capitals"),
    ("  rain: {", "  Heavy Rain: {", "Heavy Rain", "may hold only small letters, digits and underscores"),
    (
        'source: ["CDEMA Regional Response Mechanism"]',
        "source: []",
        "source: []",
        "`source` is empty: put at least one entry in it.",
    ),
]


@pytest.mark.parametrize(("old", "new", "where", "said"), FIELDS)
def test_a_broken_field_is_named_with_its_line(old: str, new: str, where: str, said: str) -> None:
    text = changed(old, new)
    (problem,) = [one for one in problems_of(text) if said in one] or [str(problems_of(text))]
    assert said in problem
    assert problem.startswith(f"flood.yaml:{line_of(text, where)}: ")


def test_every_broken_field_is_reported_at_once_in_the_order_of_lines() -> None:
    text = changed('version: "1.0"', "version: 1").replace("decision: true", "decision: maybe")
    lines = [int(problem.split(":")[1]) for problem in problems_of(text)]
    assert lines == [3, line_of(text, "decision:")]


def test_a_flood_of_problems_is_cut_short_and_says_so() -> None:
    text = GOOD + "        junk: 1\n" + "".join(f"      - {{extra{n}: 1}}\n" for n in range(150))
    problems = problems_of(text)
    assert len(problems) == 101
    assert "more problems follow" in problems[-1]


# --- cross checks

CROSS = [
    ("slug: flood", "slug: floods", "slug:", "The file is named flood and the slug is floods: make them the same."),
    ("t0: rain", "t0: snow", "t0:", "There is no anchor `snow`: t0 must be one of activation, rain."),
    ("anchor: rain", "anchor: snow", "anchor: snow", "There is no anchor `snow`: write one of activation, rain."),
    ("letter: R", "letter: A", "letter: A", "`rain` has the letter A, as `activation` has: choose another."),
    ("id: ask-for-help", "id: watch-rivers", "Decide whether", "Another item already has the id `watch-rivers`"),
    ("after: [watch-rivers]", "after: [fly]", "after:", "There is no item `fly`: correct the id, or remove it."),
    ("[watch-rivers]", "[watch-rivers, watch-rivers]", "after:", "`watch-rivers` is in this list twice"),
    ("after: [watch-rivers]", "after: [ask-for-help]", "after:", "ask-for-help waits for ask-for-help."),
    (
        'position: "CU duty officer"',
        'position: "CU officer"',
        "CU officer",
        "The list of positions has no `CU officer`",
    ),
    ('"National disaster office"]', '"National disaster office", "Cook"]', "Cook", "No item names the position `Cook`"),
]


@pytest.mark.parametrize(("old", "new", "where", "said"), CROSS)
def test_names_that_do_not_fit_each_other_are_named(old: str, new: str, where: str, said: str) -> None:
    text = changed(old, new)
    found = [problem for problem in problems_of(text) if said in problem]
    assert found, problems_of(text)
    line = line_of(text, where) - (1 if where == "Decide whether" else 0)
    assert found[0].startswith(f"flood.yaml:{line}: ")


def test_a_circle_of_items_is_spelled_out() -> None:
    text = changed('text: "Watch the rivers"', 'text: "Watch the rivers"\n        after: [pump]') + textwrap.indent(
        '- {id: pump, text: "Pump", agency: RSS, position: "CU duty officer", after: [ask-for-help]}\n', "      "
    )
    (problem,) = problems_of(text)
    chain = re.search(r"start: (.*)\. Remove one `after`\.", problem)
    assert chain is not None
    names = chain[1].split(" waits for ")
    waits = {"watch-rivers": "pump", "pump": "ask-for-help", "ask-for-help": "watch-rivers"}
    assert len(names) == 4
    assert all(waits[name] == then for name, then in pairwise(names))


def test_two_phases_with_one_id_are_refused() -> None:
    second = '  - {id: alert, name: "Again", items: [{id: x, text: "Do", agency: RSS}]}\n'
    (problem,) = problems_of(GOOD + second)
    assert "Another phase already has the id `alert`" in problem


def test_more_than_200_items_are_refused_and_200_are_not() -> None:
    def items(count: int) -> str:
        return "".join(f'      - {{id: i{n}, text: "Do", agency: RSS}}\n' for n in range(count))

    assert len(parse_playbook(GOOD + items(198), "flood.yaml").items) == 200
    (problem,) = problems_of(GOOD + items(199))
    assert "has 201 items: 200 is the most" in problem


# --- YAML itself

SYNTAX = [
    ("slug: flood\n  title: x\n", 2, "line this field up"),
    ("slug: flood\n\ttitle: x\n", 2, "use spaces"),
    ("slug: flood\ntitle: it: is\n", 2, "Put quotes around a text that holds a colon"),
    ('slug: flood\ntitle: "x\nversion: 1\n', 2, "A quote opens here and is never closed"),
    ("slug: flood\nsource: [a, b\nhazard: c\n", 3, "A bracket is not closed, or a comma is missing"),
    ("slug: flood\ntitle\nhazard: x\n", 3, "Put a colon and a space"),
    ("slug: flood\n---\nslug: other\n", 2, "Keep one playbook in one file"),
    ('slug: flood\ntitle: "a\\qb"\n', 2, "write the backslash twice"),
    ('slug: flood\ntitle: "\\UFFFFFFFF"\n', 2, "stands for no character"),
    ('slug: flood\ntitle: "a\\ud800b"\n', 2, "cannot be shown"),
    ('slug: flood\ntitle: "a\\u202eb"\n', 2, "cannot be shown"),
    ("slug: flood\ntitle: a\x07b\n", 2, "control character"),
    ("slug: flood\nslug: flood\n", 2, "`slug` is already on line 1: keep one of the two."),
    ("slug: flood\n? [a]\n: b\n", 2, "A field's name is one word"),
    ("slug: &name flood\n", 1, "Remove the YAML anchor &name"),
    ("slug: flood\ntitle: *name\n", 2, "instead of the alias *name"),
    ("slug: flood\ntitle: !!python/name:os.system x\n", 2, "a playbook holds plain text only"),
    ("slug: flood\ntitle: !!str x\n", 2, "a playbook holds plain text only"),
    ("", 1, "The file is empty"),
    ("# only a comment\n", 1, "The file is empty"),
    ("- a\n- b\n", 1, "A playbook starts with fields"),
    ("hello\n", 1, "A playbook starts with fields"),
]


@pytest.mark.parametrize(("text", "line", "said"), SYNTAX)
def test_broken_yaml_is_named_with_its_line(text: str, line: int, said: str) -> None:
    found = [problem for problem in problems_of(text) if said in problem]
    assert found, problems_of(text)
    assert found[0].startswith(f"flood.yaml:{line}: ")


def test_expanding_aliases_are_refused_before_they_expand() -> None:
    bomb = 'a: &a ["x","x"]\n' + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)},*{chr(97 + n)}]\n" for n in range(20)
    )
    assert problems_of(bomb) == [
        "flood.yaml:1: Remove the YAML anchor &a: every text is written where it is used.",
    ]


def test_nesting_beyond_20_levels_is_refused_in_both_styles() -> None:
    assert "nested more than 20 levels" in problems_of("a: " + "[" * 100_000)[0]
    assert "nested more than 20 levels" in problems_of("".join(" " * n + "a:\n" for n in range(300)))[0]


def test_a_file_over_256_kb_is_refused() -> None:
    assert "under 256 kB" in problems_of(GOOD + "#" * 256 * 1024)[0]


def test_a_file_of_very_many_values_is_refused() -> None:
    assert "more than 20000 values" in problems_of("source: [" + "a," * 30_000 + "]")[0]


# --- offsets


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("-120h", timedelta(hours=-120)),
        ("+15m", timedelta(minutes=15)),
        ("14d", timedelta(days=14)),
        ("0h", timedelta(0)),
        ("-400d", timedelta(days=-400)),
    ],
)
def test_an_offset_is_read(text: str, span: timedelta) -> None:
    assert read_span(text) == span


@pytest.mark.parametrize(
    "text", ["", "h", "1", "1w", "1.5h", "--1h", " 1h", "1h ", "1 h", "T+1:00", "٣h", "9" * 99 + "h"]
)
def test_what_is_not_an_offset_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be a number"):
        read_span(text)


# --- anything at all


def refused_or_read(text: str) -> None:
    problems: list[str] = []
    try:
        parse_playbook(text, "flood.yaml")
    except PlaybookInvalid as error:
        problems = error.problems or ["refused without a reason"]
    for problem in problems:
        assert re.fullmatch(r"flood\.yaml:[1-9][0-9]*: .*[.?]", problem, re.DOTALL), problem


@settings(deadline=None)
@given(st.text())
def test_arbitrary_text_is_refused_with_a_line_and_nothing_else(text: str) -> None:
    refused_or_read(text)


@settings(deadline=None)
@given(st.text(alphabet="ab:-?[]{}&*!|>'\"%@`#,~<=\\ \n\t\r019\u2028\ufeff\x85", max_size=60))
def test_arbitrary_punctuation_is_refused_with_a_line_and_nothing_else(text: str) -> None:
    refused_or_read(text)


@settings(deadline=None)
@given(st.integers(0, len(GOOD)), st.integers(0, 40), st.text(max_size=8))
def test_a_good_file_damaged_anywhere_is_read_or_refused(at: int, cut: int, put: str) -> None:
    refused_or_read(GOOD[:at] + put + GOOD[at + cut :])


@settings(deadline=None)
@given(st.text(min_size=1, max_size=20))
def test_any_file_name_can_be_given(name: str) -> None:
    with pytest.raises(PlaybookInvalid):
        parse_playbook("slug: x", name)
