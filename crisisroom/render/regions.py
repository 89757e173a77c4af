"""Live regions: the parts of a board that are drawn once for a room and sent to everybody in it.

A region depends on the rows of its own room and on nothing else: not on who looks, not on the present time, not on
other rooms. What differs between viewers is decided by attributes on the page's root, what differs by the minute by
script.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from jinja2 import Environment
from markupsafe import Markup

from crisisroom.access.rooms import Room
from crisisroom.incidents.models import Incident, incident_of
from crisisroom.log.snapshot import Snapshot
from crisisroom.playbooks.models import Item, Run
from crisisroom.render.kept import kept, kept_lanes
from crisisroom.tasks.models import Comment, Task


def draw(env: Environment, snapshot: Snapshot, region: str) -> str:
    """The HTML of one live region, such as `task:{uuid}`: one root element that carries the region's id."""
    return Draws(env, snapshot)(region)


class Draws:
    """Draws regions of one snapshot; what many of them need is worked out once."""

    def __init__(self, env: Environment, snapshot: Snapshot) -> None:
        self.env = env
        self.snapshot = snapshot
        self.incident: Incident = incident_of(snapshot)

    def __call__(self, region: str) -> Markup:
        """One region by name. Raises ValueError for a name that no region has."""
        kind, _, id = region.partition(":")
        if kind == "header":
            return self.header()
        if kind == "task":
            return self.task(UUID(id))
        if kind == "item":
            return self.item(UUID(id))
        if kind == "run":
            return self.run(UUID(id))
        raise ValueError(f"no live region is called {region!r}")

    def header(self, incident: Incident | None = None) -> Markup:
        """The incident's name, states, level, phases, lead agency and T0: what the main room knows, or what a page
        hands in for somebody outside it.
        """
        incident = incident or self.incident
        lead = incident.leading_run
        return self._draw("header", incident=incident, run=self.snapshot.get(Run, lead) if lead else None)

    def task(self, id: UUID) -> Markup:
        """A card; a mark that it is gone when it was released to another room."""
        task = self.snapshot.get(Task, id)
        if task is None or task.gone:
            return gone(f"task-{id}")
        comments, newest = comments_by_task(self.snapshot).get(id, (0, 0))
        # A comment changes the card but not the task's row, so the card's version counts both.
        rev = max(task.seq, newest)
        room = self._other_room(task.room)
        sources = (task, comments, rev, room, self.incident)
        return kept(self.env).get(
            f"task:{id}", sources, lambda: self._draw("task", task=task, comments=comments, rev=rev, room=room)
        )

    def cards(
        self, lane: str, tasks: Sequence[Task], rooms: Sequence[Room], hidden: Collection[UUID] = frozenset()
    ) -> Markup:
        """The cards of a lane in this order, which stand in `rooms`; a filter leaves out those in `hidden`."""
        if hidden:
            cards = [(self.task(task.id), task.id in hidden) for task in tasks]
            return Markup("").join(_hide(card) if out else card for card, out in cards)
        comments = comments_by_task(self.snapshot)
        sources = (tuple(tasks), tuple(rooms), tuple(comments.get(task.id) for task in tasks), self.incident)
        name = f"{lane}:{','.join(str(room.id) for room in rooms)}"
        return kept_lanes(self.env).get(name, sources, lambda: "".join(self.task(task.id) for task in tasks))

    def item(self, id: UUID) -> Markup:
        """A checklist item."""
        item = self.snapshot.get(Item, id)
        if item is None:
            return gone(f"item-{id}")
        return kept(self.env).get(f"item:{id}", (item, self.incident), lambda: self._draw("item", item=item))

    def run(self, id: UUID, items: Mapping[str, Iterable[Item]] | None = None, late: Iterable[Item] = ()) -> Markup:
        """A run's head and the empty lists of its phases.

        A page hands in the items, by phase, and gets them inside; `late` are those of them that are past their time,
        in the same order.
        """
        run = self.snapshot.get(Run, id)
        if run is None:
            return gone(f"run-{id}")
        return self._draw("run", run=run, items=items, late=late, draw=self, room=self._other_room(run.room))

    def _draw(self, name: str, **context: Any) -> Markup:
        html = self.env.get_template(f"board/_{name}.html").render({"incident": self.incident} | context)
        return Markup(html)  # noqa: S704 - a template's own output

    def _other_room(self, id: UUID) -> Room | None:
        """The room, unless it is the main one, which needs no name."""
        room = self.snapshot.get(Room, id)
        return None if room is None or room.main else room


def comments_by_task(snapshot: Snapshot) -> dict[UUID, tuple[int, int]]:
    """For each task with comments: how many, and the newest one's entry.

    Comments are only ever added, so a snapshot that went on is counted on from where it stood.
    """
    comments = snapshot.rows(Comment)
    counted, found = _COUNTED.get(snapshot, (0, {}))
    for comment in islice(comments.values(), counted, None):
        count, newest = found.get(comment.task, (0, 0))
        found[comment.task] = (count + 1, max(newest, comment.seq))
    _COUNTED[snapshot] = (len(comments), found)
    return found


_COUNTED: WeakKeyDictionary[Snapshot, tuple[int, dict[UUID, tuple[int, int]]]] = WeakKeyDictionary()


def _hide(card: Markup) -> Markup:
    return Markup(str(card).replace("<li ", "<li hidden ", 1))  # noqa: S704 - a card as drawn


def gone(id: str) -> Markup:
    """What tells a page that the element with this id left."""
    return Markup('<template id="{}" data-gone></template>').format(id)
