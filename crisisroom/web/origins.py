"""No other site may act for somebody who is signed in here: the origin of every unsafe request is checked."""

from __future__ import annotations

from starlette.requests import HTTPConnection

from crisisroom.core.errors import NotAllowed
from crisisroom.web.identity import cookie_name, site_of

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_REFUSED = "This came from another site and was refused. Nothing was changed. Open Crisis Room itself and try again."


def refuse_foreign(connection: HTTPConnection, *, by_cookie: bool) -> None:
    """Raise NotAllowed for an unsafe request or an upgrade that another origin may have caused.

    A cookie comes along by itself, so it needs an Origin that is ours (OWASP: verify origin with standard headers).
    Programs send a token, which no other site can add; an Origin they send all the same must be ours.
    """
    upgrade = connection.scope["type"] == "websocket"
    if not upgrade and connection.scope["method"] in SAFE:
        return
    origin = connection.headers.get("origin")
    if origin is not None:
        if not is_ours(connection, origin):
            raise NotAllowed(_REFUSED)
        return
    if connection.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        raise NotAllowed(_REFUSED)
    if by_cookie and cookie_name(site_of(connection)) in connection.cookies:
        raise NotAllowed(_REFUSED)


def is_ours(connection: HTTPConnection, origin: str) -> bool:
    """Whether an origin is this server: the public address if one is set, else the host that was asked for."""
    public = site_of(connection).settings.public_url
    if public:
        return origin == public
    scheme = {"ws": "http", "wss": "https"}.get(connection.scope["scheme"], connection.scope["scheme"])
    return origin == f"{scheme}://{connection.headers.get('host', '')}"
