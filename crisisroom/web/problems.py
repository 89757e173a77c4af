"""Refusals as answers: problem documents (RFC 9457) for programs, plain pages for people."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from crisisroom.core.errors import Fault, Malformed, NotFound, NotSaved, Refused, SignedOut, TooLarge, WrongMethod
from crisisroom.web.doors import to_sign_in
from crisisroom.web.identity import site_of
from crisisroom.web.origins import SAFE

PROBLEMS = "/problems/"
FOR_PROGRAMS = ("/api/", "/metrics", "/healthz", "/readyz")

_LATER = {"Retry-After": "5"}

logger = structlog.get_logger()


def problem(refusal: Refused, request_id: str = "") -> Response:
    """A problem document. `type` is stable; `detail` is for people."""
    body: dict[str, Any] = {
        "type": PROBLEMS + refusal.type,
        "title": refusal.title,
        "status": refusal.status,
        "detail": refusal.detail,
    } | refusal.more()
    if request_id:
        body["request_id"] = request_id
    headers = more_headers(refusal.status)
    return Response(json.dumps(body, default=str), refusal.status, headers, "application/problem+json")


def more_headers(status: int) -> dict[str, str]:
    """What goes with a refusal: how to sign in, when to try again."""
    return {401: {"WWW-Authenticate": "Bearer"}, 429: _LATER, 503: _LATER}.get(status, {})


def wants_json(request: Request) -> bool:
    """Whether a program asks, or the page's own script."""
    accept = request.headers.get("accept", "")
    return request.scope["path"].startswith(FOR_PROGRAMS) or "application/json" in accept or "problem+json" in accept


async def refused(request: Request, error: Exception) -> Response:
    """The answer to every refusal."""
    assert isinstance(error, Refused)  # noqa: S101
    signed_out = isinstance(error, SignedOut)
    if wants_json(request) or (signed_out and "authorization" in request.headers):
        return problem(error)
    return to_sign_in(request) if signed_out else error_page(request, error)


async def not_found(request: Request, error: Exception) -> Response:
    """Starlette's own errors in the same form: unknown addresses, wrong methods, bodies too large."""
    assert isinstance(error, HTTPException)  # noqa: S101
    if error.status_code == 413:
        return await refused(request, TooLarge("This is larger than this address takes. Nothing was changed."))
    if error.status_code == 400:
        return await refused(request, Malformed("The request could not be read. Nothing was changed."))
    if error.status_code == 405:
        answer = await refused(request, WrongMethod("This address does not take this method. Nothing was changed."))
        answer.headers.update(error.headers or {})
        return answer
    path = request.scope["path"]
    if len(path) > 1 and path.endswith("/"):
        return RedirectResponse(_without_last_slash(request), 307)
    return await refused(request, NotFound())


def _without_last_slash(request: Request) -> str:
    """The same address on this server, whatever it was called and however many slashes its path began with."""
    query = request.scope["query_string"].decode("ascii", "ignore")
    return "/" + quote(request.scope["path"].strip("/")) + (f"?{query}" if query else "")


async def broken(request: Request, error: Exception) -> Response:
    """Something that should not happen. The details are in the server's log, never in the answer; both have the
    request's id.
    """
    logger.exception("a request failed", exc_info=error)
    refusal: Refused
    if isinstance(error, SQLAlchemyError | OSError):
        refusal = NotSaved("The database cannot be reached. What you typed is kept in your browser; try again.")
    elif request.method in SAFE:
        refusal = Fault()
    else:
        refusal = NotSaved("Something went wrong on the server. Check the board before you try again.", "unknown")
    id = request.state.request_id
    return problem(refusal, id) if wants_json(request) else error_page(request, refusal, id)


def error_page(request: Request, refusal: Refused, request_id: str = "") -> Response:
    """What happened, what is safe, one next step."""
    site = site_of(request)
    page = site.env.get_template("errors/error.html").render(
        title=refusal.title, detail=refusal.detail, status=refusal.status, request_id=request_id
    )
    return HTMLResponse(page, refusal.status)
