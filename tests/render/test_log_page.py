"""The log page: filters in the address, one sentence of proof, and nothing proven that is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from crisisroom.log.record import Record
from crisisroom.log.verify import Problem
from crisisroom.playbooks.models import Item
from crisisroom.render.log_lines import sentence_html
from crisisroom.render.log_page import LogView, log_view
from crisisroom.render.log_query import KINDS, PAGE, LogQuery, choose_page, entry_href, entry_name, kind_of
from crisisroom.render.proof import CheckpointLine, ProofView, heads_of, proof_view, sentence
from crisisroom.tasks.models import Task
from tests.render.fixtures import context, environment, parse
from tests.render.storyline import BOOK, DANIEL, NOEL, REGIS, Storyline, hurricane

OTHER = UUID(int=0xDEAD)


@pytest.fixture(scope="module")
def story() -> Storyline:
    return hurricane()


def proof_of(story: Storyline, *problems: Problem, checkpoints: tuple[CheckpointLine, ...] = ()) -> ProofView:
    rooms = {record.room for record in story.records}
    return proof_view(
        problems, book=BOOK, rooms=rooms, entries=len(story.records), checked_at=story.now, checkpoints=checkpoints
    )


def view_of(
    story: Storyline, proof: ProofView | None = None, records: Sequence[Record] | None = None, **query: str
) -> LogView:
    def draw(record: Record) -> str:
        return sentence_html(environment(), story.snapshot, record)

    asked, entries = LogQuery.read(query), story.records if records is None else records
    chosen = [one for one in asked.choose(entries, story.incident.t0) if asked.is_in(draw(one), one)]
    shown = choose_page(entries, chosen, asked, story.main)
    return log_view(story.snapshot, shown, shown.wanted, proof or proof_of(story), asked, story.incident.t0, draw)


def page_of(story: Storyline, view: LogView) -> Any:
    return parse(environment().get_template("pages/log.html").render(context(story, REGIS, view=view, tab="log")))


def text_of(tree: Any, selector: str) -> str:
    return " ".join(" ".join(tree.cssselect(selector)[0].text_content().split()).split())


def test_every_kind_of_event_belongs_to_one_filter(story: Storyline) -> None:
    stems = [stem for _, _, some in KINDS.values() for stem in some]
    assert len(stems) == len(set(stems))
    assert all(kind_of(record.event) in KINDS for record in story.records)


def test_the_newest_entry_is_first_and_each_carries_its_place(story: Storyline) -> None:
    tree = page_of(story, view_of(story))
    rows = tree.cssselect("tr[data-seq]")
    assert [int(row.get("data-seq")) for row in rows] == list(range(len(story.records), 0, -1))
    assert {row.get("data-room") for row in rows} == {str(story.main)}
    assert rows[0].get("id") == str(len(story.records))


def test_a_printed_log_says_who_printed_it_when_and_up_to_where(story: Storyline) -> None:
    tree = page_of(story, view_of(story))
    (foot,) = tree.cssselect(".print-foot[hidden]")
    said = " ".join(foot.text_content().split())
    assert said.startswith("Printed by M. Regis, CDEMA, 10 Sep 2026 ")
    head = story.snapshot.head(story.main)
    assert said.endswith(f"Newest entry {head.seq}, check code {head.hash[:16]}")
    assert [(one.name, one.entries, one.head) for one in heads_of(story.snapshot, {story.main, OTHER})] == [
        ("Main room", head.seq, head.hash)
    ]


def test_a_whole_log_says_so_in_one_sentence(story: Storyline) -> None:
    tree = page_of(story, view_of(story))
    said = text_of(tree, ".proof-whole p")
    assert said.startswith(f"Verified. All {len(story.records)} entries match their hashes.")
    assert said.endswith("UTC by this server.")
    assert not tree.cssselect(".proof-broken")


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ({"kind": "decisions"}, lambda record: record.event.startswith("decision.")),
        ({"agency": "RSS"}, lambda record: record.by.agency == "RSS"),
        ({"person": str(DANIEL.id)}, lambda record: record.by.person == DANIEL.id),
        ({"q": "sortie airborne"}, lambda record: record.event == "entry.written"),
        ({"since": "T+13:00"}, lambda record: record.at.hour >= 15 and record.at.day == 10),
        ({"until": "2026-09-08T00:00:00Z"}, lambda record: record.at.day == 7),
    ],
)
def test_a_filter_in_the_address_leaves_the_rest_out(story: Storyline, query: dict[str, str], kept: Any) -> None:
    view = view_of(story, **query)
    wanted = [record.seq for record in story.records[::-1] if kept(record)]
    assert wanted
    assert [row.seq for row in view.rows] == wanted
    assert view.hidden == len(story.records) - len(wanted)
    assert f"{view.hidden} of {view.total} entries hidden" in text_of(page_of(story, view), ".hidden-line")


def test_what_is_no_time_is_said_and_hides_nothing(story: Storyline) -> None:
    view = view_of(story, since="yesterday")
    assert view.hidden == 0
    assert view.problems["since"].startswith("Not a time")


def test_a_filter_that_fits_nothing_says_what_is_safe(story: Storyline) -> None:
    tree = page_of(story, view_of(story, q="zebra"))
    assert "Nothing is lost" in text_of(tree, ".log-entries")


def test_tampering_names_the_entry_and_what_is_still_proven(story: Storyline) -> None:
    problem = Problem(story.main, 20, "the stored text does not match its hash", "c4f1" * 16, "2209" * 16)
    tree = page_of(story, view_of(story, proof_of(story, problem)))
    said = text_of(tree, ".proof-broken")
    assert "Tampering detected at entry 20" in said
    assert "Entries 1 to 19 are proven" in said
    assert f"Entries 20 to {len(story.records)} cannot be proven here" in said
    standing = {int(row.get("data-seq")): row.get("data-standing") for row in tree.cssselect("tr[data-seq]")}
    assert standing[19] == "proven"
    assert standing[20] == "broken"
    assert standing[21] == "unprovable"
    assert "expected c4f1…c4f1" in text_of(tree, "tr[data-standing=broken]")
    assert "Verified" not in tree.text_content()


def test_the_banner_leads_to_the_first_broken_entry(story: Storyline) -> None:
    tree = page_of(story, view_of(story, proof_of(story, Problem(story.main, 20, "is missing"))))
    assert [link.get("href") for link in tree.cssselect(".proof-broken h2 a")] == ["/i/elena-26/log?entry=20#20"]


def test_a_checkpoint_past_the_break_has_no_tick(story: Storyline) -> None:
    lines = [CheckpointLine(story.main, seq, story.now, "signer") for seq in (25, 20, 19)]
    proof = proof_of(story, Problem(story.main, 20, "is missing"), checkpoints=tuple(lines))
    assert [line.reached for line in proof.checkpoints] == [False, False, True]
    tree = page_of(story, view_of(story, proof))
    said = [" ".join(one.text_content().split()) for one in tree.cssselect(".checkpoints p")]
    assert said == ["Signature good, chain does not reach it"] * 2 + ["Signed by signer"]
    signs = [use.get("href").rsplit("#")[1] for use in tree.cssselect(".checkpoints use")]
    assert signs == ["x", "x", "check"]


def test_what_the_board_has_wrong_is_named_as_people_name_it(story: Storyline) -> None:
    task = next(iter(story.snapshot.rows(Task).values()))
    items = story.snapshot.rows(Item).values()
    wrong = [("task", task), ("item", next(iter(items)))]
    found = [
        Problem(row.room, row.seq, f"the state table's {kind} {row.id} is not what the log adds up to")
        for kind, row in wrong
    ]
    unknown = Problem(story.main, 5, f"the state table's task {OTHER} is not what the log adds up to")
    said = view_of(story, proof_of(story, *found, unknown)).elsewhere
    assert said[0] == f"Task E-{task.number} is not what the log adds up to."
    assert said[1].startswith("The checklist item “")
    assert said[2] == "A task on the board is not what the log adds up to."
    elsewhere = Problem(BOOK, 0, found[0].what)
    assert view_of(story, proof_of(story, elsewhere)).elsewhere == [said[2]]


def test_an_entry_that_was_deleted_keeps_its_place(story: Storyline) -> None:
    cut = [record for record in story.records if record.seq != 7]
    proof = proof_of(story, Problem(story.main, 7, "is missing"))
    view = view_of(story, proof, cut)
    assert [row.seq for row in view.rows][-8:-5] == [8, 7, 6]
    row = view.rows[-7]
    assert (row.state, row.wrong, row.at) == ("broken", "Entry 7 is missing.", None)
    assert "not in the log any more" in page_of(story, view).text_content()


def test_a_wrong_state_table_leaves_the_log_proven(story: Storyline) -> None:
    problem = Problem(story.main, 5, "the state table's task X is not what the log adds up to")
    view = view_of(story, proof_of(story, problem))
    assert view.proof.state == "broken"
    assert {row.state for row in view.rows} == {"proven"}
    assert "What the board shows of it is unconfirmed" in page_of(story, view).text_content()


def test_the_proof_of_rooms_one_is_not_in_is_not_told(story: Storyline) -> None:
    proof = proof_of(
        story,
        Problem(OTHER, 3, "is missing"),
        checkpoints=(
            CheckpointLine(OTHER, 3, story.now, "x", good=False),
            CheckpointLine(story.main, 3, story.now, "y"),
        ),
    )
    assert proof.state == "whole"
    assert [line.room for line in proof.checkpoints] == [story.main]


def test_a_checkpoint_the_log_does_not_reach_breaks_the_proof(story: Storyline) -> None:
    line = CheckpointLine(
        story.main, 99, story.now, "signer", good=False, what="Signature good, chain does not reach it"
    )
    view = view_of(story, proof_of(story, checkpoints=(line,)))
    assert view.proof.state == "broken"
    said = text_of(page_of(story, view), ".proof-broken")
    assert "The checkpoint signed at entry 99" in said
    assert "match their hashes" not in said


def test_problems_are_whole_sentences() -> None:
    assert sentence(Problem(OTHER, 4, "is there twice")) == "Entry 4 is there twice."
    assert sentence(Problem(OTHER, 4, "it does not follow the entry before it")).startswith("It does")
    assert sentence(Problem(OTHER, 0, "has no head")) == "The log has no head."


def test_an_entry_has_an_address_that_leads_to_its_page(story: Storyline) -> None:
    assert entry_href("elena-26", story.main, 214, story.main) == "/i/elena-26/log?entry=214#214"
    assert entry_name(OTHER, 214, story.main) == f"{OTHER}-214"
    detail = view_of(story, entry="7").detail
    assert detail
    assert detail.seq == 7


def test_a_long_log_comes_in_pages_and_an_entry_finds_its_own(story: Storyline) -> None:
    last = story.records[-1]
    many = [replace(last, seq=seq) for seq in range(1, 3 * PAGE)]

    def view(**query: str) -> LogView:
        return view_of(story, records=many, **query)

    assert len(view().rows) == PAGE
    assert view().older == "?page=2"
    assert view(page="2").newer == "?page=1"
    assert view(page="99").older == ""
    assert any(row.seq == 3 for row in view(entry="3").rows)
    assert view(page="2").rows[0].seq == 2 * PAGE - 1


def test_a_missing_entry_stands_on_the_one_page_where_it_belongs(story: Storyline) -> None:
    last = story.records[-1]
    for missing, pages in ((PAGE * 2, [1]), (PAGE, [2]), (3, [3]), (PAGE * 3, [1])):
        many = [replace(last, seq=seq) for seq in range(1, 3 * PAGE) if seq != missing]
        proof = proof_of(story, Problem(story.main, missing, "is missing"))
        views = {page: view_of(story, proof, many, page=str(page)) for page in (1, 2, 3)}
        assert [page for page, view in views.items() if any(row.seq == missing for row in view.rows)] == pages
        assert any(row.seq == missing for row in view_of(story, proof, many, entry=str(missing)).rows)


def test_entries_of_another_room_carry_its_name() -> None:
    story = Storyline()
    room = story.do("open-room", NOEL, name="Intelligence", tlp="AMBER", agencies=["IMPACS", "RSS"]).events[0][0]
    story.do("write-entry", NOEL, text="Watch list checked.", room=str(room))
    view = view_of(story)
    assert view.rows[0].room_name == "Intelligence"
    assert view.rows[0].name == f"{room}-2"
    assert [chain.name for chain in view.chains] == ["Main room", "Intelligence"]
    assert "Intelligence" in page_of(story, view).text_content()
