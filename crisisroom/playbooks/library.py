"""The playbooks on hand: those shipped, and an operator's own, which take the place of shipped ones by slug."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from .schema import Playbook, PlaybookInvalid, parse_playbook
from .yaml_tree import MAX_BYTES


class Library:
    """Every playbook that can be started, read once and never changed."""

    def __init__(self, playbooks: Mapping[str, Playbook]) -> None:
        self._by_slug = dict(playbooks)

    @classmethod
    def load(cls, folders: Sequence[Path]) -> Library:
        """Read every `*.yaml` of the folders in turn; a later folder's playbook replaces an earlier one of its slug.

        Raises PlaybookInvalid with every problem of every file: half a library is worse than none.
        """
        found: dict[str, Playbook] = {}
        problems: list[str] = []
        for folder in folders:
            problems += _folder_problems(folder)
            for path in _files_of(folder):
                try:
                    playbook = read_playbook(path)
                except PlaybookInvalid as error:
                    problems += error.problems
                    continue
                problems += _same_version(path, playbook, found.get(playbook.slug))
                found[playbook.slug] = playbook
        if problems:
            raise PlaybookInvalid(problems)
        return cls(found)

    def list(self) -> list[Playbook]:
        """All playbooks by title."""
        return sorted(self._by_slug.values(), key=lambda playbook: (playbook.title.casefold(), playbook.slug))

    def get(self, slug: str) -> Playbook | None:
        """The playbook with this slug, if there is one."""
        return self._by_slug.get(slug)


def lint(paths: Sequence[Path]) -> list[str]:
    """Every problem in the files and folders given, each `FILE:LINE: sentence`; nothing when all can be used."""
    problems: list[str] = []
    for path in paths:
        if path.is_dir():
            problems += _folder_problems(path)
            if not _files_of(path):
                problems.append(f"{path}:1: There is no playbook in this folder: playbooks are files named *.yaml.")
            problems += _problems_of(_files_of(path))
        else:
            problems += _problems_of([path])
    return problems


def read_playbook(path: Path) -> Playbook:
    """The playbook in one file. Raises PlaybookInvalid when it cannot be read or used."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise PlaybookInvalid([f"{path}:1: The file cannot be read ({reason}): check its name and rights."]) from error
    if len(content) > MAX_BYTES:
        raise PlaybookInvalid([f"{path}:1: The file is too large: keep a playbook under {MAX_BYTES // 1024} kB."])
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise PlaybookInvalid([f"{path}:{line}: This is not UTF-8 text: save the file as UTF-8."]) from error
    return parse_playbook(text, str(path))


def _problems_of(paths: Iterable[Path]) -> Iterable[str]:
    for path in paths:
        try:
            read_playbook(path)
        except PlaybookInvalid as error:
            yield from error.problems


def _files_of(folder: Path) -> Sequence[Path]:
    return sorted(path for path in folder.glob("*.yaml") if not path.name.startswith("."))


def _folder_problems(folder: Path) -> Iterable[str]:
    if not folder.is_dir():
        yield f"{folder}:1: There is no such folder of playbooks: correct the setting, or make the folder."
    for path in sorted(folder.glob("*.yml")):
        # Left out silently it would be missed only on the day it is needed.
        yield f"{path}:1: Rename this file to {path.stem}.yaml: only *.yaml is read."


def _same_version(path: Path, playbook: Playbook, other: Playbook | None) -> Iterable[str]:
    if other is not None and other.version == playbook.version:
        yield (
            f"{path}:1: Another playbook {playbook.slug} has version {playbook.version} too: "
            "give this one another version, or delete it."
        )
