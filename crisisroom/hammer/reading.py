"""What the server shows at the end: logs, boards and replays, written into the history for the checker."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any
from urllib.parse import quote

from crisisroom.core.clock import Clock
from crisisroom.hammer.client import Target
from crisisroom.hammer.history import History
from crisisroom.hammer.http import Http, Lost
from crisisroom.hammer.mix import SUBJECT, mark_of
from crisisroom.hammer.model import digest, digest_of_board

TRIES = 60


class CannotRun(Exception):
    """The run could not begin, or what it came to could not be read; the text says why."""


async def write_down(history: History, clock: Clock, target: Target, boards: Sequence[Http]) -> None:
    """The log since the beginning of the run, and each token's board and replay."""
    await read_log(history, clock, boards[0], target.key, target.cursor)
    tasks = f"{target.key}, tasks and items"
    for number, http in enumerate(boards, 1):
        board = await patiently(clock, http, f"/api/v1/incidents/{target.key}")
        replay = await patiently(clock, http, f"/api/v1/incidents/{target.key}?at={quote(board['cursor'])}")
        whole = f"{target.key}, rooms {digest([room['id'] for room in board['rooms']])[:8]}"
        history.add("view", of=whole, name=f"the board of token {number}", digest=digest(board))
        history.add("view", of=whole, name=f"the replay for token {number}", digest=digest(replay))
        if number == 1:
            history.add("view", of=tasks, name="the board", digest=digest_of_board(board))
    history.add("view", of=tasks, name="what a client built from its frames", digest=target.model.digest())


async def read_log(
    history: History, clock: Clock, http: Http, key: str, after: str, set_up: bool = False
) -> tuple[dict[str, int], str]:
    """Write every entry after a cursor into the history; each room's last number, and the cursor then."""
    heads: dict[str, int] = {}
    async for page in _pages(clock, http, key, after):
        after = page["cursor"]
        for entry in page["entries"]:
            event, data = entry["event"], entry["data"]
            heads[entry["room"]] = entry["seq"]
            history.add(
                "entry", incident=key, room=entry["room"], seq=entry["seq"], prev=entry["prev_hash"],
                hash=entry["hash"], event=event, key=mark_of(event, data), id=data.get(SUBJECT.get(event, "")),
                set_up=set_up,
            )  # fmt: skip
    return heads, after


async def heads_of(clock: Clock, http: Http, key: str) -> dict[str, int]:
    """Each room's last number."""
    heads: dict[str, int] = {}
    async for page in _pages(clock, http, key, ""):
        heads |= {entry["room"]: entry["seq"] for entry in page["entries"]}
    return heads


async def _pages(clock: Clock, http: Http, key: str, after: str) -> AsyncIterator[dict[str, Any]]:
    while True:
        page = await patiently(clock, http, f"/api/v1/incidents/{key}/log?after={quote(after)}")
        yield page
        if not page["entries"]:
            return
        after = page["cursor"]


async def patiently(clock: Clock, http: Http, path: str) -> dict[str, Any]:
    """A GET that is tried again while the server recovers. Raises CannotRun when it does not."""
    said = ""
    for _ in range(TRIES):
        try:
            answer = await http.get(path)
        except Lost as lost:
            said = str(lost)
        else:
            if answer.status == 200:
                return dict(answer.body)
            said = str(answer.status)
        await clock.sleep(1)
    raise CannotRun(f"{path} is not answered: {said}.")
