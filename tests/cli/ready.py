"""The program with everything imported already: each line it is sent is a command, carried out in a fork of its own.

Importing takes most of the time of a short command, and taking all of it apart at the end most of the rest. What runs
is the program's own `main`, with its own arguments, environment and files.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import sys
import traceback
from typing import Any, NoReturn

import crisisroom
from crisisroom.cli import main


def serve() -> None:
    """Until the end of the input."""
    for module in pkgutil.walk_packages(crisisroom.__path__, "crisisroom."):
        if not module.name.endswith((".__main__", ".migrations.env")) and ".versions" not in module.name:
            importlib.import_module(module.name)
    gc.freeze()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            become(json.loads(line))
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def become(request: dict[str, Any]) -> NoReturn:
    """Be the command, and end with it."""
    code: Any = 0
    os.environ.clear()
    os.environ.update(request["environment"])
    for number, path in enumerate((os.devnull, request["out"], request["err"])):
        os.dup2(os.open(path, os.O_RDWR | os.O_CREAT), number)
    sys.argv = ["crisisroom", *request["arguments"]]
    try:
        main()
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code or 0)


if __name__ == "__main__":
    serve()
