"""Is the process up, is it ready, and its figures."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from crisisroom.access.policy import Permission
from crisisroom.core.condition import State
from crisisroom.db import Trouble
from crisisroom.log.store import count, newest_at
from crisisroom.migrations.upgrade import missing
from crisisroom.web.doors import Visit, door
from crisisroom.web.metrics import LogFigures
from crisisroom.web.site import Site

OLD = "The database is older than the program. Run: crisisroom db upgrade"
LOOPBACK = ("127.0.0.1", "::1")
FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")


async def healthz(visit: Visit) -> Response:
    """The process answers."""
    return JSONResponse({"status": "ok"})


async def readyz(visit: Visit) -> Response:
    """Whether changes can be taken: database, migrations, and what this process knows to be wrong.

    Without Redis it is ready all the same, and says what that costs.
    """
    site = visit.site
    reasons = {one.part: one.words for one in site.condition.ailments}
    ready = site.condition.takes_changes
    try:
        async with site.database.read() as connection:
            if await missing(connection):
                ready, reasons["migrations"] = False, OLD
    except Exception as error:
        if site.database.trouble(error) is Trouble.OTHER:
            raise
        ready, reasons["database"] = False, "The database cannot be reached."
    state = site.condition.state if ready or not site.condition.takes_changes else State.READ_ONLY
    return JSONResponse({"ready": ready, "state": state, "reasons": reasons}, 200 if ready else 503)


def from_this_machine(request: Request) -> bool:
    """Whether a program on this machine asks by itself. What a proxy on this machine hands on comes from elsewhere,
    whatever address it names: a request that says it was forwarded needs a token.
    """
    local = request.client is not None and request.client.host in LOOPBACK
    return local and not any(name in request.headers for name in FORWARDED)


async def metrics(visit: Visit) -> Response:
    """Figures in the Prometheus text format, for this machine or an administrator's token."""
    site = visit.site
    site.figures.stand(site.hub.connections, site.condition)
    text = site.figures.text(await _log_figures(site))
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")


async def _log_figures(site: Site) -> LogFigures | None:
    """None while the database is away, which is when the other figures are wanted most."""
    try:
        async with site.database.read() as connection:
            entries, newest = await count(connection), await newest_at(connection)
    except Exception as error:
        if site.database.trouble(error) is Trouble.OTHER:
            raise
        return None
    return LogFigures(entries, (site.clock.now() - newest).total_seconds() if newest else 0.0)


ROUTES = [
    door("/healthz", healthz, Permission.PUBLIC),
    door("/readyz", readyz, Permission.PUBLIC),
    door("/metrics", metrics, Permission.METRICS_READ, unless=from_this_machine),
]
