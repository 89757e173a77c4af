"""What the command line says, and where."""

from __future__ import annotations

import json
import sys
from typing import Any


def say(text: str) -> None:
    """Data, on stdout."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def say_json(value: Any) -> None:
    """One line of JSON, on stdout."""
    say(json.dumps(value, ensure_ascii=False, default=str))


def complain(text: str) -> None:
    """Everything else, on stderr."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
