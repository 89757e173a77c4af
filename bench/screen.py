"""From a change to the screen: a command is sent, and a browser that has the board open has painted it."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from bench.report import Figures, Table, quantile
from bench.room import MARK, Room, Rooms
from bench.scratch import Missing, Scratch

WATCHERS = (2, 200)
OURS = "Crisis Room"

# When the entry stands in the page and the frame after that is drawn, by the page's own clock.
_WATCH = """mark => {
  window.seen = {};
  new MutationObserver(() => {
    for (const [found] of document.body.textContent.matchAll(new RegExp(mark + " [0-9a-f]{8}", "g"))) {
      if (found in window.seen) continue;
      window.seen[found] = 0;
      const painted = () => { window.seen[found] = performance.timeOrigin + performance.now(); };
      requestAnimationFrame(() => setTimeout(painted));
    }
  }).observe(document.body, { childList: true, subtree: true, characterData: true });
}"""


def measure(scratch: Scratch, folder: Path, repeats: int, quick: bool) -> tuple[Figures, list[Table], list[str]]:
    """One browser and otherwise sockets."""
    try:
        from playwright.sync_api import sync_playwright

        from tests.support.system import chromium

        program = chromium()
    except (ImportError, FileNotFoundError) as why:
        raise Missing(str(why)) from None
    figures = Figures()
    rooms = Rooms(scratch, folder)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for repeat in range(repeats):
            for watchers in WATCHERS:
                print(f"  {repeat + 1} {watchers} viewers", file=sys.stderr)
                with rooms.open() as room:
                    taken = _changes(browser, room, watchers, 8 if quick else 25)
                figures.add(OURS, repeat, **{f"screen_{watchers}": taken})
        browser.close()
    rows = [
        [f"{watchers} viewers", *(quantile(figures, OURS, f"screen_{watchers}", share) for share in (0.5, 0.95))]
        for watchers in WATCHERS
    ]
    note = (
        "Sent over HTTP, made durable, drawn, sent to all, swapped in by the page and painted. One viewer is Chromium."
    )
    return figures, [Table("A change to the screen, ms", ["on the board", "p50", "p95"], rows, note)], []


def _changes(browser: Any, room: Room, watchers: int, changes: int) -> list[float]:
    person = room.people[1]
    page = browser.new_page(base_url=room.url)
    with ExitStack() as stack:
        for _ in range(watchers - 1):
            stack.enter_context(_watcher(room))
        page.goto("/signin")
        page.fill("[name=email]", person["email"])
        page.fill("[name=password]", person["password"])
        page.press("[name=password]", "Enter")
        page.wait_for_url("**/situation")
        with page.expect_websocket():
            page.goto(f"/i/{room.incident}")
        page.evaluate(_WATCH, MARK)
        session = room.session()
        taken = []
        for number in range(changes + 1):
            text = f"{MARK} {number:08x}"
            began = time.time()
            session.command(room.incident, "write-entry", text=text)
            painted = page.wait_for_function("text => window.seen[text]", arg=text, timeout=20_000).json_value()
            taken.append(painted - began * 1000)
        page.close()
    return taken[1:]


def _watcher(room: Room) -> ClientConnection:
    address = room.url.replace("http", "ws", 1) + room.path
    return connect(address, additional_headers={"Authorization": f"Bearer {room.people[0]['token']}"}, max_queue=None)
