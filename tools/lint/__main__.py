"""Run every rule over the checkout; exit 1 when one is broken."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.lint.budgets import within_budget
from tools.lint.finding import Finding
from tools.lint.one_writer import no_commit_elsewhere, no_select_elsewhere
from tools.lint.owned_time import no_own_clock
from tools.lint.python_html import no_html_in_python
from tools.lint.templates import escaped, without_inline_code

_PRODUCT_RULES = (no_commit_elsewhere, no_select_elsewhere, no_own_clock, no_html_in_python)
_TEMPLATE_RULES = (escaped, without_inline_code)


def main() -> int:
    """Print every finding, the warnings first."""
    findings = sorted(check(Path.cwd()), key=lambda finding: (not finding.warning, finding))
    for finding in findings:
        print(finding)
    return 1 if any(not finding.warning for finding in findings) else 0


def check(root: Path) -> Iterator[Finding]:
    """Every finding in the checkout at `root`."""
    for file in sorted([*root.glob("crisisroom/**/*.py"), *root.glob("tools/**/*.py")]):
        yield from check_python(file.relative_to(root).as_posix(), file.read_text())
    for file in sorted(root.glob("templates/**/*.html")):
        yield from check_template(file.relative_to(root).as_posix(), file.read_text())


def check_python(path: str, source: str) -> Iterator[Finding]:
    """Every finding in one module."""
    tree = ast.parse(source, path)
    yield from within_budget(path, tree, len(source.splitlines()))
    if path.startswith("crisisroom/"):
        for rule in _PRODUCT_RULES:
            yield from rule(path, tree)


def check_template(path: str, source: str) -> Iterator[Finding]:
    """Every finding in one template."""
    for rule in _TEMPLATE_RULES:
        yield from rule(path, source)


if __name__ == "__main__":
    sys.exit(main())
