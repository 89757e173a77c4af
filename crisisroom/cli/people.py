"""`crisisroom user` and `crisisroom token`: who may sign in."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from crisisroom.cli.saying import complain, say, say_json

users = typer.Typer(help="People who may sign in.", no_args_is_help=True)
tokens = typer.Typer(help="Tokens for programs.", no_args_is_help=True)


@users.command("add")
def add(
    email: Annotated[str, typer.Option(help="Work e-mail, the name to sign in with.")],
    name: Annotated[str, typer.Option(help="Full name.")],
    agency: Annotated[str, typer.Option(help="Agency code, such as CDEMA.")],
    role: Annotated[str, typer.Option(help="leader, officer, coordinator or administrator.")],
    password: Annotated[
        str | None, typer.Option(envvar="CRISISROOM_NEW_PASSWORD", help="Else one is made and printed.")
    ] = None,
) -> None:
    """Add a person and print their first password.

    Example: crisisroom user add --email k.baptiste@cdema.example --name "Kevin Baptiste" --agency CDEMA --role officer
    """
    say(asyncio.run(_add(email, name, agency, role, password)))


async def _add(email: str, name: str, agency: str, role: str, password: str | None) -> str:
    from crisisroom.access.grants import OPERATOR
    from crisisroom.cli.office import office
    from crisisroom.commanding.command import read_command
    from crisisroom.core.errors import BadInput
    from crisisroom.people.directory import DIRECTORY
    from crisisroom.people.signing_in import MIN_PASSWORD, Passwords, set_password
    from crisisroom.settings import load_settings

    if password is not None and len(password) < MIN_PASSWORD:
        raise BadInput(f"A password has at least {MIN_PASSWORD} characters.", "password")
    command = read_command("add-person", {"email": email, "name": name, "agency": agency, "role": role})
    async with office(load_settings()) as desk:
        secret = password or desk.ids.secret(9).hex()
        receipt = await desk.writer.execute(command, OPERATOR, book=DIRECTORY)
        hashed = await Passwords().hash(secret)
        if receipt.id:
            await desk.writer.keep(*set_password(receipt.id, hashed, desk.clock.now()))
    complain(f"{name} ({agency}) can sign in with this password:")
    return secret


@users.command("list")
def list_people(as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False) -> None:
    """List everybody.

    Example: crisisroom user list --json
    """
    from crisisroom.cli.office import office
    from crisisroom.settings import load_settings

    async def read() -> None:
        async with office(load_settings()) as desk:
            for member in desk.references.directory.people.values():
                actor = member.actor
                row = {"email": member.email, "name": actor.name, "agency": actor.agency, "role": actor.role.value}
                if as_json:
                    say_json(row | {"disabled": member.disabled})
                else:
                    say("  ".join(row.values()) + ("  disabled" if member.disabled else ""))

    asyncio.run(read())


@users.command("disable")
def disable(email: Annotated[str, typer.Option(help="Whose access to take away.")]) -> None:
    """Take somebody's access away, open pages included. What they did stays in the log.

    Example: crisisroom user disable --email k.baptiste@cdema.example
    """
    from crisisroom.access.grants import OPERATOR
    from crisisroom.cli.office import office
    from crisisroom.commanding.command import read_command
    from crisisroom.people.directory import DIRECTORY
    from crisisroom.people.signing_in import end_all_sessions
    from crisisroom.settings import load_settings

    async def run() -> None:
        async with office(load_settings()) as desk:
            command = read_command("disable-person", {"email": email})
            receipt = await desk.writer.execute(command, OPERATOR, book=DIRECTORY)
            if receipt.id:
                await desk.writer.keep(*end_all_sessions(receipt.id))

    asyncio.run(run())
    complain(f"{email} can no longer sign in.")


@tokens.command("create")
def create_token(user: Annotated[str, typer.Option(help="E-mail of the person the program acts for.")]) -> None:
    """Make a token for a program and print it. It is shown once.

    Example: crisisroom token create --user k.baptiste@cdema.example
    """
    from crisisroom.cli.office import office
    from crisisroom.people.signing_in import create_token as make
    from crisisroom.settings import load_settings

    async def run() -> str:
        async with office(load_settings()) as desk:
            person = desk.references.directory.person(user, "user")
            assert person.id is not None  # noqa: S101 - everybody in the directory has one
            token, statements = make(desk.ids, person.id, desk.clock.now())
            await desk.writer.keep(*statements)
            return token

    token = asyncio.run(run())
    complain("Keep this token secret. It is not shown again.")
    say(token)
