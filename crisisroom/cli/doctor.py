"""`crisisroom check`: is everything in order?"""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator

from sqlalchemy.exc import SQLAlchemyError

from crisisroom.assets import PLAYBOOKS
from crisisroom.cli.backup import LAST
from crisisroom.db import Database
from crisisroom.migrations.upgrade import missing
from crisisroom.playbooks.library import lint
from crisisroom.render.env import make_environment
from crisisroom.settings import Settings, unknown_variables

ROOM_NEEDED = 200 * 1024 * 1024


async def findings(settings: Settings) -> list[tuple[bool, str]]:
    """Each thing looked at, and whether it is in order."""
    return [one async for one in _look(settings)]


async def _look(settings: Settings) -> AsyncIterator[tuple[bool, str]]:
    for name in unknown_variables():
        yield False, f"{name} is not a setting"
    database = Database(settings.database)
    try:
        async with database.read() as connection:
            old = await missing(connection)
        yield not old, "database: " + ("older than the program; run crisisroom db upgrade" if old else "prepared")
    except (SQLAlchemyError, OSError) as error:
        yield False, f"database: cannot be used: {getattr(error, '__cause__', None) or error}"
    finally:
        await database.close()
    folder = settings.data_dir if settings.data_dir.exists() else settings.data_dir.absolute().parent
    free = shutil.disk_usage(folder).free
    yield free > ROOM_NEEDED, f"disk: {free // (1024 * 1024)} MiB free in {folder}"
    yield True, f"backup: {_last_backup(settings)}"
    problems = lint([PLAYBOOKS, *([settings.playbooks_dir] if settings.playbooks_dir else [])])
    yield not problems, "playbooks: " + (problems[0] if problems else "all in order")
    env = make_environment()
    names = env.list_templates()
    for name in names:
        env.get_template(name)
    yield True, f"templates: {len(names)} can be loaded"
    if settings.public_url:
        yield settings.public_url.startswith("https://"), f"public address: {settings.public_url} should be https"
    else:
        yield True, "public address: not set; for people elsewhere set CRISISROOM_PUBLIC_URL"


def _last_backup(settings: Settings) -> str:
    try:
        last = json.loads((settings.data_dir / LAST).read_text(encoding="utf-8"))
        return f"last made {last['made_at']}, {last['entries']} entries, in {last['folder']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "none was made from here; crisisroom backup DIR"
