"""Strict YAML that knows its lines: plain fields, lists and words, and nothing that could expand, loop or construct."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import yaml
from yaml.constructor import SafeConstructor

MAX_BYTES = 256 * 1024
MAX_DEPTH = 20
# 200 items with every field filled come to about 5,000 values.
MAX_VALUES = 20_000

Path: TypeAlias = tuple[int | str, ...]


@dataclass(frozen=True, order=True)
class Problem:
    """What is wrong on one line, in a sentence that says what to do."""

    line: int
    sentence: str


class TreeInvalid(Exception):
    """The text is not a plain YAML tree; `problems` says where and why."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(problem.sentence for problem in problems))
        self.problems = problems


@dataclass(frozen=True)
class Unquoted:
    """A number or date that YAML saw because the quotes were left out; never a value of its own."""

    text: str


@dataclass
class Tree:
    """The values of a file (dict, tuple, str, bool, None, Unquoted) and the line of each."""

    value: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """The line of a value, or of the nearest thing around it that is there."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_tree(text: str) -> Tree:
    """The tree of one YAML text. Raises TreeInvalid and nothing else."""
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise TreeInvalid([Problem(1, f"The file is too large: keep a playbook under {MAX_BYTES // 1024} kB.")])
    root = _compose(text)
    if root is None:
        raise TreeInvalid([Problem(1, "The file is empty: write a playbook, or delete the file.")])
    tree = Tree(lines={(): root.start_mark.line + 1})
    tree.value = _value(root, (), tree)
    if tree.problems:
        raise TreeInvalid(tree.problems)
    return tree


def _compose(text: str) -> yaml.Node | None:
    loader = None
    try:
        loader = _PlainLoader(text)
        return loader.get_single_node()
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise TreeInvalid([Problem(line, "Remove the control character on this line; it cannot be shown.")]) from error
    except yaml.MarkedYAMLError as error:
        raise TreeInvalid([_syntax_problem(error)]) from error
    except (ValueError, OverflowError) as error:
        # PyYAML turns escapes such as "\UFFFFFFFF" and very long version numbers into numbers without looking.
        line = loader.line + 1 if loader is not None else 1
        raise TreeInvalid([Problem(line, "This line holds a code that stands for no character: remove it.")]) from error


class _PlainLoader(yaml.SafeLoader):
    """Composes nodes and refuses, before descending, whatever a playbook never needs."""

    depth = 0
    values = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        self._refuse_magic(event)
        self.depth += 1
        self.values += 1
        if self.depth > MAX_DEPTH:
            raise _Refusal(f"This is nested more than {MAX_DEPTH} levels deep: bring it nearer to the margin.", event)
        if self.values > MAX_VALUES:
            raise _Refusal(f"The file holds more than {MAX_VALUES} values: split it into several playbooks.", event)
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1

    def _refuse_magic(self, event: Any) -> None:
        if isinstance(event, yaml.AliasEvent):
            raise _Refusal(f"Write the text out in full instead of the alias *{event.anchor}.", event)
        if event.anchor is not None:
            raise _Refusal(f"Remove the YAML anchor &{event.anchor}: every text is written where it is used.", event)
        if getattr(event, "tag", None) is not None:
            raise _Refusal(f"Remove the tag {event.tag}: a playbook holds plain text only.", event)


class _Refusal(yaml.MarkedYAMLError):
    """Valid YAML that is refused; the sentence is final."""

    def __init__(self, sentence: str, event: Any) -> None:
        super().__init__(problem=sentence, problem_mark=event.start_mark)


# PyYAML's words on the left; what the author of a playbook should do on the right.
_PLAINLY = (
    ("mapping values are not allowed", "Put quotes around a text that holds a colon, or line this field up."),
    ("cannot start any token", "This line starts with a character that needs quotes, or with a tab: use spaces."),
    ("could not find expected ':'", "Put a colon and a space after the field's name."),
    ("expected <block end>", "This line does not line up with those above it: correct its indentation."),
    ("unexpected end of stream", "A quote opens here and is never closed: close it."),
    ("expected ',' or", "A bracket is not closed, or a comma is missing."),
    ("expected a single document", "Keep one playbook in one file: remove the second `---` and what follows."),
    ("unknown escape character", "Use single quotes here, or write the backslash twice."),
    ("but found another document", "Keep one playbook in one file: remove the second `---` and what follows."),
)


def _syntax_problem(error: yaml.MarkedYAMLError) -> Problem:
    words = " ".join(str(error.problem or error.context or "unknown reason").split())
    mark = error.problem_mark or error.context_mark
    if "end of stream" in words and error.context_mark is not None:
        mark = error.context_mark
    line = mark.line + 1 if mark is not None else 1
    if isinstance(error, _Refusal):
        return Problem(line, words)
    for theirs, ours in _PLAINLY:
        if theirs in words:
            return Problem(line, ours)
    return Problem(line, f"This is not valid YAML ({words}): correct this line or the one above.")


def _value(node: yaml.Node, path: Path, tree: Tree) -> Any:
    if isinstance(node, yaml.MappingNode):
        return {key: _value(child, (*path, key), tree) for key, child in _fields(node, path, tree)}
    if isinstance(node, yaml.SequenceNode):
        for number, child in enumerate(node.value):
            tree.lines[(*path, number)] = child.start_mark.line + 1
        return tuple(_value(child, (*path, number), tree) for number, child in enumerate(node.value))
    return _word(node, tree)


def _fields(node: yaml.MappingNode, path: Path, tree: Tree) -> Iterator[tuple[str, yaml.Node]]:
    seen: dict[str, int] = {}
    for key, child in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            tree.problems.append(Problem(line, "A field's name is one word: remove the brackets or the question mark."))
        elif key.value in seen:
            first = seen[key.value]
            tree.problems.append(Problem(line, f"`{key.value}` is already on line {first}: keep one of the two."))
        else:
            seen[key.value] = tree.lines[(*path, key.value)] = line
            yield key.value, child


# Line breaks, control characters, halves of characters, and marks that reverse the direction of a line.
_UNSHOWABLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def _word(node: yaml.Node, tree: Tree) -> str | bool | Unquoted | None:
    kind, text = node.tag.rpartition(":")[2], node.value
    if _UNSHOWABLE.search(text):
        tree.problems.append(Problem(node.start_mark.line + 1, "Remove the character that cannot be shown."))
    if kind == "bool":
        return bool(SafeConstructor.bool_values[text.lower()])
    if kind == "null":
        return None
    return text if kind == "str" else Unquoted(text)
