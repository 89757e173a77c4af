"""`crisisroom serve`, `demo`, `check`, `openapi`, `version`."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crisisroom.cli.saying import complain, say, say_json

if TYPE_CHECKING:
    import socket

    from crisisroom.settings import Settings

Port = Annotated[int, typer.Option(help="0 takes a free one.", min=0, max=65535)]
CHECK_FAILED = 3
SEND_BUFFER = 128 * 1024


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Port = 8000,
    workers: Annotated[int, typer.Option(help="Processes; more than one needs Redis.", min=1)] = 1,
) -> None:
    """Serve the prepared database.

    Example: crisisroom db upgrade && crisisroom serve --port 8000
    """
    from crisisroom.settings import load_settings, unknown_variables

    settings = load_settings()
    for name in unknown_variables():
        complain(f"{name} is not a setting of Crisis Room.")
    if workers > 1 and not settings.redis_url:
        complain("More than one worker needs Redis: set CRISISROOM_REDIS_URL, or start one worker.")
        raise typer.Exit(2)
    with only_server(settings):
        run_server(settings, host, port, workers=workers)


def demo(
    port: Port = 8000,
    data_dir: Annotated[Path | None, typer.Option(help="Where the demo's data is kept; ./var by default.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="First print one JSON line about it.")] = False,
) -> None:
    """Seed an exercise with fictional people, if the database is empty, and serve it.

    Example: crisisroom demo --port 8000
    """
    from crisisroom.cli.demo import seed
    from crisisroom.cli.office import prepare
    from crisisroom.settings import load_settings

    settings = load_settings(data_dir=data_dir)
    with only_server(settings):
        socket = listen("127.0.0.1", port)
        url = f"http://127.0.0.1:{socket.getsockname()[1]}"

        async def set_up() -> dict[str, object]:
            await prepare(settings)
            facts: dict[str, object] = {"url": url}
            return facts | await seed(settings)

        facts = asyncio.run(set_up())
        if as_json:
            say_json(facts)
        else:
            show_demo(facts)
        run_server(settings, "127.0.0.1", port, socket=socket)


def show_demo(facts: dict[str, object]) -> None:
    """Address and sign-ins, for people."""
    people = facts["people"]
    assert isinstance(people, list)  # noqa: S101
    say(f"Crisis Room: {facts['url']}\n")
    say("Sign in as one of these fictional people:")
    for person in people:
        say(f"  {person['agency']:8} {person['role']:12} {person['email']:30} {person['password']}")
    say("\nStop with Ctrl+C. Start again to go on with the same data.")


def check() -> None:
    """Look whether everything is in order: settings, database, migrations, disk.

    Example: crisisroom check
    """
    from crisisroom.cli.doctor import findings
    from crisisroom.settings import load_settings

    wrong = False
    for good, what in asyncio.run(findings(load_settings())):
        say(f"{'ok   ' if good else 'WRONG'} {what}")
        wrong = wrong or not good
    if wrong:
        raise typer.Exit(CHECK_FAILED)


def openapi() -> None:
    """Print the description of the JSON API (OpenAPI 3.1).

    Example: crisisroom openapi > openapi.json
    """
    import crisisroom.features  # noqa: F401 - every command must be known
    from crisisroom.web.openapi import document

    say_json(document())


def version() -> None:
    """Print the version.

    Example: crisisroom version
    """
    from crisisroom import __version__

    say(__version__)


@contextlib.contextmanager
def only_server(settings: Settings) -> Iterator[None]:
    """Hold the data folder: two servers on one embedded database would not hear each other at once."""
    import fcntl

    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (settings.data_dir / "server.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            complain(f"Another server uses {settings.data_dir}. Stop it first, or choose another data folder.")
            raise typer.Exit(1) from None
        yield


def listen(host: str, port: int) -> socket.socket:
    """The listening socket, opened before anything else so that a taken port is known at once."""
    import socket as sockets

    try:
        listening = sockets.create_server((host, port), backlog=4096)
    except OSError as error:
        complain(f"Cannot listen on {host}:{port}: {error.strerror}. Choose another with --port.")
        raise typer.Exit(1) from None
    # Every connection takes this over: the kernel would put up to 4 MiB aside for each reader that has stopped.
    listening.setsockopt(sockets.SOL_SOCKET, sockets.SO_SNDBUF, SEND_BUFFER)
    return listening


def run_server(settings: Settings, host: str, port: int, socket: socket.socket | None = None, workers: int = 1) -> None:
    """Serve until told to stop; live viewers are told that the server restarts."""
    from crisisroom.app import NotReady
    from crisisroom.cli.serving import run

    try:
        run(settings, socket or listen(host, port), workers)
    except NotReady as error:
        complain(str(error))
        raise typer.Exit(1) from None
