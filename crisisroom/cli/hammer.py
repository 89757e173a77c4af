"""`crisisroom hammer`: load, faults and a judgement of what came of it."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crisisroom.cli.saying import complain, say, say_json

if TYPE_CHECKING:
    from crisisroom.hammer.checker import Promise
    from crisisroom.hammer.history import History
    from crisisroom.hammer.run import Fault, Plan

BROKEN = 3


def hammer(
    url: Annotated[str, typer.Option(help="The server, such as http://127.0.0.1:8000.")],
    token: Annotated[list[str], typer.Option(help="Whose token; the first one's a coordinator. Can be repeated.")],
    clients: Annotated[int, typer.Option(help="Clients, each with a socket.", min=1)] = 16,
    rate: Annotated[float, typer.Option(help="Commands a second, all clients together.", min=0.1)] = 50,
    seconds: Annotated[float, typer.Option(help="How long.", min=0.1)] = 30,
    incidents: Annotated[int, typer.Option(help="Incidents, opened as exercises.", min=1)] = 2,
    cut_every: Annotated[float, typer.Option(help="Cut each socket about every so many seconds; 0 never.")] = 0,
    kill_pid: Annotated[int, typer.Option(help="kill -9 this process once, halfway.")] = 0,
    kill_command: Annotated[str, typer.Option(help="A shell command that kills the server, which comes back.")] = "",
    kill_every: Annotated[float, typer.Option(help="Run it about every so many seconds.", min=0.1)] = 10,
    pid: Annotated[int, typer.Option(help="The server's process on this machine, to see its memory.")] = 0,
    local: Annotated[
        bool, typer.Option("--local", help="Its database is this environment's: verify that too.")
    ] = False,
    seed: Annotated[int | None, typer.Option(help="The same choices again; without one, any.")] = None,
    history: Annotated[Path | None, typer.Option(help="Keep every operation and frame in this file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Figures and findings as JSON.")] = False,
) -> None:
    """Let many clients work on a running server, make faults, and judge by C1 to C8 what came of it.

    It opens exercises of its own and touches nothing else. Sockets resume by their cursor after every cut; commands are
    sent again with the same key until their fate is known; some are sent several times at once, or with another body.
    Exits with 3 when a promise is broken. docs/proof.md says what each one means.

    \b
    Example: crisisroom hammer --url http://127.0.0.1:8000 --token T --clients 100 --seconds 60

    Examples:
      crisisroom demo --json --port 8000         # prints tokens
      crisisroom hammer --url http://127.0.0.1:8000 --token T --clients 100 --rate 50 --seconds 60
      crisisroom hammer --url http://127.0.0.1:8000 --token T --token T2 --cut-every 3 --seed 7 --history run.jsonl
      crisisroom hammer --url https://room.example.org --token T --kill-every 5 \\
          --kill-command 'systemctl kill -s KILL crisisroom'      # the unit has Restart=always
      CRISISROOM_DATA_DIR=./var crisisroom hammer --url http://127.0.0.1:8000 --token T --local --pid 4711
    """
    from crisisroom.core.chance import any_seed
    from crisisroom.hammer.run import Plan

    seed = any_seed() if seed is None else seed
    complain(f"Seed {seed}: {clients} clients, {incidents} incidents, {rate:g} commands/s, {seconds:g} s.")
    plan = Plan(url.rstrip("/"), token, clients, rate, seconds, incidents, cut_every, seed)
    _judge(plan, partial(faults, plan, kill_pid, kill_command, kill_every, pid), history, local, as_json)


def _judge(plan: Plan, faults: Callable[[History], list[Fault]], kept: Path | None, local: bool, as_json: bool) -> None:
    from crisisroom.hammer.checker import check
    from crisisroom.hammer.figures import figures
    from crisisroom.hammer.history import History
    from crisisroom.hammer.reading import CannotRun

    with tempfile.TemporaryDirectory() as folder, History(kept or Path(folder) / "history.jsonl") as history:
        plan.faults = faults(history)
        try:
            asyncio.run(_go(plan, history, local))
        except CannotRun as error:
            complain(str(error))
            raise typer.Exit(1) from None
        promises, measured = check(history), figures(history)
    setting = {"seed": plan.seed, "clients": plan.clients, "incidents": plan.incidents, "rate": plan.rate}
    _report(promises, setting | measured, as_json)


def faults(plan: Plan, kill_pid: int, kill_command: str, kill_every: float, pid: int, history: History) -> list[Fault]:
    """What goes on beside the load."""
    from crisisroom.core.chance import chance
    from crisisroom.core.clock import SystemClock
    from crisisroom.hammer.faults import kill_by, kill_once, watch_memory

    clock, found = SystemClock(), list[Any]()
    if kill_pid:
        found.append(partial(kill_once, kill_pid, plan.seconds / 2, history, clock))
    if kill_command:
        found.append(partial(kill_by, kill_command, kill_every, chance(plan.seed), history, clock))
    if pid:
        found.append(partial(watch_memory, pid, history, clock))
    return found


async def _go(plan: Plan, history: History, local: bool) -> None:
    from crisisroom.hammer.local import verify_export, verify_tables
    from crisisroom.hammer.run import Run

    run = Run(plan, history)
    await run.go()
    if local:
        await verify_tables(history)
        for target in run.targets:
            await verify_export(history, target)


def _report(promises: Mapping[str, Promise], measured: dict[str, Any], as_json: bool) -> None:
    broken = any(one.broken for one in promises.values())
    if as_json:
        found = {
            one.name: {"words": one.words, "checked": one.checked, "broken": one.broken, "examples": one.examples}
            for one in promises.values()
        }
        say_json({"kept": not broken, "promises": found, "figures": measured})
    else:
        for name, value in measured.items():
            say(f"{name:18} {value}")
        for one in promises.values():
            verdict = "not checked" if not one.checked else f"{one.broken} of {one.checked} broken"
            say(f"{one.name} {one.words}: {verdict}")
            for example in one.examples:
                say(f"   {example}")
        if not promises["C7"].checked:
            complain("C7 needs the database: run it beside the server with --local.")
    if broken:
        raise typer.Exit(BROKEN)
