"""A stand-in for the server, to try the script on: one board in memory, drawn like the real one.

    python test/demo/serve.py [--port 8099]      then open http://127.0.0.1:8099/i/demo-26

Commands work, changes reach every open page. `POST /test/{what}` makes trouble: drop (close all sockets), deaf (take
frames, answer nothing), no-sockets, down (answer 503), conflict (the next edit meets another's), burst (40 changes),
broken (the proof), out (signed out).
"""

from __future__ import annotations

import argparse
import asyncio
import html
import itertools
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

HERE = Path(__file__).parent
STATIC = HERE.parents[2] / "static"
MANIFEST = json.loads((STATIC / "manifest.json").read_text())
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
LANES = {"todo": "To do", "doing": "In progress", "blocked": "Blocked", "done": "Done"}
ROOM = "0f000000-0000-7000-8000-000000000001"
RUN = "0f000000-0000-7000-8000-0000000000aa"
PEOPLE = {
    "a": ("0f000000-0000-7000-8000-00000000000a", "Jo Alexis", "JA", "CDEMA"),
    "b": ("0f000000-0000-7000-8000-00000000000b", "Ed Daniel", "ED", "RSS"),
}
T0 = datetime.now(UTC) - timedelta(hours=13, minutes=42)


def iso(moment: datetime | None) -> str:
    """An instant for attributes."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else ""


class Board:
    """All that is on the board, and who listens."""

    def __init__(self) -> None:
        self.seq = 0
        self.tasks: dict[str, dict] = {}
        self.items: dict[str, dict] = {}
        self.entries: list[str] = []
        self.frames: list[dict] = []
        self.listeners: dict[asyncio.Queue, dict] = {}
        self.keys: dict[str, dict] = {}
        self.trouble: set[str] = set()
        self.numbers = itertools.count(131)
        for lane, title, hours, priority, agency in (
            ("todo", "Fuel for St Jude Hospital generator", 16.0, "critical", "CARPHA"),
            ("todo", "Customs waiver for relief cargo", 17.0, "high", "IMPACS"),
            ("todo", "Boil-water notice", None, "normal", "CARPHA"),
            ("doing", "Deploy assessment team to Roseau", 12.0, "critical", "CDEMA"),
            ("doing", "Air reconnaissance, sortie 3", 13.705, "high", "RSS"),
            ("blocked", "Clear debris from runway 10/28", 14.5, "critical", "CDEMA"),
            ("done", "First contact ODM Dominica", None, "normal", "CDEMA"),
        ):
            self.add(title, lane=lane, priority=priority, agency=agency, due=T0 + timedelta(hours=hours) if hours else None)
        for place, text in enumerate(("Confirm status of all hospitals", "Issue situation report 5", "Shelter count by district")):
            item = str(uuid4())
            self.items[item] = {"id": item, "text": text, "place": place, "state": "open", "seq": self.next(), "due": T0 + timedelta(hours=13 + 2 * place)}

    def next(self) -> int:
        """The next number of the room."""
        self.seq += 1
        return self.seq

    def add(self, title: str, **more: object) -> dict:
        """A new task."""
        task = str(uuid4())
        self.tasks[task] = {
            "id": task, "number": f"E-{next(self.numbers)}", "title": title, "lane": "todo", "priority": "normal", "agency": "",
            "assignee": "", "due": None, "reason": "", "notes": "", "comments": [], "seq": self.next(),
        } | more  # fmt: skip
        return self.tasks[task]

    def find(self, ref: str) -> dict:
        """By id or number."""
        return self.tasks.get(ref) or next(task for task in self.tasks.values() if task["number"] == ref)

    def publish(self, parts: list[str], sentence: str, who: str, key: str) -> None:
        """One change for everybody."""
        person, name, _, agency = PEOPLE[who]
        entry = (
            f'<li id="entry-{ROOM}-{self.seq}" class="entry" data-seq="{self.seq}" data-room="{ROOM}" data-at="{iso(datetime.now(UTC))}" data-agency="{agency}"'
            f' data-event="x" data-into="#entries" data-at-start><span class="agency">{agency}</span> {name}: {html.escape(sentence)}</li>'
        )
        self.entries.insert(0, entry)
        frame = {"type": "change", "room": ROOM, "seq": self.seq, "cursor": f"c{self.seq}", "html": "".join([*parts, entry]), "keys": [key], "by": [person]}
        self.frames.append(frame)
        for queue in self.listeners:
            queue.put_nowait(frame)

    def presence(self) -> None:
        """Who is here."""
        people = {
            one["who"]: {"id": PEOPLE[one["who"]][0], "name": PEOPLE[one["who"]][1], "initials": PEOPLE[one["who"]][2], "agency": PEOPLE[one["who"]][3],
                         "state": "idle" if one.get("idle") else "here", "editing": one.get("editing")}
            for one in self.listeners.values()
        }  # fmt: skip
        for queue in self.listeners:
            queue.put_nowait({"type": "presence", "room": ROOM, "people": list(people.values())})


board = Board()


def icon(name: str) -> str:
    """A sign."""
    return f'<svg class="icon" aria-hidden="true"><use href="/static/{MANIFEST["icons.svg"]["file"]}#{name}"></use></svg>'


def form(command: str, subject: str, inner: str, classes: str = "") -> str:
    """A command form."""
    return f'<form class="{classes} writes" method="post" action="/i/demo-26/commands/{command}"><input type="hidden" name="idempotency_key" value="{uuid4()}">{subject}{inner}</form>'


def draw_task(task: dict) -> str:
    """A card."""
    due = f'<p class="card-due"><span class="due" data-due="{iso(task["due"])}">Due {task["due"]:%H:%M} UTC</span></p>' if task["due"] and task["lane"] != "done" else ""
    buttons = "".join(f'<button class="plain" name="lane" value="{lane}">{words}</button>' for lane, words in LANES.items() if lane != task["lane"])
    blocked = f'<p class="card-blocked"><span class="blocked">Blocked</span> {html.escape(task["reason"])}</p>' if task["lane"] == "blocked" else ""
    return (
        f'<li id="task-{task["id"]}" class="card agency-{task["agency"].lower() or "partner"}" data-task="{task["id"]}" data-number="{task["number"]}" data-lane="{task["lane"]}"'
        f' data-room="{ROOM}" data-agency="{task["agency"]}" data-assignee="{task["assignee"]}" data-priority="{task["priority"]}" data-due="{iso(task["due"])}"'
        f' data-rev="{task["seq"]}" data-into="#cards-{task["lane"]}" tabindex="0" aria-label="{task["number"]}, {html.escape(task["title"])}, due 18:30 UTC">'
        f'<p class="card-top"><span class="number">{task["number"]}</span> <span class="priority priority-{task["priority"]}">{task["priority"]}</span></p>'
        f'<a class="card-title" href="/i/demo-26/t/{task["number"]}">{html.escape(task["title"])}</a>{blocked}<p class="card-who"><span class="agency">{task["agency"]}</span></p>{due}'
        f'<p class="editing" hidden></p><details class="menu move-menu writes"><summary>Move</summary>'
        f'{form("move-task", _hidden("task", task["id"]), buttons, "move menu-body")}</details></li>'
    )  # fmt: skip


def _hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{name}" value="{html.escape(value)}">'


def draw_item(item: dict) -> str:
    """A checklist item."""
    command, into = ("tick-item", "items") if item["state"] == "open" else ("reopen-item", "settled")
    return (
        f'<li id="item-{item["id"]}" class="item" data-item="{item["id"]}" data-run="{RUN}" data-phase="p" data-room="{ROOM}" data-state="{item["state"]}" data-place="{item["place"]}"'
        f' data-due="{iso(item["due"]) if item["state"] == "open" else ""}" data-rev="{item["seq"]}" data-into="#{into}-{RUN}-p">'
        f'{form(command, _hidden("item", item["id"]), "<button aria-label=Tick></button>", "tick")}<p class="item-text">{item["text"]}</p>'
        f'<p class="item-meta"><span class="due" data-due="{iso(item["due"])}">T+x</span></p></li>'
    )  # fmt: skip


def draw_drawer(task: dict) -> str:
    """The drawer."""

    def edit(field: str, value: str, control: str) -> str:
        return f'<div class="field" data-field="{field}"><label>{field.title()}</label>' + form("edit-task", _hidden("task", task["id"]) + _hidden(f"base.{field}", value), control + "<button>Save</button>") + "</div>"

    comments = "".join(f"<li>{html.escape(text)}</li>" for text in task["comments"])
    return (
        f'<article class="drawer" data-drawer="{task["id"]}" data-number="{task["number"]}" data-rev="{task["seq"]}"><a href="/i/demo-26" data-close>Close</a>'
        f'<h2 tabindex="-1">{html.escape(task["title"])}</h2><div class="held-by" id="held-{task["id"]}" hidden></div>'
        + edit("title", task["title"], f'<input name="set.title" value="{html.escape(task["title"])}">')
        + edit("notes", task["notes"], f'<textarea name="set.notes">{html.escape(task["notes"])}</textarea>')
        + edit("due", iso(task["due"]), f'<input name="set.due" value="{iso(task["due"])}">')
        + f"<ol>{comments}</ol>"
        + form("comment-task", _hidden("task", task["id"]), '<textarea id="drawer-comment" name="text"></textarea><button>Send</button>')
        + "</article>"
    )


def page(request: Request, drawer: dict | None = None) -> HTMLResponse:
    """The board."""
    who = request.query_params.get("as") or request.cookies.get("who", "a")
    text = (HERE / "board.html").read_text()
    parts = {
        "css": MANIFEST["app.css"]["file"], "js": MANIFEST["core.js"]["file"], "now": iso(datetime.now(UTC)), "t0": iso(T0), "me": PEOPLE[who][0],
        "agency": PEOPLE[who][3], "cursor": f"c{board.seq}", "entries": "".join(board.entries), "run": RUN, "readonly": "data-readonly" if "readonly" in request.query_params else "",
        "live": icon("wifi"), "drawer": draw_drawer(drawer) if drawer else "", "drawer_hidden": "" if drawer else "hidden", "key": str(uuid4()),
        "items": "".join(draw_item(item) for item in board.items.values() if item["state"] == "open"), "settled": "".join(draw_item(item) for item in board.items.values() if item["state"] != "open"),
    } | {lane: "".join(draw_task(task) for task in board.tasks.values() if task["lane"] == lane) for lane in LANES}  # fmt: skip
    for name, value in parts.items():
        text = text.replace(f"[[{name}]]", value)
    response = HTMLResponse(text, headers={"Content-Security-Policy": CSP})
    response.set_cookie("who", who)
    return response


async def task_page(request: Request) -> Response:
    """The board with a task open, or the drawer alone."""
    task = board.find(request.path_params["ref"])
    return HTMLResponse(draw_drawer(task)) if request.query_params.get("part") == "drawer" else page(request, task)


async def command(request: Request) -> Response:
    """Takes a form."""
    data = dict(await request.form())
    if "down" in board.trouble:
        return JSONResponse({"saved": False, "title": "Not saved"}, 503)
    await asyncio.sleep(0.4 if "slow" in board.trouble else 0)
    receipt = await run_command(request, data, request.cookies.get("who", "a"))
    if "json" in request.headers.get("accept", ""):
        return receipt
    return RedirectResponse("/i/demo-26", 303)


async def run_command(request: Request, data: dict, who: str) -> Response:
    """What each command does here."""
    name, key = request.path_params["command"], data.get("idempotency_key", "")
    if key in board.keys:
        return JSONResponse(board.keys[key] | {"result": "repeated"})
    task = board.find(data["task"]) if "task" in data else None
    if name == "add-task":
        if not data["quick"].strip():
            return JSONResponse({"title": "Bad input", "detail": "The task needs a title.", "fields": {"title": "The task needs a title."}}, 422)
        task = board.add(data["quick"].split(" @")[0])
    elif name == "move-task":
        if data["lane"] == "blocked" and not data.get("reason"):
            return JSONResponse({"fields": {"reason": "Say what blocks it."}}, 422)
        if data.get("base.lane", task["lane"]) != task["lane"] != data["lane"]:
            return JSONResponse({"conflict": [{"field": "lane", "base": data["base.lane"], "theirs": task["lane"], "yours": data["lane"], "by": {"name": "Ed Daniel", "agency": "RSS"}}]}, 409)
        task |= {"lane": data["lane"], "reason": data.get("reason", ""), "seq": board.next()}
    elif name == "edit-task":
        field = next(each[4:] for each in data if each.startswith("set."))
        current = iso(task[field]) if field == "due" else task[field]
        if data[f"base.{field}"] != current:
            return JSONResponse({"title": "Someone changed it first", "conflict": [{"field": field, "base": data[f"base.{field}"], "theirs": current, "yours": data[f"set.{field}"], "by": {"name": "Ed Daniel", "agency": "RSS"}}]}, 409)
        task |= {field: data[f"set.{field}"], "seq": board.next()}
    elif name == "comment-task":
        task["comments"].append(data["text"])
        task["seq"] = board.next()
    elif name in ("tick-item", "reopen-item"):
        item = board.items[data["item"]]
        item |= {"state": "done" if name == "tick-item" else "open", "seq": board.next()}
        board.publish([draw_item(item)], f"{name} {item['text']}", who, key)
        return JSONResponse(board.keys.setdefault(key, {"result": "applied", "room": ROOM, "seq": board.seq}))
    else:
        board.next()
    board.publish([draw_task(task)] if task else [], f"{name} {data}", who, key)
    return JSONResponse(board.keys.setdefault(key, {"result": "applied", "room": ROOM, "seq": board.seq}))


async def socket(websocket: WebSocket) -> None:
    """The live connection."""
    if "no-sockets" in board.trouble:
        await websocket.close(4500)
        return
    await websocket.accept()
    queue: asyncio.Queue = asyncio.Queue()
    after = int(websocket.query_params["after"][1:] or 0)
    missed = [frame for frame in board.frames if frame["seq"] > after]
    for frame in [{"type": "hello", "cursor": f"c{board.seq}", "now": iso(datetime.now(UTC)), "missed": len(missed)}, *missed]:
        queue.put_nowait(frame)
    board.listeners[queue] = {"who": websocket.cookies.get("who", "a"), "socket": websocket}
    board.presence()
    writer = asyncio.create_task(write(websocket, queue))
    try:
        while True:
            message = await websocket.receive_json()
            if message["type"] == "ping" and "deaf" not in board.trouble:
                queue.put_nowait({"type": "pong", "now": iso(datetime.now(UTC))})
            elif message["type"] == "editing":
                board.listeners[queue]["editing"] = message if message["task"] else None
                board.presence()
    except (WebSocketDisconnect, RuntimeError):
        pass
    finally:
        writer.cancel()
        board.listeners.pop(queue, None)
        board.presence()


async def write(websocket: WebSocket, queue: asyncio.Queue) -> None:
    """From the queue to the browser."""
    while True:
        frame = await queue.get()
        if "deaf" not in board.trouble:
            await websocket.send_json(frame)


async def live(request: Request) -> Response:
    """The same as a stream of events."""

    async def events():  # noqa: ANN202
        queue: asyncio.Queue = asyncio.Queue()
        board.listeners[queue] = {"who": request.cookies.get("who", "a")}
        yield f"data: {json.dumps({'type': 'hello', 'cursor': f'c{board.seq}', 'now': iso(datetime.now(UTC)), 'missed': 0})}\n\n"
        try:
            while True:
                yield f"data: {json.dumps(await queue.get())}\n\n"
        finally:
            board.listeners.pop(queue, None)

    return StreamingResponse(events(), media_type="text/event-stream")


async def trouble(request: Request) -> Response:
    """Makes trouble, or ends it."""
    what = request.path_params["what"]
    sockets = [one["socket"] for one in board.listeners.values() if "socket" in one]
    codes = {"drop": 1012, "out": 4401, "away": 4403, "resync": 4409}
    if what in codes:
        for one in sockets:
            await one.close(codes[what])
    elif what == "burst":
        for task in list(board.tasks.values()) * 5:
            task["seq"] = board.next()
            board.publish([draw_task(task)], "burst", "b", "")
    elif what == "broken":
        for queue in board.listeners:
            queue.put_nowait({"type": "proof", "state": "broken", "room": ROOM, "seq": 3, "what": ""})
    elif what == "calm":
        board.trouble.clear()
    else:
        board.trouble.add(what)
    return JSONResponse(sorted(board.trouble))


app = Starlette(
    routes=[
        Route("/i/demo-26", page),
        Route("/i/demo-26/t/{ref}", task_page),
        Route("/i/demo-26/commands/{command}", command, methods=["POST"]),
        WebSocketRoute("/i/demo-26/live", socket),
        Route("/i/demo-26/live", live),
        Route("/test/{what}", trouble, methods=["POST"]),
        Route("/healthz", lambda request: Response("ok")),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
)

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8099)
    uvicorn.run(app, port=parser.parse_args().port, log_level="warning")
