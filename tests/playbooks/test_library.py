"""The shelf of playbooks: what is on it, whose copy counts, and that the three shipped ones are whole."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from crisisroom.playbooks.dating import due_at
from crisisroom.playbooks.library import Library, lint, read_playbook
from crisisroom.playbooks.schema import (
    Anchor,
    Due,
    Playbook,
    PlaybookInvalid,
    PlaybookItem,
    PlaybookPhase,
    parse_playbook,
)

SHIPPED = Path(__file__).parents[2] / "playbooks"

SMALL = """\
slug: {slug}
title: "{title}"
version: "{version}"
crisis_class: other
hazard: outage
lead_agency: IMPACS
source: ["Planning guidance"]
t0: activation
phases:
  - id: act
    name: "Act"
    items:
      - {{id: call, text: "Call", agency: IMPACS}}
"""


def put(folder: Path, slug: str, title: str = "Outage", version: str = "1.0") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"{slug}.yaml"
    path.write_text(SMALL.format(slug=slug, title=title, version=version), encoding="utf-8")
    return path


def problems_of(folders: list[Path]) -> list[str]:
    with pytest.raises(PlaybookInvalid) as caught:
        Library.load(folders)
    return caught.value.problems


# --- the shelf


def test_playbooks_are_listed_by_title_and_found_by_slug(tmp_path: Path) -> None:
    put(tmp_path, "a", title="zebra")
    put(tmp_path, "b", title="Apple")
    library = Library.load([tmp_path])
    assert [playbook.title for playbook in library.list()] == ["Apple", "zebra"]
    assert library.get("a") == read_playbook(tmp_path / "a.yaml")
    assert library.get("c") is None


def test_the_operators_playbook_takes_the_place_of_the_shipped_one(tmp_path: Path) -> None:
    shipped, own = tmp_path / "shipped", tmp_path / "own"
    put(shipped, "outage", version="1.0")
    put(shipped, "other")
    put(own, "outage", title="Our outage", version="1.0-lc")
    library = Library.load([shipped, own])
    assert [(one.slug, one.title, one.version) for one in library.list()] == [
        ("outage", "Our outage", "1.0-lc"),
        ("other", "Outage", "1.0"),
    ]


def test_two_different_playbooks_may_not_share_slug_and_version(tmp_path: Path) -> None:
    put(tmp_path / "shipped", "outage")
    own = put(tmp_path / "own", "outage", title="Our outage")
    assert problems_of([tmp_path / "shipped", tmp_path / "own"]) == [
        f"{own}:1: Another playbook outage has version 1.0 too: give this one another version, or delete it."
    ]


def test_every_problem_of_every_file_is_named_at_once(tmp_path: Path) -> None:
    put(tmp_path, "good")
    (tmp_path / "bad.yaml").write_text("slug: [", encoding="utf-8")
    put(tmp_path, "wrong").rename(tmp_path / "named.yaml")
    bad, named = problems_of([tmp_path])
    assert bad.startswith(f"{tmp_path}/bad.yaml:1: ")
    assert named.startswith(f"{tmp_path}/named.yaml:1: The file is named named and the slug is wrong")


def test_a_missing_folder_is_refused_and_an_empty_one_is_not(tmp_path: Path) -> None:
    assert "There is no such folder" in problems_of([tmp_path / "nowhere"])[0]
    assert Library.load([tmp_path]).list() == []


def test_a_file_named_yml_is_not_left_out_silently(tmp_path: Path) -> None:
    put(tmp_path, "outage").rename(tmp_path / "outage.yml")
    assert problems_of([tmp_path]) == [
        f"{tmp_path}/outage.yml:1: Rename this file to outage.yaml: only *.yaml is read."
    ]


def test_hidden_files_that_editors_leave_are_not_read(tmp_path: Path) -> None:
    (tmp_path / ".outage.yaml").write_text("half", encoding="utf-8")
    assert Library.load([tmp_path]).list() == []


# --- lint


def test_lint_finds_nothing_in_good_files_and_folders(tmp_path: Path) -> None:
    assert lint([put(tmp_path, "outage"), tmp_path, SHIPPED]) == []


def test_lint_names_what_is_broken_and_goes_on(tmp_path: Path) -> None:
    first = tmp_path / "first.yaml"
    first.write_text("slug: first\n\tt: x\n", encoding="utf-8")
    last = tmp_path / "last.yaml"
    last.write_text("", encoding="utf-8")
    assert [problem.split(": ")[0] for problem in lint([first, last])] == [f"{first}:2", f"{last}:1"]


def test_lint_of_what_is_not_there_says_so(tmp_path: Path) -> None:
    (missing,) = lint([tmp_path / "gone.yaml"])
    assert missing.startswith(f"{tmp_path}/gone.yaml:1: The file cannot be read (No such file or directory)")
    (empty,) = lint([tmp_path])
    assert "There is no playbook in this folder" in empty


def test_lint_refuses_other_encodings_and_large_files_by_line(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes("slug: latin\ntitle: Curaçao\n".encode("latin-1"))
    (tmp_path / "large.yaml").write_bytes(b"#" * (256 * 1024 + 1))
    large, latin = sorted(lint([tmp_path]))
    assert latin == f"{tmp_path}/latin.yaml:2: This is not UTF-8 text: save the file as UTF-8."
    assert "under 256 kB" in large


# --- the shipped three


@pytest.fixture(scope="module")
def library() -> Library:
    return Library.load([SHIPPED])


COMMON = {
    "open-board": "15m",
    "notify-and-set-times": "30m",
    "first-call": "1h",
    "set-objectives": "2h",
    "first-sitrep": "4h",
    "public-line": "6h",
    "reconcile-daily": "24h",
    "stand-down-criteria": "48h",
}


def test_one_playbook_ships_for_each_named_class(library: Library) -> None:
    assert {(one.slug, one.crisis_class, one.lead_agency, one.t0) for one in library.list()} == {
        ("hurricane", "disaster", "CDEMA", "onset"),
        ("vhf-importation", "health", "CARPHA", "event"),
        ("contested-election", "political", "CARICOM", "polling_day"),
    }


def test_every_shipped_playbook_has_the_common_block(library: Library) -> None:
    for playbook in library.list():
        by_id = {item.id: item for item in playbook.items}
        for name, offset in COMMON.items():
            due = by_id[name].due
            assert due is not None
            assert (due.anchor, due.offset.removeprefix("+")) == ("activation", offset)
        for name, offset in (("hot-wash", "+14d"), ("after-action-review", "+90d")):
            due = by_id[name].due
            assert due is not None
            assert (due.anchor, due.offset) == ("end", offset)


@pytest.mark.parametrize(
    ("slug", "items", "decisions"),
    [("hurricane", 37, 5), ("vhf-importation", 27, 3), ("contested-election", 23, 2)],
)
def test_every_row_of_the_doctrine_is_there(library: Library, slug: str, items: int, decisions: int) -> None:
    playbook = library.get(slug)
    assert playbook is not None
    assert len(playbook.items) == items
    assert sum(item.decision for item in playbook.items) == decisions


def test_every_shipped_item_says_who_and_on_what_authority(library: Library) -> None:
    for playbook in library.list():
        assert playbook.positions
        for item in playbook.items:
            assert item.position, item.id
            assert item.source, item.id


def test_every_decision_says_what_sets_it_off_or_what_the_choices_are(library: Library) -> None:
    for playbook in library.list():
        for item in playbook.items:
            assert item.trigger or not item.decision, item.id
            assert item.decision == ("decide" in item.text.lower() or item.id == "all-clear"), item.id


def test_no_shipped_item_is_due_before_one_it_waits_for(library: Library) -> None:
    for playbook in library.list():
        by_id = {item.id: item for item in playbook.items}
        for item in playbook.items:
            for name in item.after:
                due, before = item.due, by_id[name].due
                if due is not None and before is not None and due.anchor == before.anchor:
                    assert before.span <= due.span, f"{item.id} after {name}"


def test_every_anchor_of_a_shipped_playbook_is_counted_from(library: Library) -> None:
    for playbook in library.list():
        used = {item.due.anchor for item in playbook.items if item.due is not None}
        assert used == set(playbook.all_anchors)
        assert all(due_at(item.due, {}) is None for item in playbook.items)


def test_shipped_texts_are_short_plain_and_without_research_marks(library: Library) -> None:
    for playbook in library.list():
        for text in _texts(playbook):
            assert not re.search(r"\(\?\)|\[\w+\]|!| - |TODO", text), text
        for item in playbook.items:
            assert len(item.text) <= 140, item.text
            assert item.text[0].isupper(), item.text
            assert not item.text.endswith("."), item.text


def _texts(playbook: Playbook) -> list[str]:
    own = [text for item in playbook.items for text in (item.text, item.trigger, item.source, item.position) if text]
    return [playbook.title, *playbook.source, *(anchor.label for anchor in playbook.all_anchors.values()), *own]


# --- the page about playbooks


def test_the_example_in_the_documentation_is_a_good_playbook() -> None:
    page = (SHIPPED.parent / "docs" / "playbooks.md").read_text(encoding="utf-8")
    example = re.search(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert example is not None
    assert parse_playbook(example[1], "telecoms-outage.yaml").items


def test_the_documentation_names_every_field_and_counts_the_shipped_items_right(library: Library) -> None:
    page = (SHIPPED.parent / "docs" / "playbooks.md").read_text(encoding="utf-8")
    for model in (Playbook, PlaybookPhase, PlaybookItem, Due, Anchor):
        for name in model.model_fields:
            assert f"`{name}`" in page, name
    for playbook in library.list():
        assert re.search(rf"\| `{playbook.slug}\.yaml` \|.*\| {len(playbook.items)} \|", page), playbook.slug
