"""The table of routes, each with the permission it needs, and the door that every request goes through."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import quote

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from crisisroom.access.grants import Actor, Grant, grant_for
from crisisroom.access.policy import PERMISSIONS, Permission, require
from crisisroom.core.errors import NotFound, SignedOut
from crisisroom.incidents.models import Incident, incident_for
from crisisroom.log.snapshot import Snapshot
from crisisroom.web.identity import SignedIn, site_of, who_asks
from crisisroom.web.middleware import BodyLimit
from crisisroom.web.origins import SAFE, refuse_foreign
from crisisroom.web.site import Site

KEY = re.compile(r"[a-z0-9-]{1,40}")
DEFAULT_BODY = 256 * 1024


@dataclass(frozen=True)
class Visit:
    """One request: the services, the request, who asks, and what they hold in the incident it is about, if any."""

    site: Site
    request: Request
    signed_in: SignedIn | None = None
    snapshot: Snapshot | None = None
    grant: Grant | None = None

    @property
    def actor(self) -> Actor:
        """Who asks. Raises SignedOut when nobody does."""
        if self.signed_in is None:
            raise SignedOut
        return self.signed_in.actor

    @property
    def here(self) -> tuple[Snapshot, Incident, Grant]:
        """The incident the address names, as the visitor may know it, and what they hold in it."""
        if self.snapshot is None or self.grant is None:
            raise NotFound
        return self.snapshot, incident_for(self.snapshot, self.grant.rooms), self.grant


Endpoint = Callable[[Visit], Awaitable[Response]]


def door(
    path: str,
    endpoint: Endpoint,
    permission: Permission,
    *methods: str,
    body: int = DEFAULT_BODY,
    unless: Callable[[Request], bool] | None = None,
) -> Route:
    """A route. A permission without an entry in the table stops start-up. Where `unless` holds, nobody is asked."""
    if permission not in PERMISSIONS:
        raise RuntimeError(f"{path} needs {permission}, which has no entry in the permission table")

    async def enter(request: Request) -> Response:
        visit = await admit(request, Permission.PUBLIC if unless and unless(request) else permission)
        return await endpoint(visit)

    enter.permission = permission  # type: ignore[attr-defined]
    limit = [Middleware(BodyLimit, size=body)]
    return Route(path, enter, methods=list(methods) or ["GET"], name=endpoint.__name__, middleware=limit)


async def admit(request: Request, permission: Permission) -> Visit:
    """Let somebody in, or raise: SignedOut, NotFound where the incident is not theirs to know of, NotAllowed."""
    site = site_of(request)
    signed_in = await who_asks(request)
    refuse_foreign(request, by_cookie=signed_in is None or signed_in.by_cookie)
    if permission is Permission.PUBLIC:
        return Visit(site, request, signed_in)
    if signed_in is None:
        raise SignedOut
    key = request.path_params.get("key")
    if key is None:
        require(Grant(signed_in.actor, frozenset()), permission)
        return Visit(site, request, signed_in)
    # A command is decided by the writer, on the newest state; what is shown must be the newest itself.
    snapshot = await (incident_snapshot if request.method in SAFE else watched_snapshot)(site, key)
    grant = grant_for(signed_in.actor, snapshot)
    require(grant, permission)
    return Visit(site, request, signed_in, snapshot, grant)


async def incident_snapshot(site: Site, key: str) -> Snapshot:
    """The incident of a key. Raises NotFound for a key that does not exist or cannot be one."""
    book = await site.book(key) if KEY.fullmatch(key) else None
    if book is None:
        raise NotFound
    return await site.snapshot(book)


async def watched_snapshot(site: Site, key: str) -> Snapshot:
    """The same, at most a second old if somebody looks at the book: for whom rights are looked at again anyway, such as
    sockets, which after a restart all come back at once.
    """
    book = await site.book(key) if KEY.fullmatch(key) else None
    if book is None:
        raise NotFound
    return site.hub.watched_snapshot(book) or await site.snapshot(book)


def to_sign_in(request: Request) -> Response:
    """Where somebody signed out is sent; they come back to where they were."""
    back = request.scope["path"]
    query = request.scope["query_string"].decode("ascii", "ignore")
    wanted = quote(f"{back}?{query}" if query else back)
    return RedirectResponse(f"/signin?next={wanted}" if request.method == "GET" else "/signin", 303)
