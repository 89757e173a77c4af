"""Is the process up, is it ready, and its figures."""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from crisisroom.access.policy import Permission
from crisisroom.log.store import count
from crisisroom.migrations.upgrade import missing
from crisisroom.web.doors import Visit, door

LOOPBACK = ("127.0.0.1", "::1")
FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")


async def healthz(visit: Visit) -> Response:
    """The process answers."""
    return JSONResponse({"status": "ok"})


async def readyz(visit: Visit) -> Response:
    """Database and migrations are in order."""
    reasons: dict[str, str] = {}
    try:
        async with visit.site.database.read() as connection:
            if await missing(connection):
                reasons["migrations"] = "the database is older than the program: run crisisroom db upgrade"
    except (SQLAlchemyError, OSError):
        reasons["database"] = "cannot be reached"
    return JSONResponse({"ready": not reasons, "reasons": reasons}, 503 if reasons else 200)


def from_this_machine(request: Request) -> bool:
    """Whether a program on this machine asks by itself. What a proxy on this machine hands on comes from elsewhere,
    whatever address it names: a request that says it was forwarded needs a token.
    """
    local = request.client is not None and request.client.host in LOOPBACK
    return local and not any(name in request.headers for name in FORWARDED)


async def metrics(visit: Visit) -> Response:
    """Figures in the Prometheus text format, for this machine or an administrator's token."""
    async with visit.site.database.read() as connection:
        entries = await count(connection)
    figures = {
        "crisisroom_log_entries": ("entries in the log", entries),
        "crisisroom_live_connections": ("open live connections", visit.site.hub.connections),
    }
    lines = [f"# HELP {name} {what}\n# TYPE {name} gauge\n{name} {value}\n" for name, (what, value) in figures.items()]
    return PlainTextResponse("".join(lines), media_type="text/plain; version=0.0.4")


ROUTES = [
    door("/healthz", healthz, Permission.PUBLIC),
    door("/readyz", readyz, Permission.PUBLIC),
    door("/metrics", metrics, Permission.METRICS_READ, unless=from_this_machine),
]
