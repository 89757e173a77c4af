"""The sign-in page, and signing out."""

from __future__ import annotations

from urllib.parse import urlsplit
from uuid import UUID

from starlette.responses import HTMLResponse, RedirectResponse, Response

from crisisroom import __version__
from crisisroom.access.policy import Permission
from crisisroom.core.errors import TooFast
from crisisroom.people.queries import password_hash
from crisisroom.people.signing_in import SESSION_LASTS, begin_session, end_session, hash_secret
from crisisroom.web.doors import Visit, door
from crisisroom.web.identity import cookie_name, secret_of
from crisisroom.web.reading import read_form

LOW_DATA = "low_data"
YEAR = 365 * 24 * 3600
HOME = "/situation"


async def signin_page(visit: Visit) -> Response:
    """The form; somebody signed in already goes on."""
    back = local_path(visit.request.query_params.get("next"))
    return RedirectResponse(back, 303) if visit.signed_in else _page(visit, back=back)


async def sign_in(visit: Visit) -> Response:
    """Check e-mail and password and begin a session with a new secret."""
    site, request = visit.site, visit.request
    form = await read_form(request)
    email, password = (str(form.get(name) or "").strip() for name in ("email", "password"))
    back = local_path(str(form.get("next") or ""))
    address = request.client.host if request.client else ""
    low_data = bool(form.get(LOW_DATA))
    try:
        await site.guesses.begin(address, email.lower())
    except TooFast as refusal:
        return _page(visit, refusal.detail, email, back, low_data, status=429)
    person = None
    try:
        person = await _whose(visit, email, password)
    finally:
        await site.guesses.end(address, email.lower(), right=person is not None)
    if person is None:
        return _page(visit, "The e-mail address or the password is not right.", email, back, low_data, status=401)
    secret, statements = begin_session(site.ids, person, site.clock.now())
    await site.writer.keep(*statements)
    response = RedirectResponse(back, 303)
    _set_cookie(visit, response, cookie_name(site), secret, int(SESSION_LASTS.total_seconds()))
    _set_cookie(visit, response, LOW_DATA, "1" if low_data else "", YEAR if low_data else 0)
    return response


async def sign_out(visit: Visit) -> Response:
    """End the session everywhere it is open."""
    secret, by_cookie = secret_of(visit.request)
    if secret and by_cookie:
        await visit.site.writer.keep(*end_session(secret))
        visit.site.forget_sign_in(hash_secret(secret))
    response = RedirectResponse("/signin", 303)
    _set_cookie(visit, response, cookie_name(visit.site), "", 0)
    return response


def local_path(text: str | None) -> str:
    """A path of this site to go on to; anything that leads elsewhere becomes the situation page."""
    wanted = (text or "").strip()
    parts = urlsplit(wanted)
    local = wanted.startswith("/") and not wanted.startswith("//") and not parts.scheme and not parts.netloc
    return wanted if local and "\\" not in wanted and wanted.isprintable() and wanted.isascii() else HOME


def _page(
    visit: Visit, error: str = "", email: str = "", back: str = HOME, low_data: bool | None = None, status: int = 200
) -> Response:
    site = visit.site
    page = site.env.get_template("pages/signin.html").render(
        error=error,
        email=email,
        next=back if back != HOME else "",
        now=site.clock.now(),
        low_data=LOW_DATA in visit.request.cookies if low_data is None else low_data,
        service=[("Live boards", True), ("Sign-in", True)],
        help_desk=None,
        version=__version__,
    )
    return HTMLResponse(page, status)


async def _whose(visit: Visit, email: str, password: str) -> UUID | None:
    """The person whose e-mail and password these are. Hashing takes long, and holds no connection meanwhile."""
    site = visit.site
    async with site.database.read() as connection:
        await site.references.refresh(connection)
        people = site.directory.people.items()
        person = next((id for id, one in people if one.email == email.lower() and not one.disabled), None)
        kept = await password_hash(connection, person) if person else None
    return person if await site.passwords.verify(kept, password) else None


def _set_cookie(visit: Visit, response: Response, name: str, value: str, age: int) -> None:
    response.set_cookie(
        name, value, max_age=age, path="/", httponly=True, samesite="lax", secure=visit.site.secure
    )  # fmt: skip


ROUTES = [
    door("/signin", signin_page, Permission.PUBLIC),
    door("/signin", sign_in, Permission.PUBLIC, "POST", body=16 * 1024),
    door("/signout", sign_out, Permission.PUBLIC, "POST", body=16 * 1024),
]
