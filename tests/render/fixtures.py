"""Pages drawn from the storyline, for several viewers, without a server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from typing import Any

from jinja2 import Environment
from lxml import html

from crisisroom.access.grants import Actor, Role, grant_for
from crisisroom.access.policy import allows
from crisisroom.access.rooms import main_room
from crisisroom.commanding.command import commands
from crisisroom.render.board import BoardFilter, board_view
from crisisroom.render.env import make_environment
from crisisroom.render.task import drawer_view
from crisisroom.tasks.models import Task
from tests.render.storyline import PEOPLE, Storyline, somebody

LEADER = somebody(99, "Ada Crown", "CDEMA", Role.LEADER)


@cache
def environment() -> Environment:
    """The templates, compiled once."""
    return make_environment()


def context(story: Storyline, me: Actor, **more: Any) -> dict[str, Any]:
    """What a page of the incident gets for this viewer."""
    grant = grant_for(me, story.snapshot)
    may = frozenset(command.wire_name for command in commands() if allows(grant, command.permission))
    return {
        "me": me, "may": may, "readonly": not may, "now": story.now + timedelta(minutes=5), "zone": story.incident.zone,
        "incident": story.incident, "snapshot": story.snapshot, "tlp": main_room(story.snapshot).tlp, "cursor": "c",
        "storable": [],
    } | more  # fmt: skip


def board_page(story: Storyline, me: Actor, chosen: BoardFilter | None = None, task: Task | None = None) -> str:
    """The board as this viewer gets it."""
    rooms = grant_for(me, story.snapshot).rooms
    records = [record for record in story.records if record.room in rooms]
    drawer = drawer_view(story.snapshot, rooms, records, task, PEOPLE) if task else None
    page = context(
        story, me, view=board_view(story.snapshot, rooms, records), filter=chosen or BoardFilter(), drawer=drawer,
        proof="whole", tab="board",
    )  # fmt: skip
    return environment().get_template("pages/board.html").render(page)


def drawer(story: Storyline, me: Actor, task: Task) -> str:
    """The drawer alone."""
    rooms = grant_for(me, story.snapshot).rooms
    view = drawer_view(story.snapshot, rooms, story.records, task, PEOPLE)
    return environment().get_template("task/_drawer.html").render(context(story, me, drawer=view))


def parse(text: str) -> Any:
    """A page as a tree."""
    return html.document_fromstring(text)


def root_of(text: str) -> Any:
    """The one root element of a fragment; fails when there is none or more than one."""
    roots = html.fragments_fromstring(text)
    assert len(roots) == 1, f"{len(roots)} roots"
    assert not isinstance(roots[0], str), "text outside the root"
    return roots[0]


def command_forms(tree: Any) -> Iterator[Any]:
    """The forms that would change something in the incident."""
    return (form for form in tree.iter("form") if "/commands/" in (form.get("action") or ""))


def task_called(story: Storyline, words: str) -> Task:
    """The task whose title has these words."""
    return next(task for task in story.snapshot.rows(Task).values() if words in task.title)
