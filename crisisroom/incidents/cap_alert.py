"""An alert of the Common Alerting Protocol (CAP) 1.1 or 1.2: read by the standard, lenient where that is harmless."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

from lxml import etree

from crisisroom.core.times import utc_date
from crisisroom.incidents.cap_areas import CapArea
from crisisroom.incidents.cap_blocks import Block, quoted, read_areas
from crisisroom.incidents.cap_xml import AlertRefused, open_xml

STATUSES = ("Actual", "Exercise", "System", "Test", "Draft")
MESSAGE_TYPES = ("Alert", "Update", "Cancel", "Ack", "Error")
SCOPES = ("Public", "Restricted", "Private")
CATEGORIES = (
    "Geo",
    "Met",
    "Safety",
    "Security",
    "Rescue",
    "Fire",
    "Health",
    "Env",
    "Transport",
    "Infra",
    "CBRNE",
    "Other",
)
URGENCIES = ("Immediate", "Expected", "Future", "Past", "Unknown")
SEVERITIES = ("Extreme", "Severe", "Moderate", "Minor", "Unknown")
CERTAINTIES = ("Observed", "Likely", "Possible", "Unlikely", "Unknown")

MAX_NAME = 300
MAX_WARNINGS = 20
# By the standard a block that does not name its language is in this one.
DEFAULT_LANGUAGE = "en-US"


@dataclass(frozen=True, slots=True)
class Reference:
    """An earlier message that this one updates, cancels or answers. Many feeds give the identifier alone."""

    sender: str
    identifier: str
    sent: str

    def __str__(self) -> str:
        """As CAP writes it."""
        return f"{self.sender},{self.identifier},{self.sent}" if self.sender or self.sent else self.identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class CapInfo:
    """What an alert says in one language. Texts are empty and times None where it says nothing."""

    event: str = ""
    headline: str = ""
    description: str = ""
    instruction: str = ""
    category: tuple[str, ...] = ()
    urgency: str = "Unknown"
    severity: str = "Unknown"
    certainty: str = "Unknown"
    effective: datetime | None = None
    onset: datetime | None = None
    expires: datetime | None = None
    sender_name: str = ""
    web: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    areas: tuple[CapArea, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CapAlert(CapInfo):
    """One alert: who sent what, about which earlier messages, and what it says. Times are UTC."""

    version: str
    identifier: str
    sender: str
    sent: datetime
    sent_as_written: str
    """Sender, identifier and this text are how other messages refer to the alert."""
    status: str
    msg_type: str
    scope: str
    restriction: str
    note: str
    references: tuple[Reference, ...]
    incidents: tuple[str, ...]
    languages: tuple[str, ...]
    """Of all its information blocks, in their order. The texts are from one of them, English if there is one."""
    warnings: tuple[str, ...]
    """What is odd about the file but did not keep it from being read: a sentence each."""


def read_alert(data: bytes) -> CapAlert:
    """Read one alert. Raises AlertRefused with a sentence for everything that is not one."""
    root = open_xml(data)
    version = _version(root)
    warnings: list[str] = []
    alert = Block(root, "alert", warnings)
    alert.need("identifier", "sender", "sent", "status", "msgType", "scope")
    msg_type = alert.must_be("msgType", MESSAGE_TYPES)
    blocks = [Block(element, "information block", warnings) for element in alert.all("info")]
    info = _read_info(blocks, says_what=msg_type in ("Alert", "Update"), warnings=warnings)
    sent = alert.instant("sent")
    _check_expiry(info, sent, warnings)
    return CapAlert(
        **{field.name: getattr(info, field.name) for field in fields(info)},
        version=version,
        identifier=_name(alert, "identifier", warnings),
        sender=_name(alert, "sender", warnings),
        sent=sent,
        sent_as_written=alert.text("sent"),
        status=alert.must_be("status", STATUSES),
        msg_type=msg_type,
        scope=_scope(alert, warnings),
        restriction=alert.text("restriction"),
        note=alert.prose("note"),
        references=_references(alert.text("references")),
        incidents=tuple(alert.text("incidents").split()),
        languages=tuple(dict.fromkeys(map(_language, blocks))),
        warnings=_first(warnings),
    )


_NAMESPACE = "urn:oasis:names:tc:emergency:cap:"


def _version(root: etree._Element) -> str:
    tag = etree.QName(root)
    space = tag.namespace or ""
    if tag.localname == "alert" and space in (f"{_NAMESPACE}1.1", f"{_NAMESPACE}1.2"):
        return space.removeprefix(_NAMESPACE)
    if tag.localname == "alert" and space.endswith(("cap/1.0", "cap:1.0")):
        raise AlertRefused("This is a CAP 1.0 alert. CAP 1.1 and 1.2 are read; ask the sender for one of these.")
    if tag.localname == "alert":
        named = f"its namespace is {quoted(space)}" if space else "it has no namespace"
        raise AlertRefused(f"The alert does not say that it is CAP 1.1 or 1.2: {named}.")
    if tag.localname in ("feed", "rss", "RDF"):
        kind = "an Atom" if tag.localname == "feed" else "an RSS"
        raise AlertRefused(
            f"This is {kind} feed, a list of alerts, and not an alert. Open one entry's own CAP file instead."
        )
    if tag.localname == "EDXLDistribution":
        raise AlertRefused(
            "This is an EDXL envelope, not an alert. Open one of the CAP alerts inside it as its own file."
        )
    raise AlertRefused(f"The file is not a CAP alert: it begins with {quoted(tag.localname)} instead of “alert”.")


def _read_info(blocks: list[Block], says_what: bool, warnings: list[str]) -> CapInfo:
    """One language's blocks as one: the words of the gravest, the areas of all."""
    if not blocks:
        if says_what:
            raise AlertRefused("The alert has no information block (info), so it does not say what happened or where.")
        return CapInfo()
    spoken = _one_language(blocks)
    if len(spoken) > 1:
        warnings.append(
            f"It has {len(spoken)} information blocks in one language: the words are of the gravest, the areas of all."
        )
    info = min(spoken, key=_gravity)
    if says_what and not (info.text("event") or info.text("headline")):
        raise AlertRefused("The alert has neither an event nor a headline, so it does not say what happened.")
    if says_what and not info.text("event"):
        warnings.append("It names no event, only a headline.")
    return CapInfo(
        event=info.text("event"),
        headline=info.text("headline"),
        description=info.prose("description"),
        instruction=info.prose("instruction"),
        category=info.each_of("category", CATEGORIES, "Other"),
        urgency=info.one_of("urgency", URGENCIES, "Unknown"),
        severity=info.one_of("severity", SEVERITIES, "Unknown"),
        certainty=info.one_of("certainty", CERTAINTIES, "Unknown"),
        effective=info.time("effective"),
        onset=info.time("onset"),
        expires=info.time("expires"),
        sender_name=info.text("senderName"),
        web=info.address("web"),
        parameters=info.pairs("parameter"),
        areas=read_areas(spoken, warnings),
    )


def _one_language(blocks: list[Block]) -> list[Block]:
    """The English blocks, or else those in the language of the first."""
    spoken = [_language(block).split("-")[0].lower() for block in blocks]
    chosen = "en" if "en" in spoken else spoken[0]
    return [block for block, language in zip(blocks, spoken, strict=True) if language == chosen]


def _language(block: Block) -> str:
    return block.text("language") or DEFAULT_LANGUAGE


def _gravity(block: Block) -> int:
    """The lower, the graver; of equals the first in the file is kept."""
    severity = block.text("severity").capitalize()
    return SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES)


def _name(alert: Block, element: str, warnings: list[str]) -> str:
    """An identifier or sender. It goes into the log for good, so it has to be short."""
    name = alert.text(element)
    if len(name) > MAX_NAME:
        raise AlertRefused(f"The {element} has {len(name):,} characters; at most {MAX_NAME} are read.")
    if any(c in name for c in " ,<&"):
        warnings.append(f"The {element} {quoted(name)} has a space or another character that CAP does not allow in it.")
    return name


def _scope(alert: Block, warnings: list[str]) -> str:
    scope = alert.must_be("scope", SCOPES)
    if scope == "Restricted" and not alert.text("restriction"):
        warnings.append("Its scope is Restricted, but it does not say to whom.")
    return scope


def _references(text: str) -> tuple[Reference, ...]:
    found = []
    for item in text.split():
        parts = item.split(",")
        found.append(Reference(*parts) if len(parts) == 3 else Reference("", item, ""))
    return tuple(found)


def _first(warnings: list[str]) -> tuple[str, ...]:
    """Each warning once, and no more of them than somebody will read."""
    each = list(dict.fromkeys(warnings))
    more = len(each) - MAX_WARNINGS
    return (*each[:MAX_WARNINGS], f"There are {more:,} more warnings of this kind.") if more > 0 else tuple(each)


def _check_expiry(info: CapInfo, sent: datetime, warnings: list[str]) -> None:
    start = info.onset or info.effective or sent
    if info.expires and info.expires < start:
        warnings.append(f"It expires ({utc_date(info.expires)}) before it begins ({utc_date(start)}).")
