"""`crisisroom log`: verify, export and sign the log."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crisisroom.cli.saying import complain, say, say_json

if TYPE_CHECKING:
    from uuid import UUID

    from crisisroom.log.verify import Problem

app = typer.Typer(help="The provable log.", no_args_is_help=True)
BROKEN = 3


@app.command()
def verify(
    incident: Annotated[str | None, typer.Option(help="Only this incident, by key.")] = None,
    checkpoint: Annotated[Path | None, typer.Option(help="A checkpoint kept elsewhere; shows cut-off tails.")] = None,
    export: Annotated[Path | None, typer.Option(help="Verify an exported file instead of the database.")] = None,
    public_key: Annotated[str | None, typer.Option(help="The key the checkpoint is signed with.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The findings as JSON.")] = False,
) -> None:
    """Recompute every chain and compare everything with it. Exits with 3 and names each broken entry.

    Example: crisisroom log verify --checkpoint /media/usb/checkpoint.txt
    """
    from crisisroom.log.checkpoint import CheckpointInvalid
    from crisisroom.log.export import ExportInvalid

    try:
        if export:
            entries, problems = _verify_export(export.read_text(encoding="utf-8").splitlines(), checkpoint, public_key)
        else:
            entries, problems = asyncio.run(_verify(incident, checkpoint, public_key))
    except (CheckpointInvalid, ExportInvalid) as error:
        complain(str(error))
        raise typer.Exit(BROKEN) from None
    _report(entries, problems, as_json)


def _report(entries: int, problems: list[Problem], as_json: bool) -> None:
    if as_json:
        found = [
            {"room": one.room, "seq": one.seq, "what": one.what, "expected": one.expected, "found": one.found}
            for one in problems
        ]
        say_json({"whole": not problems, "entries": entries, "problems": found})
    else:
        for problem in problems:
            say(str(problem))
        complain(f"{entries} entries: {'whole' if not problems else f'BROKEN, {len(problems)} findings'}.")
    if problems:
        raise typer.Exit(BROKEN)


async def _verify(incident: str | None, checkpoint: Path | None, key: str | None) -> tuple[int, list[Problem]]:
    import crisisroom.features  # noqa: F401 - every event must be known
    from crisisroom.db import Database
    from crisisroom.incidents.queries import book_of
    from crisisroom.log import store
    from crisisroom.log.verify import verify_book, verify_rest
    from crisisroom.settings import load_settings

    settings = load_settings()
    database = Database(settings.database)
    try:
        async with database.read() as connection:
            if incident:
                book = await book_of(connection, incident)
                if book is None:
                    complain(f"There is no incident {incident}.")
                    raise typer.Exit(1)
                books, problems = [book], []
            else:
                books, problems = await store.books(connection), await verify_rest(connection)
            hashes: dict[UUID, list[str]] = {}
            for book in books:
                problems += await verify_book(connection, book)
                for row in await store.raw_entries(connection, book):
                    hashes.setdefault(row.room, []).append(row.hash)
            if checkpoint:
                signer = key or (settings.data_dir / "checkpoint.pub").read_text(encoding="utf-8")
                problems += _against(checkpoint, signer, hashes, only=bool(incident))
        return sum(map(len, hashes.values())), problems
    finally:
        await database.close()


def _verify_export(text: list[str], checkpoint: Path | None, key: str | None) -> tuple[int, list[Problem]]:
    from crisisroom.log.export import read_hashes, verify_export
    from crisisroom.settings import load_settings

    entries, problems = verify_export(text)
    if checkpoint:
        signer = key or (load_settings().data_dir / "checkpoint.pub").read_text(encoding="utf-8")
        problems += _against(checkpoint, signer, read_hashes(text), only=True)
    return entries, problems


def _against(path: Path, key: str, hashes: dict[UUID, list[str]], *, only: bool) -> Iterable[Problem]:
    """What a checkpoint says of these rooms; with `only`, rooms that are not among them are another's business."""
    from crisisroom.log.checkpoint import check_against, read_checkpoints, read_public_key

    for one in read_checkpoints(path.read_text(encoding="utf-8"), read_public_key(key)):
        if one.room in hashes or not only:
            yield from check_against(one, hashes.get(one.room, []))


@app.command("export")
def export_log(
    incident: Annotated[str, typer.Option(help="The incident's key.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The file to write.")],
    room: Annotated[str | None, typer.Option(help="Only this room, by id.")] = None,
) -> None:
    """Write an incident's log as JSON lines, with the exact text that was hashed.

    Example: crisisroom log export --incident elena-26 -o elena.jsonl
    """
    from crisisroom.cli.office import office
    from crisisroom.incidents.models import incident_of
    from crisisroom.incidents.queries import book_of
    from crisisroom.log.export import export_line
    from crisisroom.log.store import read_after
    from crisisroom.render.env import make_environment
    from crisisroom.render.log_lines import sentence
    from crisisroom.settings import load_settings

    async def run() -> int:
        async with office(load_settings()) as desk, desk.database.read() as connection:
            book = await book_of(connection, incident)
            if book is None:
                complain(f"There is no incident {incident}.")
                raise typer.Exit(1)
            snapshot = await desk.books.fresh(connection, book)
            records = [one for one in await read_after(connection, book, 0, 10**9) if room in (None, str(one.room))]
        env, exercise = make_environment(), incident_of(snapshot).exercise
        lines = [export_line(one, sentence=sentence(env, snapshot, one), exercise=exercise) for one in records]
        output.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return len(lines)

    complain(f"{asyncio.run(run())} entries written to {output}.")


@app.command("checkpoint")
def checkpoint_log(
    output: Annotated[Path | None, typer.Option("-o", "--output", help="A file; else it is printed.")] = None,
) -> None:
    """Sign how long each room's log is and its root. Kept where this server cannot write, it shows cut-off tails.

    Example: crisisroom log checkpoint -o /media/usb/checkpoint.txt
    """
    from crisisroom.cli.office import office
    from crisisroom.log import store
    from crisisroom.log.checkpoint import Signer, make_checkpoints
    from crisisroom.settings import load_settings

    async def run() -> str:
        settings = load_settings()
        async with office(settings) as desk, desk.database.read() as connection:
            log, _ = await store.instance(connection)
            signer = Signer.open(settings.data_dir, log)
            rows = [
                (row.room, row.seq, row.hash)
                for book in await store.books(connection)
                for row in await store.raw_entries(connection, book)
            ]
            return "\n".join(map(signer.sign, make_checkpoints(log, rows, desk.clock.now())))

    text = asyncio.run(run())
    if output:
        output.write_text(text, encoding="utf-8")
        complain(f"Written to {output}.")
    else:
        say(text.rstrip("\n"))
