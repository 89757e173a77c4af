"""Following the log for as long as the process runs: when the doorbell rings, and each second whatever it says."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any
from uuid import UUID

import structlog

from crisisroom.db import Trouble
from crisisroom.live.hub import Hub
from crisisroom.live.session import SIGNED_OUT
from crisisroom.log.store import positions

LOOK_SECONDS = 1.0
BEAT_SECONDS = 20.0
HERE_SECONDS = 10.0
# After a hint the next one waits so long, as somebody may send any number of false ones.
REST_SECONDS = 0.002

StillSignedIn = Callable[[set[str]], Awaitable[set[str]]]
Report = Callable[[Trouble], None]

logger = structlog.get_logger()


async def follow(hub: Hub, still_signed_in: StillSignedIn, report: Report) -> None:
    """Never returns. `still_signed_in` tells which of these hashed secrets of open connections still hold; `report`
    hears what is wrong with the database, so that everybody is told although nobody has sent anything.
    """
    loop = asyncio.get_running_loop()
    look = beat = here = loop.time()
    while True:
        with suppress(TimeoutError):
            await asyncio.wait_for(hub.awake.wait(), max(look - loop.time(), 0))
        hub.awake.clear()
        now = loop.time()
        await _read_on(hub, still_signed_in, report, everything=now >= look)
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


async def _read_on(hub: Hub, still_signed_in: StillSignedIn, report: Report, everything: bool) -> None:
    """Each part whatever becomes of the others: one book that cannot be read keeps nobody from being signed out."""
    if everything:
        await _try(_look_at_sign_ins(hub, still_signed_in), hub, report)
        await _try(hub.situation.look(), hub, report)
    await _try(_look(hub, set(hub.watched()) if everything else hub.wanted, report), hub, report)


async def _try(work: Coroutine[Any, Any, None], hub: Hub, report: Report) -> None:
    try:
        await work
    except Exception as error:
        # Viewers must not be left behind for good: the next look reads on from where they are.
        logger.error("the log could not be read on", error=type(error.__cause__ or error).__name__)
        if (trouble := hub.database.trouble(error)) is Trouble.AWAY:
            report(trouble)


async def _look(hub: Hub, books: set[UUID], report: Report) -> None:
    hub.wanted = set()
    before = {book: channel.position for book in books if (channel := hub.channel(book))}
    if not before:
        return
    async with hub.database.read() as connection:
        newest = await positions(connection, before)
    for book, known in before.items():
        await _try(_follow_one(hub, book, known, newest.get(book, 0)), hub, report)


async def _follow_one(hub: Hub, book: UUID, known: int, position: int) -> None:
    """`known` is how far the channel was before the database was asked, so that a smaller answer means a loss."""
    channel = hub.channel(book)
    if position < known:
        logger.error("the database has gone back", book=str(book), known=known, found=position)
        hub.lose(book)
    elif channel is not None and position > channel.position:
        try:
            await hub.read_on(channel)
        except (ValueError, KeyError, AssertionError):
            hub.lose(book)  # what comes next does not follow what was told
            raise


async def _look_at_sign_ins(hub: Hub, still_signed_in: StillSignedIn) -> None:
    sessions = list(hub.sessions())
    if not sessions:
        return
    valid = await still_signed_in({session.secret_hash for session in sessions if session.secret_hash})
    for session in sessions:
        if session.secret_hash and session.secret_hash not in valid:
            session.close(SIGNED_OUT)
