"""The two live sockets, for pages and for programs, and the same streams as Server-Sent Events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any
from uuid import UUID

from starlette.requests import HTTPConnection
from starlette.responses import Response, StreamingResponse
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from crisisroom.access.grants import Grant, grant_for
from crisisroom.access.policy import Permission, require
from crisisroom.core.errors import BadInput, Refused, SignedOut
from crisisroom.core.times import rfc3339
from crisisroom.live.frames import frame
from crisisroom.live.session import MALFORMED, Kind, Session
from crisisroom.log.cursor import Cursor, read_cursor
from crisisroom.web.doors import Visit, door, incident_snapshot
from crisisroom.web.identity import site_of, who_asks
from crisisroom.web.origins import refuse_foreign
from crisisroom.web.site import Site

HEARTBEAT_SECONDS = 15
EVENT_STREAM = "text/event-stream"


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
        session, after = await _open(socket, kind)
    except Refused as refusal:
        # Refused before the upgrade: the other side sees an HTTP status and no socket.
        await socket.send_denial_response(Response(refusal.detail, refusal.status, media_type="text/plain"))
        return
    await socket.accept()
    site = site_of(socket)
    awake = asyncio.Event()
    session.ready = awake.set
    tasks: list[asyncio.Task[None]] = []
    try:
        await site.hub.join(session, after)
        tasks += [
            asyncio.create_task(_send(socket, session, awake)),
            asyncio.create_task(_receive(socket, session, site)),
        ]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        site.hub.leave(session)
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError, OSError):
                await task


async def _open(connection: HTTPConnection, kind: Kind) -> tuple[Session, Cursor | None]:
    """A session for whoever asks, with all checks of an ordinary request. Raises Refused."""
    site = site_of(connection)
    signed_in = await who_asks(connection)
    refuse_foreign(connection, by_cookie=signed_in is None or signed_in.by_cookie)
    if signed_in is None:
        raise SignedOut
    if kind is Kind.SITUATION:
        require(Grant(signed_in.actor, frozenset()), Permission.SIGNED_IN)
        watcher = Session(signed_in.actor, kind, UUID(int=0), frozenset(), signed_in.secret_hash)
        return watcher, _after(connection, site)
    snapshot = await incident_snapshot(site, connection.path_params["key"])
    grant = grant_for(signed_in.actor, snapshot)
    require(grant, Permission.INCIDENT_READ)
    session = Session(signed_in.actor, kind, snapshot.book, grant.rooms, signed_in.secret_hash)
    return session, _after(connection, site)


def _after(connection: HTTPConnection, site: Site) -> Cursor | None:
    given = connection.query_params.get("after") or connection.headers.get("last-event-id") or ""
    if not given:
        return None
    try:
        return read_cursor(given)
    except BadInput:
        return Cursor("", {UUID(int=0): 0})  # of no epoch: the session is told to fetch everything anew


async def _send(socket: WebSocket, session: Session, awake: asyncio.Event) -> None:
    """Write what the session has, one frame at a time, so that a slow reader fills its own queue only."""
    while True:
        while (text := session.take()) is not None:
            await socket.send_text(text)
        if session.close_code is not None:
            await socket.close(session.close_code)
            return
        awake.clear()
        await awake.wait()


async def _receive(socket: WebSocket, session: Session, site: Site) -> None:
    while True:
        event = await socket.receive()
        if event["type"] == "websocket.disconnect":
            return
        text = event.get("text")
        if not isinstance(text, str):
            session.close(MALFORMED)
            continue
        _hear(session, site, text)


def _hear(session: Session, site: Site, text: str) -> None:
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
    session, after = await _open(visit.request, kind)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_events(visit.site, session, after), media_type=EVENT_STREAM, headers=headers)


async def _events(site: Site, session: Session, after: Cursor | None) -> AsyncIterator[str]:
    awake = asyncio.Event()
    session.ready = awake.set
    try:
        await site.hub.join(session, after)
        while session.close_code is None:
            while (text := session.take()) is not None:
                yield f"data: {text}\n\n"
            awake.clear()
            if session.close_code is None:
                try:
                    await asyncio.wait_for(awake.wait(), HEARTBEAT_SECONDS)
                except TimeoutError:
                    yield ": still here\n\n"
        yield f"data: {frame('close', code=session.close_code)}\n\n"
    finally:
        site.hub.leave(session)


ROUTES = [
    WebSocketRoute("/i/{key}/live", page_socket),
    WebSocketRoute("/api/v1/incidents/{key}/live", api_socket),
    WebSocketRoute("/situation/live", situation_socket),
    door("/situation/live", situation_stream, Permission.SIGNED_IN),
    door("/i/{key}/live", page_stream, Permission.INCIDENT_READ),
    door("/api/v1/incidents/{key}/live", api_stream, Permission.INCIDENT_READ),
]
