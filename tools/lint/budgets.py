"""Modules and functions stay short enough to be read at once."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tools.lint.finding import Finding

MODULE_BUDGET = 250
FUNCTION_BUDGET = 40
# A warning at the budget, an error at twice: the budget is a habit, not a wall in the middle of a thought.
_LIMIT = 2


def within_budget(path: str, tree: ast.Module, lines: int) -> Iterator[Finding]:
    """A module has about 250 lines and never 500, a function about 40 and never 80. Migrations are exempt lists."""
    if path.startswith("crisisroom/migrations/"):
        return
    yield from _measure(path, 1, "module", lines, MODULE_BUDGET)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            yield from _measure(path, node.lineno, f"function {node.name}", length, FUNCTION_BUDGET)


def _measure(path: str, line: int, what: str, length: int, budget: int) -> Iterator[Finding]:
    if length > budget:
        text = f"{what} has {length} lines, the budget is {budget}"
        yield Finding(path, line, "budget", text, warning=length <= budget * _LIMIT)
