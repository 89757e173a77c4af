"""What can be proven only beside the database: the tables against the log, and the export as others would verify it."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from crisisroom.hammer.client import Target
from crisisroom.hammer.history import History
from crisisroom.hammer.model import digest


async def verify_tables(history: History, environment: Mapping[str, str] | None = None) -> None:
    """`crisisroom log verify`: every chain, and every state table against the replay."""
    status, output = await _crisisroom(["log", "verify", "--json"], environment)
    try:
        found: dict[str, Any] = json.loads(output)
    except ValueError:
        found = {"whole": False, "problems": [{"what": f"exit {status}, {output.strip()[-200:]}"}]}
    problems = [
        " ".join(str(one[name]) for name in ("room", "seq", "what") if one.get(name)) for one in found["problems"]
    ]
    history.add("tables", whole=status == 0 and found["whole"], problems=problems[:10])


async def verify_export(history: History, target: Target, environment: Mapping[str, str] | None = None) -> None:
    """The exported log verifies by itself, and is the log that the server shows."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.jsonl"
        status, output = await _crisisroom(["log", "export", "--incident", target.key, "-o", str(path)], environment)
        if status == 0:
            status, output = await _crisisroom(["log", "verify", "--export", str(path), "--json"], environment)
        problems = [] if status == 0 else [f"export of {target.key}: {output.strip()[-300:]}"]
        history.add("tables", whole=status == 0, problems=problems)
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []
    exported = [(line["room"], line["seq"], line["hash"]) for line in lines]
    shown = [
        (line["room"], line["seq"], line["hash"])
        for line in history
        if line["is"] == "entry" and line["incident"] == target.key
    ]
    of = f"{target.key}, log"
    history.add("view", of=of, name="the log that the server shows", digest=digest(shown))
    history.add("view", of=of, name="the exported log", digest=digest(exported))


async def _crisisroom(arguments: list[str], environment: Mapping[str, str] | None) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "crisisroom", *arguments, env=environment, stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, complaints = await process.communicate()
    return process.returncode, (output or complaints).decode()
