"""Our side of `writes`: commands through `execute`, from the fields somebody sent to a receipt when it is durable.

usage: python -m bench.writers WRITERS SECONDS INCIDENTS (the database as for `crisisroom`, by environment)
Prints one JSON object.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any
from uuid import UUID, uuid4

from crisisroom.access.grants import OPERATOR, Actor
from crisisroom.cli.office import Office, office, prepare
from crisisroom.commanding.command import read_command
from crisisroom.people.directory import DIRECTORY
from crisisroom.settings import load_settings

WARM_UP = 0.3
LANES = ("doing", "todo")


async def main(writers: int, seconds: float, incidents: int) -> None:
    """Seed, warm up, measure."""
    settings = load_settings()
    await prepare(settings)
    async with office(settings) as desk:
        actor = await _somebody(desk)
        books = [await _incident(desk, actor, number) for number in range(incidents)]
        places = [(books[n % incidents], await _task(desk, actor, books[n % incidents], n)) for n in range(writers)]
        taken: list[float] = []

        async def writes(book: UUID, task: UUID, until: float) -> None:
            turn = 0
            while (began := time.perf_counter()) < until:
                command = read_command("move-task", {"task": str(task), "lane": LANES[turn % 2]})
                await desk.writer.execute(command, actor, book=book, key=uuid4())
                taken.append(time.perf_counter() - began)
                turn += 1
            if turn % 2:  # as it stood, so that the next round changes something again
                await desk.writer.execute(
                    read_command("move-task", {"task": str(task), "lane": "todo"}), actor, book=book, key=uuid4()
                )

        for length in (WARM_UP, seconds):
            taken.clear()
            began, cpu = time.perf_counter(), time.process_time()
            await asyncio.gather(*(writes(*place, began + length) for place in places))
            wall, cpu = time.perf_counter() - began, time.process_time() - cpu
    taken.sort()
    middle, tail = (taken[int(len(taken) * share)] * 1000 for share in (0.5, 0.99))
    figures = {"per_s": len(taken) / wall, "p50_ms": middle, "p99_ms": tail, "cpu_us": cpu / len(taken) * 1e6}
    print(json.dumps(figures))


async def _somebody(desk: Office) -> Actor:
    person = {"email": "b.one@cdema.example", "name": "Bench One", "agency": "CDEMA", "role": "coordinator"}
    await desk.writer.execute(read_command("add-person", person), OPERATOR, book=DIRECTORY)
    async with desk.database.read() as connection:
        await desk.references.refresh(connection)
    return desk.references.directory.person(person["email"])


async def _incident(desk: Office, actor: Actor, number: int) -> UUID:
    fields = {"title": f"Benchmark {number}", "crisis_class": "other", "lead_agency": "CDEMA", "exercise": True}
    return (await desk.writer.execute(read_command("open-incident", fields), actor)).book


async def _task(desk: Office, actor: Actor, book: UUID, number: int) -> UUID:
    fields: dict[str, Any] = {"title": f"Inspect jetty {number}", "agency": "CDEMA"}
    receipt = await desk.writer.execute(read_command("add-task", fields), actor, book=book)
    assert receipt.id is not None
    return receipt.id


if __name__ == "__main__":
    try:
        import uvloop
    except ImportError:
        asyncio.run(main(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])))
    else:
        uvloop.run(main(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])))
