"""HTML is written in templates, which escape what they are given."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tools.lint.finding import Finding

_TAG = re.compile(r"\s*</?[A-Za-z]")


def no_html_in_python(path: str, tree: ast.Module) -> Iterator[Finding]:
    """No f-string, `%` or `.format()` builds HTML; `__repr__` may keep Python's own angle brackets."""
    spared = {id(part) for each in ast.walk(tree) if _is_repr(each) for part in ast.walk(each)}
    for node in ast.walk(tree):
        if id(node) not in spared and _fills_html(node):
            line = getattr(node, "lineno", 1)
            yield Finding(path, line, "html-in-templates", "HTML put together in Python: draw a template instead")


def _fills_html(node: ast.AST) -> bool:
    if isinstance(node, ast.JoinedStr):
        return _opens_tag(node)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        return _is_tag(node.left)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        return _is_tag(node.func.value)
    return False


def _opens_tag(text: ast.JoinedStr) -> bool:
    if not text.values:
        return False
    first, *rest = text.values
    if _is_tag(first):
        return True
    ends_open = isinstance(first, ast.Constant) and str(first.value).lstrip() in ("<", "</")
    return ends_open and bool(rest)


def _is_tag(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(_TAG.match(node.value))


def _is_repr(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name in ("__repr__", "__str__")
