"""An incident of a test's own on a server that many tests share, and much traffic on it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.support.server import Server

TEAM, PLANE, HOSPITAL, LINK = "Deploy the team", "Air reconnaissance", "Hospital status", "Satellite link"
FUEL, CUSTOMS, RUNWAY, CONTACT = "Fuel for the hospital", "Customs waiver", "Clear the runway", "First contact"
TASKS = (
    (TEAM, "CDEMA", "critical", "1:00", "doing"),
    (PLANE, "RSS", "high", "2:00", "doing"),
    (HOSPITAL, "CARPHA", "high", "20:00", "doing"),
    (LINK, "CDEMA", "normal", "21:00", "doing"),
    (FUEL, "CARPHA", "critical", "16:00", "todo"),
    (CUSTOMS, "IMPACS", "high", "17:00", "todo"),
    (RUNWAY, "CDEMA", "critical", "14:00", "blocked"),
    (CONTACT, "CDEMA", "normal", "1:00", "done"),
)
LAST = "The storm is over."


def a_board(server: Server, title: str = "Hurricane Selma") -> str:
    """The key of a new incident, ten hours old, with all core agencies and eight tasks."""
    api = server.api("j.alexis")
    t0 = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=10)
    key = api.open(title, exercise=True, agencies=["IMPACS", "CARPHA", "RSS"], t0=t0.isoformat(), t0_label="landfall")
    for title, agency, priority, due, lane in TASKS:
        task = api.do(key, "add-task", title=title, agency=agency, priority=priority, due=f"T+{due}")["id"]
        if lane != "todo":
            api.do(key, "move-task", task=task, lane=lane, **({"reason": "no loaders"} if lane == "blocked" else {}))
    return key


def number_of(server: Server, key: str, title: str) -> str:
    """A task's number."""
    return next(str(one["number"]) for one in server.api("j.alexis").board(key)["tasks"] if one["title"] == title)


def storm(server: Server, key: str, changes: int = 60) -> None:
    """Heavy traffic by somebody else: tasks move, are commented and added, and the log fills."""
    api = server.api("c.grant")
    open_tasks = [one["number"] for one in api.board(key)["tasks"] if one["lane"] in ("todo", "doing")]
    for i in range(changes):
        number = open_tasks[i // 4 % len(open_tasks)]
        if i % 4 == 0:
            api.do(key, "move-task", task=number, lane=("doing", "todo")[i // 4 % 2])
        elif i % 4 == 1:
            api.do(key, "comment-task", task=number, text=f"Comment {i}")
        elif i % 4 == 2:
            api.do(key, "write-entry", text=f"Report {i}")
        else:
            api.do(key, "add-task", title=f"Task {i} of the storm", agency="RSS", priority="critical", due="T+0:30")
    api.do(key, "write-entry", text=LAST)
