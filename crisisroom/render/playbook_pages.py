"""The playbooks: the library, and one playbook read from front to back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from crisisroom.incidents.models import CrisisClass, Incident
from crisisroom.playbooks.dating import offset_label, offset_of
from crisisroom.playbooks.models import Run
from crisisroom.playbooks.schema import Playbook, PlaybookItem, PlaybookPhase

CLASSES = {one.value: one.value.capitalize() for one in CrisisClass}


@dataclass(frozen=True)
class LibraryRow:
    """One playbook of the library, and where it runs or ran among the viewer's incidents."""

    playbook: Playbook
    running: list[Incident]
    last_used: datetime | None


@dataclass(frozen=True)
class LibraryView:
    """The library page; `incident` is set while somebody chooses a playbook for it."""

    rows: list[LibraryRow]
    total: int
    crisis_class: str
    q: str
    incident: Incident | None = None

    @property
    def classes(self) -> dict[str, str]:
        """The filter by crisis class."""
        return {"": "All", **CLASSES}


def library_view(
    playbooks: Sequence[Playbook],
    used: Iterable[tuple[Incident, Run]] = (),
    *,
    crisis_class: str = "",
    q: str = "",
    incident: Incident | None = None,
) -> LibraryView:
    """`used` are the runs in the viewer's incidents: what runs elsewhere is not told."""
    known = list(used)
    words = q.casefold().split()
    chosen = [
        playbook
        for playbook in playbooks
        if (not crisis_class or playbook.crisis_class == crisis_class)
        and all(word in _text(playbook) for word in words)
    ]
    return LibraryView([_row(one, known) for one in chosen], len(playbooks), crisis_class, q, incident)


def _text(playbook: Playbook) -> str:
    return " ".join([playbook.title, playbook.hazard, playbook.lead_agency, *playbook.source]).casefold()


def _row(playbook: Playbook, used: Iterable[tuple[Incident, Run]]) -> LibraryRow:
    runs = [(incident, run) for incident, run in used if run.playbook == playbook.slug]
    running = {incident.key: incident for incident, _ in runs if incident.closed_at is None}
    return LibraryRow(playbook, list(running.values()), max((run.activated_at for _, run in runs), default=None))


@dataclass(frozen=True)
class ItemLine:
    """An item as the playbook's page lists it: who, by when, after what, on whose authority."""

    number: str
    item: PlaybookItem
    offset: str
    after: list[str]


@dataclass(frozen=True)
class PhaseBlock:
    """A phase and its items; `span` says from when to when their deadlines run."""

    phase: PlaybookPhase
    number: int
    span: str
    lines: list[ItemLine]


@dataclass(frozen=True)
class PlaybookView:
    """One playbook's page."""

    playbook: Playbook
    phases: list[PhaseBlock]
    running: list[Incident]

    @property
    def decisions(self) -> int:
        """How many items ask for a recorded decision."""
        return sum(item.decision for item in self.playbook.items)


def playbook_view(playbook: Playbook, used: Iterable[tuple[Incident, Run]] = ()) -> PlaybookView:
    """The whole playbook, its items numbered as people say them: 3.4 is the fourth of the third phase."""
    numbers = numbers_of(playbook)
    blocks = [
        PhaseBlock(
            phase,
            place,
            span_of(playbook, phase),
            [
                ItemLine(
                    numbers[item.id], item, offset_of(playbook, item.due), [numbers[after] for after in item.after]
                )
                for item in phase.items
            ],
        )
        for place, phase in enumerate(playbook.phases, 1)
    ]
    return PlaybookView(playbook, blocks, _row(playbook, used).running)


def numbers_of(playbook: Playbook) -> dict[str, str]:
    """The spoken number of each item."""
    return {
        item.id: f"{first}.{second}"
        for first, phase in enumerate(playbook.phases, 1)
        for second, item in enumerate(phase.items, 1)
    }


def span_of(playbook: Playbook, phase: PlaybookPhase) -> str:
    """From the first to the last deadline counted from the anchor that most of the phase is counted from."""
    dues = [item.due for item in phase.items if item.due]
    if not dues:
        return ""
    names = [due.anchor for due in dues]
    anchor = max(dict.fromkeys(names), key=names.count)
    letter = playbook.all_anchors[anchor].letter
    spans = sorted(due.span for due in dues if due.anchor == anchor)
    first, last = offset_label(letter, spans[0]), offset_label(letter, spans[-1])
    return first if first == last else f"{first} to {last}"
