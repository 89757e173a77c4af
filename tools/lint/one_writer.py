"""Only the one path of a change ends a transaction; only the places meant for it read the tables."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath

from tools.lint.finding import Finding
from tools.lint.names import Imports

_MAY_COMMIT = {
    "crisisroom/commanding/execute.py",
    "crisisroom/migrations/upgrade.py",
    "crisisroom/backup/restoring.py",
}
_MAY_SELECT = ("crisisroom/log/", "crisisroom/access/", "crisisroom/commanding/")
_SELECTS = {f"{library}.select" for library in ("sqlalchemy", "sqlalchemy.future", "sqlalchemy.sql", "sqlmodel")}


def no_commit_elsewhere(path: str, tree: ast.Module) -> Iterator[Finding]:
    """`.commit()` and `COMMIT` stand only in the writer: elsewhere a change would pass the log by."""
    if path in _MAY_COMMIT:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (_is_commit(node) or any(map(_is_commit_text, node.args))):
            yield Finding(path, node.lineno, "one-writer", "commit outside the writer: send a command instead")


def no_select_elsewhere(path: str, tree: ast.Module) -> Iterator[Finding]:
    """`select(` stands only in `queries.py`, `log/`, `access/` and `commanding/`: the readers are easily found."""
    if path.startswith(_MAY_SELECT) or PurePosixPath(path).name == "queries.py":
        return
    imports = Imports(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and imports.dotted(node.func) in _SELECTS:
            yield Finding(path, node.lineno, "select-in-queries", "select outside queries.py: move the query there")


def _is_commit(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Attribute) and node.func.attr == "commit"


def _is_commit_text(node: ast.expr) -> bool:
    if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
        return False
    return node.value.strip(" ;\n").upper() == "COMMIT"
