"""Who is asking: a session cookie for people, `Authorization: Bearer` for programs."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import HTTPConnection

from crisisroom.access.grants import Actor
from crisisroom.people.signing_in import hash_secret
from crisisroom.web.site import Site

MAX_SECRET = 200


@dataclass(frozen=True)
class SignedIn:
    """Somebody known, and what they are known by."""

    actor: Actor
    secret_hash: str
    by_cookie: bool


def site_of(connection: HTTPConnection) -> Site:
    """The services of the process that answers."""
    site: Site = connection.app.state.site
    return site


def cookie_name(site: Site) -> str:
    """With https the name binds the cookie to this host and path."""
    return "__Host-crisisroom" if site.secure else "crisisroom"


def secret_of(connection: HTTPConnection) -> tuple[str, bool]:
    """The secret sent and whether it came as a cookie. A token counts before a cookie."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()[:MAX_SECRET], False
    return connection.cookies.get(cookie_name(site_of(connection)), "")[:MAX_SECRET], True


async def who_asks(connection: HTTPConnection) -> SignedIn | None:
    """The person who asks, or None."""
    site = site_of(connection)
    secret, by_cookie = secret_of(connection)
    if not secret:
        return None
    hashed = hash_secret(secret)
    person = await site.who_holds(hashed)
    if person is None:
        return None
    return SignedIn(site.directory.people[person].actor, hashed, by_cookie)
