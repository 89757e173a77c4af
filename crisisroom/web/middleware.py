"""What every answer gets: a strict content policy, no sniffing, no framing, a request id, a line in the log; and it is
an answer whatever happens. And what no request may have: a body larger than its address takes.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import structlog
from starlette.datastructures import Headers as SentHeaders
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from crisisroom.core.ids import Ids

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
}
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

Broken = Callable[[Request, Exception], Awaitable[Response]]

logger = structlog.get_logger()


class Headers:
    """Adds the headers; `secure` adds the rule to come back by https only. `broken` makes the answer to what nobody
    expected: here and not outside, so that it has the headers as well.
    """

    def __init__(self, app: ASGIApp, ids: Ids, secure: bool, broken: Broken) -> None:
        self.app = app
        self.ids = ids
        self.broken = broken
        self.headers = dict(HEADERS)
        if secure:
            self.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        request_id = self._request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
                headers["X-Request-ID"] = request_id
                logger.info("request", method=scope["method"], status=message["status"])
            await send(message)

        with bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, send_with_headers)
            except ClientDisconnect:
                logger.info("request given up", method=scope["method"])
            except Exception as error:
                if started:
                    raise  # half an answer must not look whole: the server breaks the connection off
                answer = await self.broken(Request(scope), error)
                await answer(scope, receive, send_with_headers)

    def _request_id(self, scope: MutableMapping[str, Any]) -> str:
        given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"").decode("latin-1")
        return given if _REQUEST_ID.fullmatch(given) else str(self.ids.new())


class BodyLimit:
    """Stops reading a body that is larger than `size`. Starlette's own limit answers by itself, not as a problem."""

    def __init__(self, app: ASGIApp, size: int) -> None:
        self.app = app
        self.size = size

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        declared = SentHeaders(scope=scope).get("content-length", "")
        too_large = declared.isdecimal() and int(declared[:20]) > self.size
        taken = 0

        async def receive_within() -> Message:
            nonlocal taken
            message = {} if too_large else await receive()
            taken += len(message.get("body", b""))
            if too_large or taken > self.size:
                raise HTTPException(413)
            return message

        await self.app(scope, receive_within, send)
