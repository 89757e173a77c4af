"""Who is here by way of other processes. They say so by the doorbell; it counts for as long as they go on saying it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID

from crisisroom.access.grants import Actor, grant_for
from crisisroom.live import presence
from crisisroom.live.channel import Channel
from crisisroom.live.doorbell import Doorbell, Here

LASTS_SECONDS = 30.0
MAX_PROCESSES = 256


class Elsewhere:
    """Tells other processes whom this one has in a book's rooms, and a channel whom they have."""

    def __init__(self, doorbell: Doorbell) -> None:
        self.who: Callable[[UUID], Actor | None] = lambda person: None
        self._doorbell = doorbell
        self._said: dict[UUID, dict[str, tuple[float, Here]]] = {}

    def say(self, channel: Channel, again: bool = False) -> None:
        """Tell whom this process has, if that is new."""
        here = channel.local_presence()
        if again or here != channel.said:
            channel.said = here
            self._doorbell.say_here(channel.book, here)

    def hear(self, channel: Channel, process: str, here: Here) -> None:
        """Another process tells whom it has."""
        known = self._said.setdefault(channel.book, {})
        if process not in known:
            if len(known) >= MAX_PROCESSES:
                return
            self.say(channel, again=True)  # it has just begun and knows nobody
        known[process] = (asyncio.get_running_loop().time() + LASTS_SECONDS, here)
        self.show(channel)

    def show(self, channel: Channel) -> None:
        """Bring a channel up to date: only who may be in a room is shown in it, whatever was said."""
        now, snapshot = asyncio.get_running_loop().time(), channel.snapshot
        known = {process: said for process, said in self._said.get(channel.book, {}).items() if said[0] > now}
        self._said[channel.book] = known
        people: dict[UUID, list[dict[str, Any]]] = {}
        for room, said in ((room, one) for _, here in known.values() for room, some in here.items() for one in some):
            actor = self.who(UUID(said["id"]))
            if actor and snapshot and room in grant_for(actor, snapshot).rooms:
                people.setdefault(room, []).append(presence.person(actor, said["state"], said["editing"]))
        if people != channel.elsewhere:
            channel.elsewhere = people
            channel.tell_presence()

    def forget(self, book: UUID) -> None:
        """Nobody looks at the book here any more."""
        self._said.pop(book, None)
        self._doorbell.say_here(book, {})
