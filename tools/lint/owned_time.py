"""Time, chance and identifiers are handed in, so that tests and simulations own them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tools.lint.finding import Finding
from tools.lint.names import Imports

_FORBIDDEN = {
    "datetime.datetime.now",
    "datetime.datetime.today",
    "datetime.datetime.utcnow",
    "datetime.date.today",
    "time.time",
    "time.time_ns",
    "time.gmtime",
    "time.localtime",
    "time.sleep",
    "asyncio.sleep",
    "anyio.sleep",
    "os.urandom",
}
_FORBIDDEN_FAMILIES = ("random.", "secrets.", "uuid.uuid", "uuid_utils.uuid", "uuid_utils.compat.uuid")
_HARMLESS = {"secrets.compare_digest"}


def no_own_clock(path: str, tree: ast.Module) -> Iterator[Finding]:
    """No clock, sleep, random, secret or UUID outside `core/`; a reference (`default_factory=uuid4`) counts too."""
    if path.startswith("crisisroom/core/"):
        return
    imports = Imports(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Name | ast.Attribute):
            continue
        name = imports.dotted(node)
        if name and _is_forbidden(name):
            yield Finding(path, node.lineno, "owned-time", f"{name}: take the clock or the ids as an argument (core/)")


def _is_forbidden(name: str) -> bool:
    return name in _FORBIDDEN or (name.startswith(_FORBIDDEN_FAMILIES) and name not in _HARMLESS)
