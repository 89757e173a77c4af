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
    "level": "The level",
    "level.scheme": "The level's scheme",
    "level.value": "The level",
    "lead_agency": "The lead agency",
    "t0": "T0",
    "t0_label": "What T0 is",
}
SCHEMES = ("IHR", "National")
CDEMA_LEVELS = (("", "Not set"), ("I", "Level I"), ("II", "Level II"), ("III", "Level III"))


@dataclass(frozen=True)
class OpenForm:
    """The fields of `open-incident` as typed, so that a refused form comes back as it was sent."""

    title: str = ""
    crisis_class: str = "disaster"
    hazard: str = ""
    area: str = ""
    severity: str = ""
    cdema_level: str = ""
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
    already: Incident | None = None
    """An incident that was opened from the form's alert, if the viewer is in it."""
    classes: tuple[tuple[str, str], ...] = tuple(CLASSES)
    hazards: tuple[str, ...] = HAZARDS
    marks: tuple[tuple[str, str], ...] = tuple(MARKS)
    schemes: tuple[str, ...] = SCHEMES
    cdema_levels: tuple[tuple[str, str], ...] = CDEMA_LEVELS

    @property
    def other_level(self) -> bool:
        """Whether a level of another scheme is given or wanting, so that its fields must show."""
        return bool(
            self.form.level_scheme or self.form.level_value or self.errors.keys() & {"level.scheme", "level.value"}
        )

    @property
    def leads(self) -> list[tuple[str, str]]:
        """Agencies that can lead, the core ones first."""
        return [(code, f"{code}, {agency.name}") for code, agency in AGENCIES.items()]

    @property
    def state_groups(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """The states that are not chosen, by their standing, as (words, [(code, name)])."""
        left = [state for state in STATES.values() if state.code not in self.form.states]
        return [
            (words, [(state.code, state.name) for state in left if state.standing == standing])
            for standing, words in STANDINGS.items()
        ]

    @property
    def chosen_states(self) -> list[tuple[str, str]]:
        """The chosen ones, names that are none of the region's included, such as those of an exercise."""
        return [(one, STATES[one].name if one in STATES else one) for one in dict.fromkeys(self.form.states)]

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


def open_view(
    form: OpenForm | None = None,
    *,
    own_agency: str = "",
    errors: Mapping[str, str] | None = None,
    alert_error: str = "",
    already: Incident | None = None,
) -> OpenView:
    """The empty form, or the one that was refused with its sentences."""
    form = form or OpenForm(lead_agency=own_agency or DEFAULT_LEAD["disaster"])
    return OpenView(form, _sentences(errors or {}), alert_error, _exercise_reason(form.alert), already)


def _sentences(errors: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with each field; "is needed" alone gets the field's name before it."""
    return {
        name: what if name not in LABELS or not what[:1].islower() else f"{LABELS[name]} {_is(what)}."
        for name, what in errors.items()
    }


def _is(what: str) -> str:
    return f"is {what}" if what.startswith("not ") else what


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
