"""Templates keep to the content security policy and to automatic escaping."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise

from jinja2 import Environment

from tools.lint.finding import Finding

_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_RUNS_SCRIPT = ("javascript:", "js:")


def escaped(path: str, source: str) -> Iterator[Finding]:
    """No `|safe`, no `autoescape false`: what a person typed never becomes markup."""
    tokens = [token for token in Environment(autoescape=True).lex(source) if token[1] != "whitespace"]
    for (_, _, before), (line, kind, value) in pairwise(tokens):
        if kind == "name" and value == "safe" and before == "|":
            yield Finding(path, line, "escaped", "|safe turns escaping off: pass Markup that a template made")
        if kind == "name" and value == "autoescape":
            yield Finding(path, line, "escaped", "autoescape stays as the environment sets it")


def without_inline_code(path: str, source: str) -> Iterator[Finding]:
    """No inline script, style, `on…` handler or htmx expression: the browser refuses them."""
    reader = _Tags(path)
    reader.feed(_JINJA.sub(_blank, source))
    reader.close()
    yield from reader.findings


def _blank(match: re.Match[str]) -> str:
    """Keep the lines, lose the template language, whose quotes and brackets are not the page's."""
    text = match.group()
    filler = "x" if text.startswith("{{") else " "
    return "".join(char if char == "\n" else filler for char in text)


class _Tags(HTMLParser):
    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path
        self.findings: list[Finding] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name for name, _ in attrs}
        if tag == "style":
            self._report("a style element: put it into the style sheet")
        if tag == "script" and "src" not in names:
            self._report("an inline script: put it into frontend/")
        for name, value in attrs:
            self._check_attribute(name, (value or "").strip().lower())

    def _check_attribute(self, name: str, value: str) -> None:
        if name == "style":
            self._report("a style attribute: use a class")
        elif re.fullmatch(r"on[a-z]+", name) or name.startswith("hx-on"):
            self._report(f"{name}: listen in frontend/ instead")
        elif value.startswith("javascript:") or (name.startswith("hx-") and value.startswith(_RUNS_SCRIPT)):
            self._report(f"{name} runs script: set a plain value")

    def _report(self, text: str) -> None:
        self.findings.append(Finding(self._path, self.getpos()[0], "no-inline-code", text))
