"""The command line. Data goes to stdout, everything else to stderr; exit 0 ok, 1 failure, 2 usage, 3 check failed.

What a command needs is imported when it runs, so that `--help` answers at once.
"""

from __future__ import annotations

import sys

import typer

from crisisroom.cli import backup, database, hammer, incident, log, people, playbook, server
from crisisroom.cli.saying import complain

app = typer.Typer(
    name="crisisroom",
    help="The virtual crisis room: agencies on one live board, real playbooks, one provable log.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("serve")(server.serve)
app.command("demo")(server.demo)
app.add_typer(incident.app, name="incident")
app.add_typer(playbook.app, name="playbook")
app.add_typer(log.app, name="log")
app.add_typer(people.users, name="user")
app.add_typer(people.tokens, name="token")
app.add_typer(database.app, name="db")
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.command("check")(server.check)
app.command("hammer")(hammer.hammer)
app.command("openapi")(server.openapi)
app.command("version")(server.version)


def main() -> None:
    """Run the command line. A refusal is one sentence on stderr, never a traceback."""
    try:
        app()
    except Exception as error:
        sentence = _sentence(error)
        if sentence is None:
            raise
        complain(sentence)
        sys.exit(1)


def _sentence(error: Exception) -> str | None:
    """What to say of an error that people can do something about; None for a mistake in the program."""
    from pydantic import ValidationError
    from sqlalchemy.exc import SQLAlchemyError

    from crisisroom.core.errors import Refused

    if isinstance(error, Refused):
        return error.detail
    if isinstance(error, ValidationError):
        return "; ".join(one["msg"] for one in error.errors())
    if isinstance(error, SQLAlchemyError):
        return f"The database cannot be used: {error.__cause__ or error}"
    return str(error) if isinstance(error, OSError) else None
