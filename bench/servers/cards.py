"""What the Python contenders send: the frames in the file that FRAMES names, in turn."""

import itertools
import os
from pathlib import Path

HELLO = "hello"
_FRAMES = itertools.cycle(Path(os.environ["FRAMES"]).read_text(encoding="utf-8").splitlines())


def next_text() -> str:
    """The next change."""
    return next(_FRAMES)
