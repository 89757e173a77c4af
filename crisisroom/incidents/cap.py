"""From an alert of the Common Alerting Protocol (CAP) to the incident it proposes.

Pure: bytes in, a proposal out. Nothing is opened here and no clock is read, so a proposal can be shown before anything
exists, and the same file always gives the same one. A person confirms or changes every part of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crisisroom.core import states
from crisisroom.core.times import rfc3339
from crisisroom.incidents.cap_alert import CapAlert, CapInfo, Reference, read_alert
from crisisroom.incidents.cap_areas import CapArea, lies_elsewhere, states_touched
from crisisroom.incidents.cap_blocks import shorten
from crisisroom.incidents.cap_hazards import HAZARDS, CrisisClass, crisis_class_of, hazard_of
from crisisroom.incidents.cap_xml import AlertRefused

__all__ = [
    "HAZARDS",
    "AlertRefused",
    "CapAlert",
    "CapArea",
    "CapInfo",
    "IncidentProposal",
    "Reference",
    "proposal",
    "read_alert",
]

MAX_TITLE = 120
# As long as the field of an incident is.
MAX_AREA = 200
MAX_TEXT = 20_000
# The identity is kept in the log for good, so what the sender may write into it has a limit.
MAX_AREAS = 50
MAX_REFERENCE = 700


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentProposal:
    """The incident an alert would open, for a person to confirm."""

    title: str
    crisis_class: CrisisClass
    hazard: str
    area: str
    states: tuple[str, ...]
    """ISO codes of the states named or touched, members of the Community first; empty outside the Caribbean."""
    severity: str
    sender: str
    sender_name: str
    identifier: str
    sent: datetime
    effective: datetime | None
    onset: datetime | None
    expires: datetime | None
    t0: datetime
    t0_label: str
    exercise_only: bool
    exercise_reason: str
    opens: bool
    opens_reason: str
    """Why the alert opens nothing, or what an update updates; empty for a new alert."""
    warnings: tuple[str, ...]
    identity: dict[str, Any]
    """For the incident's `alert`: JSON, and enough to recognise the alert and what later refers to it."""


def proposal(alert: CapAlert) -> IncidentProposal:
    """What the alert proposes. An alert that opens nothing gives one too, with `opens` false and the reason."""
    hazard = hazard_of(alert.event, alert.headline, alert.category)
    found = _states(alert)
    t0, t0_label = _t0(alert)
    opens, opens_reason = _opens(alert)
    return IncidentProposal(
        title=_title(alert),
        crisis_class=crisis_class_of(hazard, alert.category),
        hazard=hazard,
        area=_area(alert),
        states=tuple(found),
        severity=alert.severity,
        sender=alert.sender,
        sender_name=shorten(alert.sender_name, MAX_TITLE),
        identifier=alert.identifier,
        sent=alert.sent,
        effective=alert.effective,
        onset=alert.onset,
        expires=alert.expires,
        t0=t0,
        t0_label=t0_label,
        exercise_only=alert.status != "Actual",
        exercise_reason=_exercise_reason(alert.status) if opens else "",
        opens=opens,
        opens_reason=opens_reason,
        warnings=(*alert.warnings, *(_to_check(alert, found) if opens else ())),
        identity=_identity(alert),
    )


def _title(alert: CapAlert) -> str:
    if alert.headline:
        return shorten(alert.headline, MAX_TITLE)
    area = _area(alert)
    title = f"{alert.event}: {area}" if alert.event and area else alert.event or area
    return shorten(title or f"Alert {alert.identifier}", MAX_TITLE)


def _area(alert: CapAlert) -> str:
    return shorten("; ".join(dict.fromkeys(area.desc for area in alert.areas if area.desc)), MAX_AREA)


def _states(alert: CapAlert) -> list[str]:
    """Named in the words or touched by the shapes.

    Shapes that all lie elsewhere overrule the words: there is a Jamaica in Queens and a Grenada in Mississippi.
    """
    if lies_elsewhere(alert.areas):
        return []
    text = " / ".join([alert.headline, *(area.desc for area in alert.areas)])
    words = states.in_text(text[:MAX_TEXT])
    touched = states_touched(alert.areas)
    return [code for code in states.STATES if code in words or code in touched]


def _t0(alert: CapAlert) -> tuple[datetime, str]:
    if alert.onset:
        return alert.onset, "Onset"
    if alert.effective:
        return alert.effective, "Alert in effect"
    return alert.sent, "Alert sent"


def _exercise_reason(status: str) -> str:
    return "" if status == "Actual" else f"Its status is {status}, not Actual, so it opens an exercise only."


def _opens(alert: CapAlert) -> tuple[bool, str]:
    about = _about(alert.references)
    if alert.msg_type == "Cancel":
        return False, f"This message cancels {about}. It opens no incident."
    if alert.msg_type == "Ack":
        return False, f"This message acknowledges {about}. It opens no incident."
    if alert.msg_type == "Error":
        return False, f"This message rejects {about} as an error. It opens no incident."
    if alert.msg_type == "Update":
        return True, f"This alert updates {about}."
    return True, ""


def _about(references: tuple[Reference, ...]) -> str:
    if not references:
        return "an earlier message, without saying which"
    named = ", ".join(shorten(one.identifier, 80) for one in references[:3])
    if len(references) == 1:
        return f"the earlier message {named}"
    more = f" and {len(references) - 3} more" if len(references) > 3 else ""
    return f"{len(references)} earlier messages: {named}{more}"


def _to_check(alert: CapAlert, found: list[str]) -> list[str]:
    sentences = []
    if not found:
        sentences.append("No Caribbean state was recognised in its area.")
    if not _area(alert):
        sentences.append("It does not describe its area.")
    if alert.scope != "Public":
        to = f" to: {shorten(alert.restriction, 120)}" if alert.restriction else ""
        sentences.append(f"Its scope is {alert.scope}{to}. Choose the marking and the agencies to match.")
    return sentences


def _identity(alert: CapAlert) -> dict[str, Any]:
    return {
        "standard": f"CAP {alert.version}",
        "sender": alert.sender,
        "identifier": alert.identifier,
        "sent": alert.sent_as_written,
        "status": alert.status,
        "msg_type": alert.msg_type,
        "scope": alert.scope,
        "references": [str(one) for one in alert.references if len(str(one)) <= MAX_REFERENCE][:MAX_AREAS],
        "event": shorten(alert.event, MAX_AREA),
        "areas": [shorten(area.desc, MAX_AREA) for area in alert.areas[:MAX_AREAS]],
        "expires": rfc3339(alert.expires) if alert.expires else None,
    }
