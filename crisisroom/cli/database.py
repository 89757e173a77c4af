"""`crisisroom db`: the database's schema."""

from __future__ import annotations

import asyncio

import typer

from crisisroom.cli.saying import complain, say

app = typer.Typer(help="Prepare the database.", no_args_is_help=True)


@app.command()
def upgrade() -> None:
    """Bring the database to this version: all of it or nothing.

    Example: crisisroom db upgrade
    """
    from crisisroom.cli.office import prepare
    from crisisroom.settings import load_settings

    settings = load_settings()
    asyncio.run(prepare(settings))
    complain("The database is prepared for this version.")


@app.command()
def current() -> None:
    """Print the revision the database is at.

    Example: crisisroom db current
    """
    from crisisroom.db import Database
    from crisisroom.migrations.upgrade import current as revision
    from crisisroom.settings import load_settings

    async def read() -> str:
        database = Database(load_settings().database)
        async with database.read() as connection:
            found = await revision(connection)
        await database.close()
        return found

    say(asyncio.run(read()) or "empty")
