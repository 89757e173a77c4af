"""Opening an incident: the form, and what an alert proposes, shown for confirmation before anything exists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from json import dumps, loads

from crisisroom.core.agencies import AGENCIES, DEFAULT_LEAD
from crisisroom.core.markings import Tlp
from crisisroom.core.states import STATES
from crisisroom.incidents.cap import HAZARDS, CapAlert, IncidentProposal
from crisisroom.incidents.models import CrisisClass, Incident

CLASSES = [(one.value, one.value.capitalize()) for one in CrisisClass]
STANDINGS = {"member": "Members", "associate": "Associate members", "territory": "Other territories"}
# What may mark the main room of an incident that several agencies share.
MARKS = [(mark.value, mark.value) for mark in (Tlp.CLEAR, Tlp.GREEN, Tlp.AMBER, Tlp.AMBER_STRICT)]
LABELS = {
    "title": "The incident's name",
    "crisis_class": "The crisis class",
    "hazard": "The hazard",
    "area": "The area",
    "severity": "The severity",
    "level.scheme": "The level's scheme",
    "level.value": "The level",
    "lead_agency": "The lead agency",
    "t0": "T0",
    "t0_label": "What T0 is",
}
SCHEMES = ("CDEMA", "IHR", "National")


@dataclass(frozen=True)
class OpenForm:
    """The fields of `open-incident` as typed, so that a refused form comes back as it was sent."""

    title: str = ""
    crisis_class: str = "disaster"
    hazard: str = ""
    area: str = ""
    severity: str = ""
    level_scheme: str = ""
    level_value: str = ""
    lead_agency: str = ""
    exercise: bool = False
    tlp: str = Tlp.AMBER.value
    t0: str = ""
    t0_label: str = ""
    alert: str = ""
    states: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()

    @classmethod
    def read(cls, pairs: Iterable[tuple[str, str]]) -> OpenForm:
        """From a form's names and values; names that the form does not have are left alone."""
        given = list(pairs)
        single = {name.replace(".", "_"): value for name, value in given}
        texts = {
            name: single.get(name, "")
            for name in cls.__dataclass_fields__
            if name not in ("exercise", "states", "agencies")
        }
        return cls(
            **texts,
            exercise=single.get("exercise", "").lower() in ("true", "on", "1", "yes"),
            states=tuple(value for name, value in given if name == "states"),
            agencies=tuple(value for name, value in given if name == "agencies"),
        )


@dataclass(frozen=True)
class OpenView:
    """The form, its choices and what was wrong with it."""

    form: OpenForm
    errors: dict[str, str] = field(default_factory=dict)
    alert_error: str = ""
    """Why the file that was uploaded opens nothing."""
    exercise_reason: str = ""
    """Why it can only be an exercise."""
    classes: tuple[tuple[str, str], ...] = tuple(CLASSES)
    hazards: tuple[str, ...] = HAZARDS
    marks: tuple[tuple[str, str], ...] = tuple(MARKS)
    schemes: tuple[str, ...] = SCHEMES

    @property
    def leads(self) -> list[tuple[str, str]]:
        """Agencies that can lead, the core ones first."""
        return [(code, f"{code}, {agency.name}") for code, agency in AGENCIES.items()]

    @property
    def state_groups(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """States by their standing, as (words, [(code, name)])."""
        return [
            (words, [(state.code, state.name) for state in STATES.values() if state.standing == standing])
            for standing, words in STANDINGS.items()
        ]

    @property
    def other_states(self) -> list[str]:
        """Names that are none of the region, such as those of an exercise."""
        return [one for one in self.form.states if one not in STATES]

    @property
    def core(self) -> list[tuple[str, str]]:
        """The core agencies, for invitations."""
        return [(code, agency.name) for code, agency in AGENCIES.items() if agency.core]

    @property
    def partners(self) -> list[tuple[str, str]]:
        """Every other agency, for invitations."""
        return [(code, agency.name) for code, agency in AGENCIES.items() if not agency.core]


@dataclass(frozen=True)
class ConfirmView(OpenView):
    """What was read from an alert, above the form it filled in."""

    proposal: IncidentProposal | None = None
    facts: tuple[tuple[str, str], ...] = ()
    moments: tuple[tuple[str, datetime], ...] = ()
    already: Incident | None = None
    """An incident that was opened from this alert, if the viewer is in it."""


def open_view(
    form: OpenForm | None = None,
    *,
    own_agency: str = "",
    errors: Mapping[str, str] | None = None,
    alert_error: str = "",
) -> OpenView:
    """The empty form, or the one that was refused with its sentences."""
    form = form or OpenForm(lead_agency=own_agency or DEFAULT_LEAD["disaster"])
    return OpenView(form, _sentences(errors or {}), alert_error, _exercise_reason(form.alert))


def _sentences(errors: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with each field; "is needed" alone gets the field's name before it."""
    return {
        name: what if name not in LABELS or not what[:1].islower() else f"{LABELS[name]} {what}."
        for name, what in errors.items()
    }


def _exercise_reason(alert: str) -> str:
    """Why a form that came back can only open an exercise, from the identity of the alert it began with."""
    try:
        status = loads(alert).get("status", "Actual") if alert else "Actual"
    except (ValueError, AttributeError, RecursionError):
        return ""
    return "" if status == "Actual" else f"The alert's status is {status}, not Actual, so it opens an exercise only."


def confirm_view(
    alert: CapAlert,
    proposal: IncidentProposal,
    *,
    form: OpenForm | None = None,
    errors: Mapping[str, str] | None = None,
    already: Incident | None = None,
) -> ConfirmView:
    """Everything read from the alert. Nothing exists yet; `form` is what the person changed, if it was refused."""
    return ConfirmView(
        form=form or form_of(proposal),
        errors=_sentences(errors or {}),
        exercise_reason=proposal.exercise_reason,
        proposal=proposal,
        facts=_facts(alert, proposal),
        moments=_moments(proposal),
        already=already,
    )


def form_of(proposal: IncidentProposal) -> OpenForm:
    """The form as the alert fills it in."""
    return OpenForm(
        title=proposal.title,
        crisis_class=proposal.crisis_class,
        hazard=proposal.hazard,
        area=proposal.area[:200],
        severity=proposal.severity,
        lead_agency=DEFAULT_LEAD[proposal.crisis_class],
        exercise=proposal.exercise_only,
        t0=proposal.t0.strftime("%Y-%m-%d %H:%MZ"),
        t0_label=proposal.t0_label,
        alert=dumps(proposal.identity, separators=(",", ":")),
        states=proposal.states,
    )


def _facts(alert: CapAlert, proposal: IncidentProposal) -> tuple[tuple[str, str], ...]:
    facts = (
        ("Sender", f"{proposal.sender_name} ({proposal.sender})" if proposal.sender_name else proposal.sender),
        ("Identifier", proposal.identifier),
        ("Status", f"{alert.status}, {alert.msg_type}, {alert.scope}"),
        ("Event", alert.event),
        ("Severity", f"{alert.severity}; urgency {alert.urgency}; certainty {alert.certainty}"),
        ("Area", proposal.area),
        ("States", ", ".join(STATES[code].name for code in proposal.states) or "none recognised"),
        ("Says", alert.description[:600]),
        ("Asks", alert.instruction[:600]),
        ("Web", alert.web),
    )
    return tuple((name, value) for name, value in facts if value)


def _moments(proposal: IncidentProposal) -> tuple[tuple[str, datetime], ...]:
    moments = (
        ("Sent", proposal.sent),
        ("Effective", proposal.effective),
        ("Onset", proposal.onset),
        ("Expires", proposal.expires),
    )
    return tuple((name, moment) for name, moment in moments if moment)
