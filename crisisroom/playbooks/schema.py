"""The playbook format 1: what a file may hold, and a reader that names the line of everything wrong in it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Literal, TypeAlias, TypeVar

import rfc8785
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from crisisroom.core import times

from .checks import cross_checks
from .wording import explain
from .yaml_tree import Path, Problem, TreeInvalid, read_tree

ACTIVATION = "activation"
STATE = "state"
MAX_TEXT = 300
MAX_SPAN = timedelta(days=400)
MAX_PROBLEMS = 100

Entry = TypeVar("Entry")


class PlaybookInvalid(Exception):
    """One or more playbooks cannot be used; every problem is `FILE:LINE: sentence`."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def parse_playbook(text: str, filename: str) -> Playbook:
    """The playbook that a YAML text holds. Raises PlaybookInvalid, and nothing else, for any other text."""
    try:
        tree = read_tree(text)
        playbook = Playbook.model_validate(tree.value)
        problems = [Problem(tree.line(path), sentence) for path, sentence in cross_checks(playbook, filename)]
    except TreeInvalid as error:
        problems = error.problems
    except ValidationError as error:
        problems = [
            Problem(tree.line(found["loc"]), explain(found, _model_around(found["loc"]))) for found in error.errors()
        ]
    if problems:
        raise PlaybookInvalid(_named(filename, sorted(set(problems))))
    return playbook


def _named(filename: str, problems: list[Problem]) -> list[str]:
    named = [f"{filename}:{found.line}: {found.sentence}" for found in problems[:MAX_PROBLEMS]]
    if more := problems[MAX_PROBLEMS:]:
        named.append(f"{filename}:{more[0].line}: {len(more)} more problems follow: correct those above first.")
    return named


def read_span(text: str) -> timedelta:
    """The time that `-120h`, `+15m` or `14d` stands for. Raises ValueError with the rest of a sentence."""
    if not re.fullmatch(r"[+-]?[0-9]{1,5}[mhd]", text):
        raise ValueError("must be a number with m, h or d after it, such as -120h, +15m or 14d")
    span = times.read_offset(text)
    if abs(span) > MAX_SPAN:
        raise ValueError(f"is more than {MAX_SPAN.days} days away: name a nearer anchor")
    return span


def _text(value: str) -> str:
    value = value.strip()
    if not value:
        raise ValueError("is empty: write something, or remove the line")
    if len(value) > MAX_TEXT:
        raise ValueError(f"has {len(value)} characters: shorten it to {MAX_TEXT}")
    if "\n" in value:
        raise ValueError("runs over several lines: write `>-` after its name, or put it on one line")
    return value


def _shaped(pattern: str, rule: str) -> Callable[[str], str]:
    shape = re.compile(pattern)

    def check(value: str) -> str:
        if not shape.fullmatch(value):
            raise ValueError(rule)
        return value

    return check


def _offset(value: str) -> str:
    read_span(value)
    return value


def _repeat(value: str) -> str:
    if value.startswith(("+", "-")) or read_span(value) <= timedelta(0):
        raise ValueError("must be a time above zero without a sign, such as 24h")
    return value


def _some(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    # Not pydantic's min_length: that also complains of a list whose only entry is wrong.
    if not entries:
        raise ValueError("is empty: put at least one entry in it")
    return entries


_SLUG = _shaped(r"(?=.{1,60}$)[a-z0-9]+(-[a-z0-9]+)*", "may hold only small letters, digits and single hyphens")
_ANCHOR = _shaped(r"[a-z][a-z0-9_]{0,39}", "may hold only small letters, digits and underscores")
_VERSION = _shaped(r"[0-9A-Za-z][0-9A-Za-z.+-]{0,19}", 'must be a short version, such as "1.0"')
_CODE = _shaped(r"[A-Z][A-Z0-9+-]{1,15}", "must be an agency's code in capitals, such as CDEMA")
_OWNER = _shaped(rf"[A-Z][A-Z0-9+-]{{1,15}}|{STATE}", f"must be an agency's code, such as CDEMA, or `{STATE}`")
_LETTER = _shaped(r"(?!T$)[A-Z]{1,3}", "must be one to three capitals, and not T, which is the incident's own clock")

Text: TypeAlias = Annotated[str, AfterValidator(_text)]
Slug: TypeAlias = Annotated[str, AfterValidator(_SLUG)]
AnchorName: TypeAlias = Annotated[str, AfterValidator(_ANCHOR)]
Some: TypeAlias = Annotated[tuple[Entry, ...], AfterValidator(_some)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Anchor(_Part):
    """A moment that deadlines are counted from; its letter stands before the offset, as in `L−48:00`."""

    label: Text = Field(description="what the moment is, in a few words")
    letter: Annotated[str, AfterValidator(_LETTER)] = Field(description="the letter that offsets show, such as L")


class Due(_Part):
    """A deadline: so long before or after an anchor, and how often again."""

    anchor: AnchorName = Field(description=f"the anchor it is counted from, `{ACTIVATION}` or one of your own")
    offset: Annotated[str, AfterValidator(_offset)] = Field(description="how long before or after, such as -48h")
    repeat: Annotated[str, AfterValidator(_repeat)] | None = Field(None, description="how often again, such as 24h")

    @property
    def span(self) -> timedelta:
        """The offset as a time; negative is before the anchor."""
        return read_span(self.offset)


class PlaybookItem(_Part):
    """One thing to do: who, by when, after what, on whose authority."""

    id: Slug = Field(description="a short stable name that no other item has, such as open-shelters")
    text: Text = Field(description="what to do, as an order")
    agency: Annotated[str, AfterValidator(_OWNER)] = Field(description=f"an agency's code, or `{STATE}`")
    position: Text | None = Field(None, description="the role, or the national body, that does it")
    due: Due | None = Field(None, description="the deadline; left out, the item is done as due")
    after: tuple[Slug, ...] = Field((), max_length=20, description="ids of the items that must be done first")
    decision: bool = Field(False, description="true when a decision must be recorded")
    trigger: Text | None = Field(None, description="what sets it off, or what the choices are")
    source: Text | None = Field(None, description="the doctrine behind it")


class PlaybookPhase(_Part):
    """A stage of the response, with its items in order."""

    id: Slug = Field(description="a short stable name that no other phase has")
    name: Text = Field(description="the name that people see")
    items: Some[PlaybookItem] = Field(description="what to do in it, as a list")


class Playbook(_Part):
    """A whole plan. Frozen: a run keeps the version and the digest of what it was started from."""

    slug: Slug = Field(description="the file's name without .yaml")
    title: Text = Field(description="the name that people see")
    version: Annotated[str, AfterValidator(_VERSION)] = Field(description='such as "1.0"; change it with every edit')
    crisis_class: Literal["disaster", "health", "political", "other"] = Field(
        description="disaster, health, political or other"
    )
    hazard: Slug = Field(description="what causes the crisis, in small letters")
    lead_agency: Annotated[str, AfterValidator(_CODE)] = Field(description="the code of the agency that leads")
    source: Some[Text] = Field(max_length=30, description="the doctrine, as a list")
    anchors: dict[AnchorName, Anchor] = Field({}, max_length=12, description="the moments deadlines are counted from")
    t0: AnchorName = Field(description="the anchor whose moment is T0 on the board")
    positions: tuple[Text, ...] = Field((), max_length=200, description="every position that the items name")
    phases: Some[PlaybookPhase] = Field(max_length=20, description="the stages, as a list")

    @property
    def all_anchors(self) -> dict[str, Anchor]:
        """Every anchor by name, `activation` first, whether the file lists it or not."""
        activation = self.anchors.get(ACTIVATION, Anchor(label="Activation", letter="A"))
        return {ACTIVATION: activation} | {name: own for name, own in self.anchors.items() if name != ACTIVATION}

    @property
    def items(self) -> tuple[PlaybookItem, ...]:
        """Every item of every phase, in order."""
        return tuple(item for phase in self.phases for item in phase.items)

    @property
    def digest(self) -> str:
        """SHA-256 (hex) over the content in canonical JSON.

        Comments, layout and the order of fields do not count. What is left at its default is left out, so that a
        field added to the format later does not change the digest of the files that do not use it.
        """
        content = self.model_dump(mode="json", exclude_defaults=True)
        return hashlib.sha256(rfc8785.dumps(content)).hexdigest()


def _model_around(path: Path) -> type[BaseModel]:
    match tuple(part for part in path[:-1] if isinstance(part, str)):
        case ("phases", "items", "due"):
            return Due
        case ("phases", "items", *_):
            return PlaybookItem
        case ("phases",):
            return PlaybookPhase
        case ("anchors", _):
            return Anchor
    return Playbook
