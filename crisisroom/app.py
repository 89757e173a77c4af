"""The composition root: puts the services together and gives the ASGI application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from uuid import UUID

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette_compress import CompressMiddleware

from crisisroom.assets import PLAYBOOKS, STATIC
from crisisroom.commanding.execute import Writer
from crisisroom.core.clock import Clock, SystemClock
from crisisroom.core.condition import Condition, State
from crisisroom.core.errors import Refused
from crisisroom.core.ids import Ids, SystemIds
from crisisroom.core.tasks import stop
from crisisroom.db import Database
from crisisroom.features import References
from crisisroom.live.doorbell import Doorbell, LocalDoorbell
from crisisroom.live.following import follow
from crisisroom.live.frames import Fragments
from crisisroom.live.hub import Hub
from crisisroom.log.books import Books
from crisisroom.log.checkpoint import Signer
from crisisroom.log.signing import Kept
from crisisroom.log.store import instance
from crisisroom.migrations.upgrade import missing
from crisisroom.people.signing_in import Passwords
from crisisroom.playbooks.library import Library
from crisisroom.render.env import make_environment
from crisisroom.settings import Settings
from crisisroom.web import (
    api,
    board,
    commands,
    health,
    incidents,
    log_page,
    playbooks,
    problems,
    reviews,
    signing_in,
    sockets,
)
from crisisroom.web.guesses import Guesses
from crisisroom.web.metrics import Figures
from crisisroom.web.middleware import Headers
from crisisroom.web.proofs import Proofs
from crisisroom.web.site import Site
from crisisroom.web.static import BuiltFiles

STAND_SECONDS = 1.0
# What it means for people if work in the background has ended by itself.
ENDED = {
    "following": "Boards no longer show by themselves what others change: load the page anew. Nothing is lost. "
    "The server must be restarted.",
    "verification": "The log is no longer verified by itself, and no checkpoints are signed. Nothing is lost. "
    "The server must be restarted.",
    "figures": "The figures for the people who run this server are no longer right. Nothing is lost.",
}

# What is asked for most comes first: an address is looked for in this order.
PAGES = (commands, sockets, board, api, incidents, log_page, playbooks, reviews, signing_in, health)

logger = structlog.get_logger()


class NotReady(Exception):
    """The server may not start; the text says why and what to do."""


async def check_ready(settings: Settings) -> None:
    """Raise NotReady unless the database keeps what it takes and is prepared for this version."""
    database = Database(settings.database)
    try:
        if reason := await database.unsafe():
            raise NotReady(reason)
        async with database.read() as connection:
            if await missing(connection):
                raise NotReady("The database is not prepared for this version. Run: crisisroom db upgrade")
    finally:
        await database.close()


def routes() -> list[BaseRoute]:
    """Every address, in order."""
    return [route for module in PAGES for route in module.ROUTES] + [Mount("/static", BuiltFiles(directory=STATIC))]


def create_app(
    settings: Settings, *, clock: Clock | None = None, ids: Ids | None = None, passwords: Passwords | None = None
) -> Starlette:
    """The application. Its services begin with its lifespan and end with it."""
    clock, ids = clock or SystemClock(), ids or SystemIds()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            app.state.site = await _open_site(stack, settings, clock, ids, passwords or Passwords())
            yield

    every = routes()
    check_permissions(every)
    app = Starlette(
        routes=every,
        middleware=[
            Middleware(Headers, ids=ids, secure=settings.public_url.startswith("https://"), broken=problems.broken),
            # Brotli before the quicker Zstandard: on thin links a tenth less counts more than a millisecond here.
            Middleware(CompressMiddleware, zstd=False),
        ],
        exception_handlers={
            Refused: problems.refused,
            HTTPException: problems.not_found,
        },
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False  # it would lead to whatever Host was sent; `problems.not_found` does without
    return app


def check_permissions(routes: Sequence[BaseRoute]) -> None:
    """Refuse to start with a route or a socket that has no permission."""
    for route in routes:
        if isinstance(route, Route | WebSocketRoute) and not hasattr(route.endpoint, "permission"):
            raise RuntimeError(f"{route.path} has no permission")


async def _open_site(stack: AsyncExitStack, settings: Settings, clock: Clock, ids: Ids, passwords: Passwords) -> Site:
    database = Database(settings.database)
    stack.push_async_callback(database.close)
    async with database.read() as connection:
        log, epoch = await instance(connection)
    books = Books()
    folders = [PLAYBOOKS, *([settings.playbooks_dir] if settings.playbooks_dir else [])]
    library = Library.load(folders)
    references = References(books, library)
    async with database.read() as connection:
        await references.refresh(connection)
    env = make_environment(ids=ids)
    condition = Condition(clock)
    doorbell = await _hang_doorbell(stack, settings, log, clock, ids, condition)
    hub = Hub(database, books, Fragments(env), doorbell, clock, epoch, condition)
    writer = Writer(database, books, clock, ids, references, condition)
    writer.committed.append(hub.committed)
    figures = Figures()
    writer.measure, hub.measure, hub.count_close = figures.committed, figures.fanned_out, figures.closed
    kept = Kept(settings.data_dir, Signer.open(settings.data_dir, log), log)
    proofs = Proofs(database, hub, clock, kept)
    guesses = Guesses(settings.redis_url)
    stack.push_async_callback(guesses.close)
    site = Site(
        settings=settings, database=database, books=books, writer=writer, hub=hub, env=env, clock=clock, ids=ids,
        library=library, passwords=passwords, references=references, guesses=guesses, figures=figures, proofs=proofs,
        log=log, epoch=epoch,
    )  # fmt: skip
    hub.set_who(site.who)
    await stack.enter_async_context(writer.running())
    stack.push_async_callback(hub.close)
    for part, work in (
        ("following", follow(hub, site.still_signed_in, writer.report)),
        ("verification", proofs.run()),
        ("figures", _stand(site)),
    ):  # fmt: skip
        stack.push_async_callback(stop, begin(part, work, condition))
    return site


async def _hang_doorbell(
    stack: AsyncExitStack, settings: Settings, log: UUID, clock: Clock, ids: Ids, condition: Condition
) -> Doorbell:
    if not settings.redis_url:
        return LocalDoorbell()
    from crisisroom.live.redis_doorbell import RedisDoorbell

    doorbell = RedisDoorbell(settings.redis_url, log.hex, ids.new().hex, clock, condition)
    return await stack.enter_async_context(doorbell.running())


async def _stand(site: Site) -> None:
    """Each worker notes how it stands, as only one of them is asked. Never returns."""
    while True:
        site.figures.stand(site.hub.connections, site.condition)
        await site.clock.sleep(STAND_SECONDS)


def begin(part: str, work: Coroutine[Any, Any, None], condition: Condition) -> asyncio.Task[None]:
    """Work in the background that goes on until it is cancelled. If it ends by itself, that is said."""

    def ended(task: asyncio.Task[None]) -> None:
        if task.cancelled():
            return
        logger.error("work in the background has ended", part=part, exc_info=task.exception())
        condition.report(part, State.DEGRADED, ENDED[part])

    task = asyncio.create_task(work, name=part)
    task.add_done_callback(ended)
    return task
