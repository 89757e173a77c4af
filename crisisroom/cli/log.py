"""`crisisroom log`: verify, export and sign the log."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crisisroom.cli.saying import complain, say, say_json

if TYPE_CHECKING:
    from uuid import UUID

    from crisisroom.cli.office import Office
    from crisisroom.log.checkpoint import Comparison
    from crisisroom.log.verify import Problem
    from crisisroom.settings import Settings

app = typer.Typer(help="The provable log.", no_args_is_help=True)
BROKEN = 3
CHUNK = 1000


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

    if incident and export:
        raise typer.BadParameter("an exported file is verified whole: give either --incident or --export")
    try:
        found = _verify_export(export) if export else asyncio.run(_verify(incident))
        if checkpoint:
            found.compare(checkpoint, public_key)
    except (CheckpointInvalid, ExportInvalid) as error:
        if as_json:
            say_json({"whole": False, "error": str(error)})
        complain(str(error))
        raise typer.Exit(BROKEN) from None
    found.tell(as_json)
    if not found.whole:
        raise typer.Exit(BROKEN)


@dataclass
class _Findings:
    """What was looked at and what is wrong with it; without a log's id it is an export."""

    hashes: Mapping[UUID, Sequence[str]]
    problems: list[Problem]
    log: UUID | None = None
    others: Collection[UUID] = ()
    """Rooms of the same log that were not looked at."""
    compared: Comparison | None = None
    remarks: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether all is as it was written. A checkpoint that was given and is about none of it shows nothing."""
        return not self.problems and (self.compared is None or self.compared.applied > 0)

    def compare(self, file: Path, key: str | None) -> None:
        """Hold it against the checkpoints of a file. Raises CheckpointInvalid."""
        from crisisroom.log.checkpoint import compare, read_checkpoints, read_public_key

        signed = read_checkpoints(file.read_text(encoding="utf-8"), read_public_key(key or _own_key()), self.log)
        self.compared = compare(signed, self.hashes, self.log, self.others)
        self.problems += self.compared.problems
        self.remarks += self.compared.not_applicable
        if self.log is None:
            logs = ", ".join(sorted({str(one.log) for one in signed}))
            self.remarks.append(f"An export does not say of which log it is. The checkpoints are of the log {logs}.")
        if self.compared.applied:
            self.remarks.append(f"{self.compared.applied} of {len(signed)} checkpoints were compared.")
        else:
            self.remarks.append(f"No checkpoint in {file} is about what was verified: nothing was compared with it.")

    def tell(self, as_json: bool) -> None:
        """Findings on stdout, remarks on stderr."""
        entries = sum(map(len, self.hashes.values()))
        if as_json:
            say_json({"whole": self.whole, "entries": entries, "problems": [asdict(one) for one in self.problems]}
                     | {"checkpoints": self.compared and self._checkpoints(self.compared)})  # fmt: skip
            return
        for problem in self.problems:
            say(str(problem))
        for remark in self.remarks:
            complain(remark)
        found = f"BROKEN, {len(self.problems)} finding{'s' if len(self.problems) > 1 else ''}"
        whole = "whole" if self.whole else found if self.problems else "NOT PROVEN"
        complain(f"{entries} entries: {whole}.")

    def _checkpoints(self, compared: Comparison) -> dict[str, Any]:
        return {"applied": compared.applied, "not_applicable": compared.not_applicable, "remarks": self.remarks}


def _own_key() -> str:
    """This installation's public key, where its server has left it."""
    from crisisroom.log.checkpoint import PUBLIC_FILE
    from crisisroom.settings import load_settings

    path = load_settings().data_dir / PUBLIC_FILE
    if not path.exists():
        raise typer.BadParameter(f"there is no {path}, so give --public-key", param_hint="--checkpoint")
    return path.read_text(encoding="utf-8")


async def _verify(incident: str | None) -> _Findings:
    import crisisroom.features  # noqa: F401 - every event must be known
    from crisisroom.db import Database
    from crisisroom.incidents.queries import book_of
    from crisisroom.log import store
    from crisisroom.log.verify import examine, verify_all
    from crisisroom.settings import load_settings

    database = Database(load_settings().database, patient=True)
    try:
        async with database.read() as connection:
            log, _ = await store.instance(connection)
            if incident is None:
                return _Findings(*await verify_all(connection), log)
            book = await book_of(connection, incident)
            if book is None:
                raise _no_incident(incident)
            found = await examine(connection, book)
            return _Findings(found.hashes, list(found.problems), log, await store.rooms(connection))
    finally:
        await database.close()


def _verify_export(path: Path) -> _Findings:
    from crisisroom.log.export import read_hashes, verify_export

    lines = path.read_text(encoding="utf-8").splitlines()
    _, problems = verify_export(lines)
    return _Findings(read_hashes(lines), problems)


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
    from crisisroom.settings import load_settings

    async def run() -> int:
        async with office(load_settings()) as desk:
            return await _export(desk, incident, output, room)

    complain(f"{asyncio.run(run())} entries written to {output}.")


async def _export(desk: Office, key: str, output: Path, room: str | None) -> int:
    from uuid import UUID

    from crisisroom.incidents.models import incident_of
    from crisisroom.incidents.queries import book_of
    from crisisroom.log.export import export_line
    from crisisroom.log.store import read_page, rooms
    from crisisroom.render.env import make_environment
    from crisisroom.render.log_lines import sentence

    env, written, position = make_environment(ids=desk.ids), 0, None
    async with desk.database.read() as connection:
        book = await book_of(connection, key)
        if book is None:
            raise _no_incident(key)
        snapshot = await desk.books.fresh(connection, book)
        if room is not None and room not in map(str, snapshot.heads):
            complain(f"There is no room {room} in {key}.")
            raise typer.Exit(1)
        wanted = [one for one in await rooms(connection) if isinstance(one, UUID) and room in (None, str(one))]
        with output.open("w", encoding="utf-8") as file:
            while records := await read_page(connection, book, wanted, position, CHUNK):
                position = records[-1].position
                for one in records:
                    said = sentence(env, snapshot, one)
                    file.write(export_line(one, sentence=said, exercise=incident_of(snapshot).exercise) + "\n")
                written += len(records)
    return written


def _no_incident(key: str) -> typer.Exit:
    complain(f"There is no incident {key}.")
    return typer.Exit(1)


@app.command("checkpoint")
def checkpoint_log(
    output: Annotated[Path | None, typer.Option("-o", "--output", help="A file; else it is printed.")] = None,
) -> None:
    """Verify the log, then sign how long each room is and its root. Kept elsewhere, it shows cut-off tails.

    What is not whole, or does not go on from the checkpoints in the data folder, is not signed: exits with 3.

    Example: crisisroom log checkpoint -o /media/usb/checkpoint.txt
    """
    from crisisroom.core.files import write_over
    from crisisroom.log.signing import NotSigned
    from crisisroom.settings import load_settings

    try:
        text = asyncio.run(_sign(load_settings()))
    except NotSigned as refusal:
        for problem in refusal.problems:
            say(str(problem))
        complain("The log is BROKEN. Nothing was signed.")
        raise typer.Exit(BROKEN) from None
    if output:
        write_over(output, text.encode())
        complain(f"Written to {output}.")
    else:
        say(text.rstrip("\n"))


async def _sign(settings: Settings) -> str:
    import crisisroom.features  # noqa: F401 - every event must be known
    from crisisroom.core.clock import SystemClock
    from crisisroom.db import Database
    from crisisroom.log import store
    from crisisroom.log.checkpoint import Signer
    from crisisroom.log.signing import Kept, sign_log

    database = Database(settings.database, patient=True)
    try:
        async with database.read() as connection:
            log, _ = await store.instance(connection)
        kept = Kept(settings.data_dir, Signer.open(settings.data_dir, log), log)
        before = kept.checkpoints()
        async with database.read() as connection:
            text = await sign_log(connection, kept, before, SystemClock().now())
        for refused in kept.refused:
            complain(f"A kept checkpoint cannot be used: {refused}")
        return text
    finally:
        await database.close()
