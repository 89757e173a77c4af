"""Running the application under uvicorn."""

from __future__ import annotations

import asyncio
import logging
import socket
import sys

import structlog
import uvicorn
from starlette.applications import Starlette

from crisisroom.app import check_ready, create_app
from crisisroom.live.protocol import LineProtocol
from crisisroom.live.session import MAX_MESSAGE
from crisisroom.settings import Settings

STOP_SECONDS = 10


class Server(uvicorn.Server):
    """Uvicorn's server, which first tells live viewers that it restarts: their streams would keep it waiting."""

    def __init__(self, config: uvicorn.Config, app: Starlette) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        site = getattr(self._app.state, "site", None)
        if site is not None:
            await site.hub.close()
        await super().shutdown(sockets)


def run(settings: Settings, listening: socket.socket) -> None:
    """Serve on this socket until a signal. Raises NotReady if the database is not prepared."""
    set_up_logging(settings.log_format)
    app = create_app(settings)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(check_ready(settings))
        runner.run(Server(make_config(app), app).serve(sockets=[listening]))


def make_config(app: Starlette) -> uvicorn.Config:
    """Uvicorn as the live layer wants it: short heartbeats, small messages, a bounded end."""
    return uvicorn.Config(
        app,
        ws=LineProtocol,
        ws_max_size=MAX_MESSAGE * 2,
        ws_per_message_deflate=False,  # the line negotiates what it can share
        ws_ping_interval=None,  # the hub has one heartbeat for all
        timeout_graceful_shutdown=STOP_SECONDS,
        server_header=False,
        access_log=False,
        log_config=None,
    )


def set_up_logging(form: str) -> None:
    """JSON lines on stderr, or plain ones on a terminal. No content, no names, no addresses of people."""
    plain = form == "plain" or (form == "auto" and sys.stderr.isatty())
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer() if plain else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING if plain else logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _loop_factory() -> type[asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.Loop
