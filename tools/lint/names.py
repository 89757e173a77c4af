"""Which imported thing a name in a module stands for."""

from __future__ import annotations

import ast


class Imports:
    """The names that a module's imports bind, wherever in the module the imports stand."""

    def __init__(self, tree: ast.Module) -> None:
        self._bound: dict[str, str] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                self._bind_modules(node)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                self._bound |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}

    def dotted(self, node: ast.expr) -> str | None:
        """`dt.now` after `from datetime import datetime as dt` is `datetime.datetime.now`; else None."""
        if isinstance(node, ast.Name):
            return self._bound.get(node.id)
        if isinstance(node, ast.Attribute):
            owner = self.dotted(node.value)
            return f"{owner}.{node.attr}" if owner else None
        return None

    def _bind_modules(self, node: ast.Import) -> None:
        for alias in node.names:
            if alias.asname:
                self._bound[alias.asname] = alias.name
            else:  # `import a.b` binds `a`
                top = alias.name.partition(".")[0]
                self._bound[top] = top
