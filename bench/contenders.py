"""Who sends the same frames to the same sockets: the C floor, ourselves, and what others would have used."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.machine import children, free_port, serving
from bench.room import Rooms
from bench.scratch import SERVERS, Scratch

FLOOR = "C `send()` floor"
US = "Crisis Room"
NODE_WS = "Node `ws`"


@dataclass(frozen=True)
class Contender:
    """A server. `command` may name {python}, {port} and {floor}; `client` is how wsload talks to it."""

    name: str
    command: tuple[str, ...] = ()
    path: str = "/ws"
    client: tuple[str, ...] = ("firstmsg",)
    pip: tuple[str, ...] = ()
    npm: tuple[str, ...] = ()
    deflate: bool = False

    @property
    def ours(self) -> bool:
        """Whether it is Crisis Room."""
        return not self.command


@dataclass(frozen=True)
class Running:
    """A contender's server that takes connections."""

    port: int
    path: str
    client: tuple[str, ...]
    pids: str


def _uvicorn(app: str, compression: bool = False) -> tuple[str, ...]:
    return (
        "{python}", "-m", "uvicorn", "--port", "{port}", "--loop", "uvloop", "--ws", "websockets-sansio",
        "--ws-per-message-deflate", "true" if compression else "false", "--ws-ping-interval", "60",
        "--backlog", "4096", "--log-level", "warning", "--no-access-log", app,
    )  # fmt: skip


_ASGI = ("uvicorn==0.54.0", "websockets==17.4", "uvloop==0.23.0", "httptools")
_STARLETTE = ("starlette==1.10.0", *_ASGI)
_WEBSOCKETS = ("websockets==17.4", "uvloop==0.23.0")
_NODE_WS = ("ws@8.23.0",)
_SOCKETIO = "/socket.io/?EIO=4&transport=websocket"

CONTENDERS = (
    Contender(FLOOR, ("{floor}", "{port}", "{frames}"), "/"),
    Contender(US),
    Contender("Starlette, a loop of `send_text`", _uvicorn("starlette_loop:app"), pip=_STARLETTE),
    Contender("`websockets.broadcast`", ("{python}", "websockets_broadcast.py", "{port}"), pip=_WEBSOCKETS),
    Contender(
        "python-socketio", _uvicorn("socketio_emit:app"), _SOCKETIO, ("sio",), ("python-socketio==5.18.1", *_ASGI)
    ),
    Contender("Django Channels, in memory", _uvicorn("channels_group:app"), pip=("channels==4.3.2", *_ASGI)),
    Contender(NODE_WS, ("node", "node_ws.js", "{port}"), npm=_NODE_WS),
    Contender("Node socket.io", ("node", "node_socketio.js", "{port}"), _SOCKETIO, ("sio",), npm=("socket.io@4.8.4",)),
)

COMPRESSING = (
    Contender(US, deflate=True),
    Contender("Starlette, a loop of `send_text`", _uvicorn("starlette_loop:app", True), pip=_STARLETTE, deflate=True),
    Contender(
        "`websockets.broadcast`", ("{python}", "websockets_broadcast.py", "{port}", "deflate"), pip=_WEBSOCKETS,
        deflate=True,
    ),
    Contender(NODE_WS, ("node", "node_ws.js", "{port}", "deflate"), npm=_NODE_WS, deflate=True),
)  # fmt: skip


def install(contender: Contender, scratch: Scratch) -> None:
    """Make sure that it can run here. Raises Missing."""
    if contender.pip:
        scratch.pip(contender.pip)
    if contender.npm:
        scratch.npm(contender.npm)


@contextmanager
def running(contender: Contender, scratch: Scratch, rooms: Rooms, frames: Path) -> Iterator[Running]:
    """Its server on the server's core. Raises Missing."""
    extra = ("deflate", "min=24") if contender.deflate else ()
    if contender.ours:
        with rooms.open() as room:
            path = f"{room.path}?packed=1" if contender.deflate else room.path
            yield Running(room.port, path, (*room.client, *extra), _pids(room.pid))
        return
    port = free_port()
    words = {
        "python": str(scratch.python),
        "port": str(port),
        "frames": str(frames),
        "floor": str(scratch.floor) if contender.name == FLOOR else "",
    }
    environment = os.environ | {
        "FRAMES": str(frames), "NODE_PATH": str(scratch.node_modules), "PYTHONPATH": str(SERVERS),
    }  # fmt: skip
    command = [word.format(**words) for word in contender.command]
    with serving(command, port, scratch.log, environment, SERVERS) as pid:
        yield Running(port, contender.path, (*contender.client, *extra), _pids(pid))


def _pids(pid: int) -> str:
    return ",".join(map(str, children(pid)))


def versions(scratch: Scratch) -> str:
    """What was measured, for the report."""
    wanted = dict.fromkeys(package for one in CONTENDERS for package in (*one.pip, *one.npm) if package[-1].isdigit())
    return ", ".join(
        ["Python " + sys.version.split()[0], *(one.replace("==", " ").replace("@", " ") for one in wanted)]
    )
