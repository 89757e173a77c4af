"""Running the application under uvicorn."""

from __future__ import annotations

import asyncio
import atexit
import logging
import os
import socket
import sys
import tempfile
from contextlib import suppress
from typing import Any

import structlog
import uvicorn
from starlette.applications import Starlette
from uvicorn.supervisors import multiprocess

from crisisroom.app import check_ready, create_app
from crisisroom.live.protocol import LineProtocol
from crisisroom.live.session import MAX_MESSAGE
from crisisroom.settings import Settings
from crisisroom.web.metrics import forget_process

STOP_SECONDS = 10
# Longer than a proxy keeps an idle connection (`deploy/`): whoever ends it must not be the one that is written to, or a
# change sent at that moment is lost.
KEEP_ALIVE_SECONDS = 75
# Where the workers of one server share their figures (`web/metrics.py`), read when prometheus-client is imported.
SHARED_FIGURES = "PROMETHEUS_MULTIPROC_DIR"


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


def run(settings: Settings, listening: socket.socket, workers: int = 1) -> None:
    """Serve on this socket until a signal. Raises NotReady if the database is not prepared."""
    set_up_logging(settings.log_format)
    asyncio.run(check_ready(settings))
    if workers > 1:
        run_workers(settings, listening, workers)
        return
    app = create_app(settings)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(Server(make_config(app), app).serve(sockets=[listening]))


def make_config(app: Any, workers: int = 1) -> uvicorn.Config:
    """Uvicorn as the live layer wants it: small messages, one heartbeat for all, a bounded end."""
    return uvicorn.Config(
        app,
        workers=workers,
        ws=LineProtocol,
        ws_max_size=MAX_MESSAGE * 2,
        ws_per_message_deflate=False,  # the line negotiates what it can share
        ws_ping_interval=None,  # the hub has one heartbeat for all
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
        server_header=False,
        access_log=False,
        log_config=None,
    )


def run_workers(settings: Settings, listening: socket.socket, workers: int) -> None:
    """Several processes on one socket, each begun anew when it dies. SIGHUP replaces them one by one, so that nobody
    finds the door closed.
    """
    with tempfile.TemporaryDirectory(prefix="crisisroom-figures-") as folder:
        os.environ[SHARED_FIGURES] = folder
        multiprocess.Process = Worker  # type: ignore[misc] # uvicorn has no setting for it
        multiprocess.Multiprocess(make_config(settings, workers), sockets=[listening]).run()


class Worker(multiprocess.Process):
    """One process of several: uvicorn's, with our server in it."""

    @property
    def server(self) -> uvicorn.Server:
        if self._server is None:
            settings: Any = self.config.app  # what the parent was started with
            set_up_logging(settings.log_format)
            app = create_app(settings)
            self._server = Server(make_config(app), app)
        return self._server

    def join(self) -> None:
        super().join()
        if self.pid is not None:
            forget_process(self.pid)


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
        logger_factory=structlog.WriteLoggerFactory(Unfailing()),  # type: ignore[arg-type]
    )


class Unfailing:
    """Standard error, as far as it takes anything: a full disk under the log must not cost anybody an answer.

    What is said in one turn of the event loop is written at its end in one piece.
    """

    def __init__(self) -> None:
        self._held: list[str] = []
        atexit.register(self._let_go)

    def write(self, text: str) -> int:
        self._held.append(text)
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._let_go()
        else:
            if len(self._held) == 1:
                loop.call_soon(self._let_go)
        return len(text)

    def flush(self) -> None:
        """Nothing to do: it is written soon enough."""

    def _let_go(self) -> None:
        held, self._held = self._held, []
        with suppress(OSError, ValueError):
            sys.stderr.write("".join(held))
            sys.stderr.flush()


def _loop_factory() -> type[asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.Loop
