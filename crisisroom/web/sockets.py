"""The two live sockets, for pages and for programs, and the same streams as Server-Sent Events."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from starlette.requests import HTTPConnection
from starlette.responses import Response, StreamingResponse
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from crisisroom.access.grants import Grant, grant_for
from crisisroom.access.policy import Permission, require
from crisisroom.core.errors import BadInput, Refused, SignedOut
from crisisroom.core.tasks import stop
from crisisroom.core.times import rfc3339
from crisisroom.live.frames import frame
from crisisroom.live.lines import Line, QueuedLine
from crisisroom.live.protocol import EXTENSION
from crisisroom.live.session import MALFORMED, Kind, Session
from crisisroom.log.cursor import Cursor, read_cursor
from crisisroom.web.doors import Visit, door, watched_snapshot
from crisisroom.web.identity import SignedIn, site_of, who_asks
from crisisroom.web.origins import refuse_foreign
from crisisroom.web.site import Site

HEARTBEAT_SECONDS = 15
EVENT_STREAM = "text/event-stream"
# Sockets stand in the one table of permissions as every address does.
PERMISSIONS = {
    Kind.PAGE: Permission.INCIDENT_READ,
    Kind.API: Permission.INCIDENT_READ,
    Kind.SITUATION: Permission.SIGNED_IN,
}


async def page_socket(socket: WebSocket) -> None:
    """`/i/{key}/live`: rendered fragments."""
    await _serve(socket, Kind.PAGE)


async def situation_socket(socket: WebSocket) -> None:
    """`/situation/live`: hints that one of the viewer's incidents has something new."""
    await _serve(socket, Kind.SITUATION)


async def api_socket(socket: WebSocket) -> None:
    """`/api/v1/incidents/{key}/live`: the events themselves."""
    await _serve(socket, Kind.API)


async def _serve(socket: WebSocket, kind: Kind) -> None:
    try:
        visitor = await _admit(socket, kind)
    except Refused as refusal:
        # Refused before the upgrade: the other side sees an HTTP status and no socket.
        await socket.send_denial_response(Response(refusal.detail, refusal.status, media_type="text/plain"))
        return
    await socket.accept()
    line = socket.scope.get("extensions", {}).get(EXTENSION)
    await (_hand_over(visitor, line) if line else _carry(visitor, socket))


async def _hand_over(visitor: Visitor, line: Any) -> None:
    """The line belongs to the hub from here on; this task may end."""
    session = visitor.session(line)
    line.hand_over(Direct(session, visitor.site))
    await visitor.site.hub.join(session, visitor.after)


class Direct:
    """Whom a line tells what comes in, and that it is broken."""

    __slots__ = ("_session", "_site")

    def __init__(self, session: Session, site: Site) -> None:
        self._session = session
        self._site = site

    def hear(self, text: str | None) -> None:
        _hear(self._session, self._site, text)

    def gone(self) -> None:
        self._site.hub.leave(self._session)


async def _carry(visitor: Visitor, socket: WebSocket) -> None:
    """Under a server that hands over no lines: a queue, and two tasks for as long as the socket lasts."""
    line = QueuedLine()
    session = visitor.session(line)
    tasks = [
        asyncio.create_task(_send(socket, line)),
        asyncio.create_task(_receive(socket, session, visitor.site)),
    ]
    try:
        await visitor.site.hub.join(session, visitor.after)
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        visitor.site.hub.leave(session)
        await stop(*tasks)


@dataclass(frozen=True)
class Visitor:
    """Somebody who may look at a book, and where they stand."""

    site: Site
    kind: Kind
    signed_in: SignedIn
    book: UUID
    rooms: frozenset[UUID]
    after: Cursor | None

    def session(self, line: Line) -> Session:
        """Their viewer, over this line."""
        return Session(self.signed_in.actor, self.kind, self.book, self.rooms, line, self.signed_in.secret_hash)


async def _admit(connection: HTTPConnection, kind: Kind) -> Visitor:
    """Whoever asks, with all checks of an ordinary request. Raises Refused."""
    site = site_of(connection)
    signed_in = await who_asks(connection)
    refuse_foreign(connection, by_cookie=signed_in is None or signed_in.by_cookie)
    if signed_in is None:
        raise SignedOut
    if kind is Kind.SITUATION:
        require(Grant(signed_in.actor, frozenset()), PERMISSIONS[kind])
        return Visitor(site, kind, signed_in, UUID(int=0), frozenset(), _after(connection))
    snapshot = await watched_snapshot(site, connection.path_params["key"])
    grant = grant_for(signed_in.actor, snapshot)
    require(grant, PERMISSIONS[kind])
    return Visitor(site, kind, signed_in, snapshot.book, grant.rooms, _after(connection))


def _after(connection: HTTPConnection) -> Cursor | None:
    given = connection.query_params.get("after") or connection.headers.get("last-event-id") or ""
    if not given:
        return None
    try:
        return read_cursor(given)
    except BadInput:
        return Cursor("", {UUID(int=0): 0})  # of no epoch: the session is told to fetch everything anew


async def _send(socket: WebSocket, line: QueuedLine) -> None:
    """Write what the line has, one message at a time, so that a slow reader fills its own queue only."""
    while True:
        while (text := line.take()) is not None:
            await socket.send_text(text)
        if line.close_code is not None:
            await socket.close(line.close_code)
            return
        await line.ready()


async def _receive(socket: WebSocket, session: Session, site: Site) -> None:
    while True:
        event = await socket.receive()
        if event["type"] == "websocket.disconnect":
            return
        _hear(session, site, event.get("text"))


def _hear(session: Session, site: Site, text: str | None) -> None:
    if text is None:
        session.close(MALFORMED)
        return
    message: dict[str, Any] | None = session.receive(text, site.clock.now())
    if message is None:
        return
    if message["type"] == "ping":
        session.offer(frame("pong", now=rfc3339(site.clock.now())))
    else:
        site.hub.hear_viewer(session, message)


async def page_stream(visit: Visit) -> Response:
    """`/i/{key}/live` as Server-Sent Events."""
    return await _stream(visit, Kind.PAGE)


async def situation_stream(visit: Visit) -> Response:
    """`/situation/live` as Server-Sent Events."""
    return await _stream(visit, Kind.SITUATION)


async def api_stream(visit: Visit) -> Response:
    """`/api/v1/incidents/{key}/live` as Server-Sent Events."""
    return await _stream(visit, Kind.API)


async def _stream(visit: Visit, kind: Kind) -> Response:
    if EVENT_STREAM not in visit.request.headers.get("accept", ""):
        raise BadInput("Open this address as a WebSocket, or ask for text/event-stream.", "Accept")
    visitor = await _admit(visit.request, kind)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_events(visitor), media_type=EVENT_STREAM, headers=headers)


async def _events(visitor: Visitor) -> AsyncIterator[str]:
    line = QueuedLine()
    session = visitor.session(line)
    joining = asyncio.create_task(visitor.site.hub.join(session, visitor.after))
    try:
        while line.close_code is None:
            while (text := line.take()) is not None:
                yield _server_sent(text)
            try:
                await asyncio.wait_for(line.ready(), HEARTBEAT_SECONDS)
            except TimeoutError:
                yield ": still here\n\n"
        yield _server_sent(frame("close", code=line.close_code))
    finally:
        visitor.site.hub.leave(session)
        await stop(joining)


def _server_sent(text: str) -> str:
    """One event of a stream; its id, where it has one, is what the browser comes back with by itself."""
    found = _CURSOR.search(text)
    return f"id: {found[1]}\ndata: {text}\n\n" if found else f"data: {text}\n\n"


# As the frames are written here; within a value the quotes would have a backslash before them.
_CURSOR = re.compile(r'(?<!\\)"cursor":"([A-Za-z0-9_-]+)"')


def socket(path: str, endpoint: Callable[[WebSocket], Awaitable[None]], kind: Kind) -> WebSocketRoute:
    """A socket's route, with the permission it needs."""
    endpoint.permission = PERMISSIONS[kind]  # type: ignore[attr-defined]
    return WebSocketRoute(path, endpoint)


ROUTES = [
    socket("/i/{key}/live", page_socket, Kind.PAGE),
    socket("/api/v1/incidents/{key}/live", api_socket, Kind.API),
    socket("/situation/live", situation_socket, Kind.SITUATION),
    door("/situation/live", situation_stream, PERMISSIONS[Kind.SITUATION]),
    door("/i/{key}/live", page_stream, PERMISSIONS[Kind.PAGE]),
    door("/api/v1/incidents/{key}/live", api_stream, PERMISSIONS[Kind.API]),
]
