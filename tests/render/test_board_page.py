"""The board page: what is on it, for whom, and that nothing typed by people becomes markup."""

from __future__ import annotations

import gzip
import re

import pytest

from crisisroom.render.board import BoardFilter, board_view
from crisisroom.tasks.models import Lane, Task
from tests.render.fixtures import LEADER, board_page, command_forms, context, drawer, environment, parse, task_called
from tests.render.storyline import BAPTISTE, DANIEL, REGIS, WILSON, Storyline, hurricane

HOSTILE = '"><script>alert(1)</script><img src=x onerror="alert(2)">\' {{ 7*7 }} &amp;'


@pytest.fixture(scope="module")
def story() -> Storyline:
    return hurricane()


def test_every_template_compiles() -> None:
    env = environment()
    names = env.list_templates()
    assert len(names) > 40
    for name in names:
        env.get_template(name)


def test_the_page_says_where_it_stands(story: Storyline) -> None:
    body = parse(board_page(story, REGIS)).body
    assert body.get("data-incident") == story.incident.key
    assert body.get("data-cursor") == "c"
    assert body.get("data-live") == f"/i/{story.incident.key}/live"
    assert body.get("data-me") == str(REGIS.id)
    assert body.get("data-t0") == "2026-09-10T02:30:00Z"
    assert body.get("data-letter") == "E"
    assert "move-task" in body.get("data-may").split()
    assert body.get("data-readonly") is None


def test_lanes_hold_their_cards_in_order(story: Storyline) -> None:
    tree = parse(board_page(story, REGIS))
    for lane in Lane:
        cards = tree.xpath(f"//ol[@id='cards-{lane}']/li")
        assert [card.get("data-lane") for card in cards] == [lane] * len(cards)
        dues = [card.get("data-due") or "9" for card in cards]
        assert dues == sorted(dues)
        assert tree.xpath(f"string(//h2[@id='lane-{lane}']/span)") == str(len(cards))


def test_every_write_says_what_it_is_and_carries_a_key(story: Storyline) -> None:
    tree = parse(board_page(story, REGIS, task=task_called(story, "debris")))
    forms = list(command_forms(tree))
    assert len(forms) > 30
    keys = []
    for form in forms:
        assert form.get("method") == "post"
        assert re.fullmatch(rf"/i/{story.incident.key}/commands/[a-z-]+", form.get("action"))
        keys += form.xpath(".//input[@name='idempotency_key']/@value")
        assert len(form.xpath(".//input[@name='idempotency_key']")) == 1
    assert len(set(keys)) == len(keys)


def test_a_leader_has_no_working_write_control(story: Storyline) -> None:
    tree = parse(board_page(story, LEADER, task=task_called(story, "debris")))
    assert tree.body.get("data-readonly") is not None
    assert tree.body.get("data-may") == ""
    for form in command_forms(tree):
        around = [form, *form.iterancestors()]
        assert any("writes" in (one.get("class") or "").split() for one in around), form.get("action")
    assert not tree.xpath("//*[@id='quick-add'] | //*[@id='write-entry'] | //*[@id='record-decision']")
    assert not list(command_forms(tree.get_element_by_id("drawer")))


def test_shared_forms_are_marked_so_that_style_can_hide_them(story: Storyline) -> None:
    for form in command_forms(parse(board_page(story, REGIS)).get_element_by_id("lanes")):
        assert any("writes" in (one.get("class") or "").split() for one in [form, *form.iterancestors()])


def test_hostile_text_stays_text() -> None:
    story = hurricane()
    story.do("add-task", REGIS, title=HOSTILE, notes=HOSTILE, position=HOSTILE)
    task = max(story.snapshot.rows(Task).values(), key=lambda task: task.number)
    story.do("comment-task", REGIS, task=str(task.id), text=HOSTILE)
    story.do("move-task", REGIS, task=str(task.id), lane="blocked", reason=HOSTILE)
    story.do("write-entry", REGIS, text=HOSTILE)
    story.do("record-decision", REGIS, decision=HOSTILE, reason=HOSTILE, options=[HOSTILE])
    story.do("set-level", REGIS, scheme=HOSTILE, value=HOSTILE)
    task = story.snapshot.rows(Task)[task.id]
    for text in (board_page(story, REGIS, task=task), board_page(story, LEADER, task=task)):
        tree = parse(text)
        assert [script.get("src") is not None for script in tree.iter("script")] == [True]
        assert not list(tree.iter("img"))
        assert "49 &" not in tree.text_content()
        assert HOSTILE in tree.xpath(f"string(//*[@data-task='{task.id}']//*[@class='card-title'])")


@pytest.mark.parametrize("viewer", [REGIS, LEADER], ids=lambda actor: actor.name)
def test_nothing_is_inline(story: Storyline, viewer) -> None:
    tree = parse(board_page(story, viewer, task=task_called(story, "debris")))
    assert not list(tree.iter("style"))
    for element in tree.iter():
        if isinstance(element.tag, str):
            assert not [name for name in element.attrib if name == "style" or name.startswith("on")], element.tag


def test_ids_are_unique_and_labels_lead_somewhere(story: Storyline) -> None:
    tree = parse(board_page(story, REGIS, task=task_called(story, "debris")))
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))
    for name in ("for", "aria-labelledby", "aria-describedby"):
        for value in tree.xpath(f"//@{name}"):
            assert set(value.split()) <= set(ids), (name, value)


def test_landmarks_and_headings(story: Storyline) -> None:
    tree = parse(board_page(story, REGIS))
    assert len(tree.xpath("//h1")) == len(tree.xpath("//main")) == 1
    assert tree.xpath("//a[@class='skip']/@href") == ["#main"]
    headings = [
        heading.text_content().split("  ")[0].strip() for heading in tree.xpath("//main//h2[not(ancestor::*[@hidden])]")
    ]
    assert [heading.rstrip(" 0123456789") for heading in headings][:6] == [
        "Playbook", "To do", "In progress", "Blocked", "Done", "Live log",
    ]  # fmt: skip
    assert len(tree.xpath("//*[@role='status']")) == len(tree.xpath("//*[@role='alert']")) == 1


def test_a_filter_hides_cards_and_says_how_many(story: Storyline) -> None:
    tree = parse(board_page(story, REGIS, BoardFilter.read({"agency": "rss"})))
    shown = tree.xpath("//li[@data-task][not(@hidden)]/@data-agency")
    assert set(shown) == {"RSS"}
    hidden = tree.xpath("//li[@data-task][@hidden]")
    assert tree.xpath("string(//*[@data-count='hidden'])") == f"{len(hidden)} hidden by filter"
    assert tree.xpath("//button[@name='agency'][@value='RSS']/@aria-pressed") == ["true"]


def test_filters_stand_in_the_address() -> None:
    chosen = BoardFilter.read({"agency": "cdema", "mine": "1", "overdue": "1", "lane": "blocked", "other": "x"})
    assert chosen.query == "?agency=CDEMA&mine=1&overdue=1&lane=blocked"
    assert BoardFilter.read(chosen.pairs) == chosen
    assert not BoardFilter.read({"lane": "attic"}).on
    assert BoardFilter.read({"agency": "Partners"}).agency == "partners"


def test_late_and_mine_are_counted(story: Storyline) -> None:
    view = board_view(story.snapshot, frozenset({story.main}), story.records)
    # Thirteen hours and a half after landfall is past, fifteen is not; the debris was due at 14:30.
    assert [task.number for task in view.late(story.now)] == [3]
    assert [task.number for task in view.mine(DANIEL.id)] == [2]
    assert [task.number for task in view.mine(BAPTISTE.id)] == [1]


def test_without_script_late_tasks_are_listed(story: Storyline) -> None:
    listed = re.search(r"Late now.*?</noscript>", board_page(story, WILSON), re.DOTALL)
    assert listed
    assert "E-3 Hospital status" in listed[0]
    assert "0:35 late" in listed[0]


def test_another_rooms_work_is_not_counted() -> None:
    story = hurricane()
    before = board_page(story, WILSON)
    story.do("open-room", REGIS, name="Logistics cell", tlp="TLP:AMBER", agencies=["CDEMA", "RSS"])
    room = next(record.room for record in story.records if record.event == "room.opened" and record.room != story.main)
    story.do("add-task", REGIS, title="Quiet convoy", room=str(room), due="T+1:00", agency="RSS")
    keys = re.compile(r'name="idempotency_key" value="[^"]*"')
    assert keys.sub("", board_page(story, WILSON)) == keys.sub("", before)
    assert "Quiet convoy" in board_page(story, DANIEL)


def test_the_drawer_shows_fields_comments_and_history(story: Storyline) -> None:
    task = task_called(story, "Air reconnaissance")
    tree = parse(drawer(story, REGIS, task))
    article = tree.find_class("drawer")[0]
    assert (article.get("data-drawer"), article.get("data-number")) == (str(task.id), "E-2")
    assert {field.get("data-field") for field in tree.xpath("//*[@data-field]")} == {
        "title", "lane", "agency", "assignee", "due", "priority", "tlp", "position", "waits_for", "notes",
    }  # fmt: skip
    assert tree.xpath("//input[@name='base.due']/@value") == ["2026-09-10T17:30:00Z"]
    assert tree.xpath("//input[@name='set.due']/@value") == ["T+15:00"]
    assert "West coast imaged to Colihaut." in tree.get_element_by_id(f"comments-{task.id}").text_content()
    history = tree.get_element_by_id(f"history-{task.id}")
    assert [time.text for time in history.iter("time")] == ["T+13:06", "T+2:30", "T+2:30", "T+0:30"]
    assert int(article.get("data-rev")) == max(
        record.seq for record in story.records if record.event == "task.commented"
    )


def test_a_task_says_what_it_waits_for_and_holds_up() -> None:
    story = hurricane()
    story.do("edit-task", REGIS, task="E-2", set={"waits_for": ["E-4"]}, base={"waits_for": []})
    waiting = parse(drawer(story, REGIS, task_called(story, "Air reconnaissance")))
    assert "E-4 Clear debris" in waiting.xpath("string(//*[@data-field='waits_for'])")
    holding = parse(drawer(story, REGIS, task_called(story, "debris")))
    assert "Holds up" in holding.text_content()
    assert "E-2 Air reconnaissance" in holding.text_content()


def test_a_closed_incident_offers_no_work() -> None:
    story = hurricane()
    story.do("close-incident", REGIS, summary="No unmet life-saving request for 72 h.")
    page = context(story, REGIS, may=frozenset(), readonly=True)
    view = board_view(story.snapshot, frozenset({story.main}), story.records)
    text = (
        environment()
        .get_template("pages/board.html")
        .render(page, view=view, filter=BoardFilter(), drawer=None, tab="board")
    )
    tree = parse(text)
    assert "Closed T+14:00" in tree.get_element_by_id("header").text_content()
    assert not tree.xpath("//*[@data-clock='t-plus']"), "the clock stands still"
    assert not tree.xpath("//*[@id='quick-add']")


def test_a_first_load_of_the_page_is_small(story: Storyline) -> None:
    assert len(gzip.compress(board_page(story, REGIS).encode(), 6)) <= 16_000
