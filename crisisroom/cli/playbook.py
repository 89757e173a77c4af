"""`crisisroom playbook`: checking playbook files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crisisroom.cli.saying import complain, say

app = typer.Typer(help="Playbook files.", no_args_is_help=True)


@app.callback()
def playbook() -> None:
    """Playbook files."""


@app.command()
def lint(paths: Annotated[list[Path], typer.Argument(help="Files, or folders of files.")]) -> None:
    """Check playbook files; each mistake is printed as FILE:LINE: sentence. Exits with 3 if there is one.

    Example: crisisroom playbook lint playbooks/
    """
    from crisisroom.playbooks.library import lint as check

    problems = check(paths)
    for problem in problems:
        say(problem)
    if problems:
        raise typer.Exit(3)
    complain("All in order.")
