"""Following the log for as long as the process runs: when the doorbell rings, and each second whatever it says."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from uuid import UUID

import structlog

from crisisroom.live.hub import Hub
from crisisroom.live.session import SIGNED_OUT
from crisisroom.log.store import positions

LOOK_SECONDS = 1.0
BEAT_SECONDS = 20.0
HERE_SECONDS = 10.0
# After a hint the next one waits so long, as somebody may send any number of false ones.
REST_SECONDS = 0.002

StillSignedIn = Callable[[set[str]], Awaitable[set[str]]]

logger = structlog.get_logger()


async def follow(hub: Hub, still_signed_in: StillSignedIn) -> None:
    """Never returns. `still_signed_in` tells which of these hashed secrets of open connections still hold."""
    loop = asyncio.get_running_loop()
    look = beat = here = loop.time()
    while True:
        with suppress(TimeoutError):
            await asyncio.wait_for(hub.awake.wait(), max(look - loop.time(), 0))
        hub.awake.clear()
        now = loop.time()
        await _read_on(hub, still_signed_in, everything=now >= look)
        if now >= look:
            look = now + LOOK_SECONDS
        if now >= beat:
            beat = now + BEAT_SECONDS
            for session in hub.sessions():
                session.line.beat(now)
        if now >= here:
            here = now + HERE_SECONDS
            hub.say_here()
        await hub.clock.sleep(REST_SECONDS)


async def _read_on(hub: Hub, still_signed_in: StillSignedIn, everything: bool) -> None:
    try:
        await _look(hub, set(hub.watched()) if everything else hub.wanted)
        if everything:
            await hub.situation.look()
            await _look_at_sign_ins(hub, still_signed_in)
    except Exception:
        # Whatever it is, viewers must not be left behind for good: the next look reads on from where they are.
        logger.exception("the log could not be read on")
        await hub.clock.sleep(LOOK_SECONDS)


async def _look(hub: Hub, books: set[UUID]) -> None:
    watched = [book for book in books if hub.channel(book)]
    hub.wanted = set()
    if not watched:
        return
    async with hub.database.read() as connection:
        newest = await positions(connection, watched)
    for book, position in newest.items():
        channel = hub.channel(book)
        if channel is not None and position > channel.position:
            await hub.read_on(channel)


async def _look_at_sign_ins(hub: Hub, still_signed_in: StillSignedIn) -> None:
    sessions = list(hub.sessions())
    if not sessions:
        return
    valid = await still_signed_in({session.secret_hash for session in sessions if session.secret_hash})
    for session in sessions:
        if session.secret_hash and session.secret_hash not in valid:
            session.close(SIGNED_OUT)
