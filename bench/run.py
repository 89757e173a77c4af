"""First figures: `make bench`. Loopback, the server in a process of its own, medians of five repeats.

Machines differ and are noisy: compare figures of one run only.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
from websockets.asyncio.client import ClientConnection, connect

REPEATS = 5
CHANGES = 40
TASKS = 500
INCIDENT = "elena-26"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        process, facts = start(Path(folder))
        try:
            rows = asyncio.run(measure(facts))
        finally:
            process.terminate()
            process.wait(30)
    width = max(len(what) for what, _ in rows)
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, medians of {REPEATS} repeats [range]\n")
    for what, figure in rows:
        print(f"{what:{width}}  {figure}")


def start(folder: Path) -> tuple[subprocess.Popen[str], dict[str, Any]]:
    command = [sys.executable, "-m", "crisisroom", "demo", "--json", "--port", "0", "--data-dir", str(folder / "var")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    facts = json.loads(process.stdout.readline())
    while True:
        try:
            httpx2.get(facts["url"] + "/healthz")
            return process, facts
        except httpx2.HTTPError:
            time.sleep(0.05)


async def measure(facts: dict[str, Any]) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    async with httpx2.AsyncClient(
        base_url=facts["url"],
        headers={"Authorization": f"Bearer {facts['people'][0]['token']}"},
        timeout=60,
        limits=httpx2.Limits(max_connections=64),
    ) as client:
        rows += await sizes(client)
        for watchers in (2, 200):
            rows += await latency(client, facts, watchers)
        for callers in (1, 32):
            rows.append(await commands(client, callers))
        rows += await many_tasks(client)
    return rows


async def sizes(client: httpx2.AsyncClient) -> list[tuple[str, str]]:
    """Bytes as sent, with brotli."""
    rows = []
    for name, cookie in (("first load of a board", ""), ("first load, low-data mode", "low_data=1")):
        page = await raw(client, f"/i/{INCIDENT}", cookie)
        total = page
        manifest = json.loads((Path(__file__).parents[1] / "static" / "manifest.json").read_text())
        wanted = ["app.css", "core.js", "icons.svg", "favicon.svg"] + ([] if cookie else ["plex-latin.woff2"])
        for asset in wanted:
            total += await raw(client, f"/static/{manifest[asset]['file']}")
        rows.append((name, f"{total / 1000:.1f} kB, of which the page {page / 1000:.1f} kB"))
    return rows


async def raw(client: httpx2.AsyncClient, path: str, cookie: str = "") -> int:
    headers = {"Accept-Encoding": "br"} | ({"Cookie": cookie} if cookie else {})
    async with client.stream("GET", path, headers=headers) as answer:
        return sum([len(chunk) async for chunk in answer.aiter_raw()])


async def latency(client: httpx2.AsyncClient, facts: dict[str, Any], watchers: int) -> list[tuple[str, str]]:
    """From sending a lone change until the last page has its fragment; and that frame's size."""
    address = facts["url"].replace("http", "ws", 1) + f"/i/{INCIDENT}/live"
    headers = {"Authorization": f"Bearer {facts['people'][1]['token']}"}
    sockets = [await connect(address, additional_headers=headers, max_queue=None) for _ in range(watchers)]
    try:
        for one in sockets:
            await until_change(one, "hello")
        middles, tails, bytes_sent = [], [], []
        for _ in range(REPEATS):
            taken = []
            for _ in range(CHANGES):
                began = time.perf_counter()
                waiting = [asyncio.create_task(until_change(one, "change")) for one in sockets]
                await write(client)
                frames = await asyncio.gather(*waiting)
                taken.append((time.perf_counter() - began) * 1000)
                bytes_sent.append(len(frames[0].encode()))
            taken.sort()
            middles.append(statistics.median(taken))
            tails.append(taken[int(len(taken) * 0.95)])
    finally:
        await asyncio.gather(*(one.close() for one in sockets))
    return [
        (f"change to the last of {watchers} pages, p50", spread(middles, "ms")),
        (f"change to the last of {watchers} pages, p95", spread(tails, "ms")),
        (f"frame of one log entry ({watchers} pages)", f"{statistics.median(bytes_sent):.0f} bytes before deflate"),
    ]


async def until_change(socket: ClientConnection, kind: str) -> str:
    while True:
        text = str(await socket.recv())
        if text.startswith(f'{{"type":"{kind}"'):
            return text


async def write(client: httpx2.AsyncClient) -> None:
    answer = await client.post(
        f"/api/v1/incidents/{INCIDENT}/commands/write-entry",
        json={"text": "Sortie 3 airborne."}, headers={"Idempotency-Key": str(uuid4())},
    )  # fmt: skip
    answer.raise_for_status()


async def commands(client: httpx2.AsyncClient, callers: int) -> tuple[str, str]:
    """POST to durable commit, over HTTP."""

    async def burst() -> float:
        count = 40 if callers == 1 else 480
        began = time.perf_counter()
        await asyncio.gather(*(some(count // callers) for _ in range(callers)))
        return count / (time.perf_counter() - began)

    async def some(count: int) -> None:
        for _ in range(count):
            await write(client)

    return f"commands a second over HTTP, {callers} callers", spread([await burst() for _ in range(REPEATS)], "/s")


async def many_tasks(client: httpx2.AsyncClient) -> list[tuple[str, str]]:
    opened = await client.post(
        "/api/v1/incidents",
        json={"title": "Benchmark", "crisis_class": "other", "lead_agency": "CDEMA", "exercise": True},
    )
    key = opened.json()["key"]
    for start_at in range(0, TASKS, 25):
        await asyncio.gather(*(add_task(client, key, number) for number in range(start_at, start_at + 25)))
    size = await raw(client, f"/i/{key}")
    return [
        (f"board page with {TASKS} tasks", spread(await timed(lambda: client.get(f"/i/{key}")), "ms")),
        (f"board page with {TASKS} tasks, sent", f"{size / 1000:.1f} kB"),
        (f"board as JSON, {TASKS} tasks", spread(await timed(lambda: client.get(f"/api/v1/incidents/{key}")), "ms")),
        ("floor: /healthz", spread(await timed(lambda: client.get("/healthz")), "ms")),
    ]


async def add_task(client: httpx2.AsyncClient, key: str, number: int) -> None:
    answer = await client.post(
        f"/api/v1/incidents/{key}/commands/add-task",
        json={"title": f"Task {number}", "agency": "CDEMA", "due": f"T+{number % 90}:00"},
        headers={"Idempotency-Key": str(uuid4())},
    )
    answer.raise_for_status()


async def timed(request: Callable[[], Awaitable[httpx2.Response]]) -> list[float]:
    """Milliseconds of a warm request, several times over."""
    (await request()).raise_for_status()
    found = []
    for _ in range(REPEATS * 4):
        began = time.perf_counter()
        await request()
        found.append((time.perf_counter() - began) * 1000)
    return found


def spread(values: list[float], unit: str) -> str:
    return f"{statistics.median(values):.1f} {unit} [{min(values):.1f}–{max(values):.1f}]"


if __name__ == "__main__":
    main()
