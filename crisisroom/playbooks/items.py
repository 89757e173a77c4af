"""Checklist items: ticked, not needed, open again. Two people ticking two items never collide."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from crisisroom.access.policy import Permission
from crisisroom.commanding.command import Command, Outcome, command, handles, unchanged
from crisisroom.commanding.scene import Scene
from crisisroom.core.errors import BadInput
from crisisroom.core.texts import Line, Reference
from crisisroom.journal.deciding import settles
from crisisroom.log.event import Event, Stamp, event
from crisisroom.log.rows import Row
from crisisroom.log.snapshot import Rows
from crisisroom.playbooks.models import Item, ItemState, Run


class ItemEvent(Event):
    """What all three have in common."""

    subject: ClassVar[str] = "item"
    item: UUID
    run: UUID
    text: str

    def regions(self) -> Iterable[str]:
        return (f"item:{self.item}",)

    def _item(self, rows: Rows) -> Item:
        item = rows.get(Item, self.item)
        assert item is not None  # noqa: S101
        return item


@event("item.ticked")
class ItemTicked(ItemEvent):
    """An item was done."""

    def apply(self, rows: Rows, stamp: Stamp) -> Iterable[Row]:
        yield _settled(self._item(rows), ItemState.DONE, "", stamp)

    @classmethod
    def sample(cls) -> Event:
        return cls(item=UUID(int=41), run=UUID(int=40), text="Call national offices")


@event("item.skipped")
class ItemSkipped(ItemEvent):
    """An item was found not needed, with the reason."""

    reason: str

    def apply(self, rows: Rows, stamp: Stamp) -> Iterable[Row]:
        yield _settled(self._item(rows), ItemState.SKIPPED, self.reason, stamp)

    @classmethod
    def sample(cls) -> Event:
        return cls(item=UUID(int=41), run=UUID(int=40), text="Call national offices", reason="Done by the liaison")


@event("item.reopened")
class ItemReopened(ItemEvent):
    """An item was opened again."""

    def apply(self, rows: Rows, stamp: Stamp) -> Iterable[Row]:
        item = self._item(rows)
        yield item.but(
            state=ItemState.OPEN, reason="", by=None, by_name="", by_agency="", at=None, due=_due(item, rows),
            seq=stamp.seq,
        )  # fmt: skip

    @classmethod
    def sample(cls) -> Event:
        return cls(item=UUID(int=41), run=UUID(int=40), text="Call national offices")


def _settled(item: Item, state: ItemState, reason: str, stamp: Stamp) -> Item:
    by = stamp.by
    return item.but(
        state=state, reason=reason, by=by.person, by_name=by.name, by_agency=by.agency, at=stamp.at, seq=stamp.seq
    )  # fmt: skip


def _due(item: Item, rows: Rows) -> datetime | None:
    """Counted from the anchor as it is now, which may have moved while the item was settled."""
    run = rows.get(Run, item.run)
    moment = run.anchors.get(item.anchor) if run else None
    return moment + timedelta(seconds=item.seconds) if moment else None


@command("tick-item", Permission.ITEM_WRITE)
class TickItem(Command):
    """Mark an item done."""

    item: Reference

    @classmethod
    def sample(cls) -> Command:
        return cls(item=str(UUID(int=41)))


@handles(TickItem)
def tick_item(command: TickItem, scene: Scene) -> Outcome:
    """An item done already stays as it is, with who did it."""
    item = scene.find(Item, command.item)
    if item.state is ItemState.DONE:
        return unchanged(item)
    return Outcome([(item.room, ItemTicked(item=item.id, run=item.run, text=item.text))])


@settles
def settle_item(item: UUID, scene: Scene) -> Outcome:
    """An item that asks for a decision is done when one is recorded for it."""
    asked = scene.find(Item, str(item))
    if not asked.decision:
        raise BadInput("This item asks for no decision.", "item")
    done = [] if asked.state is ItemState.DONE else [ItemTicked(item=asked.id, run=asked.run, text=asked.text)]
    return Outcome([(asked.room, ticked) for ticked in done], asked.room, asked.id)


@command("skip-item", Permission.ITEM_WRITE)
class SkipItem(Command):
    """Mark an item not needed, and say why."""

    item: Reference
    reason: Line

    @classmethod
    def sample(cls) -> Command:
        return cls(item=str(UUID(int=41)), reason="Done by the liaison")


@handles(SkipItem)
def skip_item(command: SkipItem, scene: Scene) -> Outcome:
    """The reason goes into the log."""
    item = scene.find(Item, command.item)
    if (item.state, item.reason) == (ItemState.SKIPPED, command.reason):
        return unchanged(item)
    skipped = ItemSkipped(item=item.id, run=item.run, text=item.text, reason=command.reason)
    return Outcome([(item.room, skipped)])


@command("reopen-item", Permission.ITEM_WRITE)
class ReopenItem(Command):
    """Open an item again."""

    item: Reference

    @classmethod
    def sample(cls) -> Command:
        return cls(item=str(UUID(int=41)))


@handles(ReopenItem)
def reopen_item(command: ReopenItem, scene: Scene) -> Outcome:
    """What was done before stays in the log."""
    item = scene.find(Item, command.item)
    if item.state is ItemState.OPEN:
        return unchanged(item)
    return Outcome([(item.room, ItemReopened(item=item.id, run=item.run, text=item.text))])
