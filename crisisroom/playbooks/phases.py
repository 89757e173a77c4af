"""Advancing to a phase of the leading run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar
from uuid import UUID

from crisisroom.access.policy import Permission
from crisisroom.commanding.command import Command, Outcome, command, handles, unchanged
from crisisroom.commanding.scene import Scene
from crisisroom.core.errors import BadInput
from crisisroom.core.texts import Line
from crisisroom.incidents.models import incident_of
from crisisroom.log.event import Event, Stamp, event
from crisisroom.log.rows import Row
from crisisroom.log.snapshot import Rows
from crisisroom.playbooks.models import Item, ItemState, Run


@event("phase.advanced")
class PhaseAdvanced(Event):
    """The leading run went on to a phase; items of earlier ones stay open."""

    subject: ClassVar[str] = "run"
    run: UUID
    phase: str
    name: str
    was: str
    was_name: str
    left_open: int

    def apply(self, rows: Rows, stamp: Stamp) -> Iterable[Row]:
        run = rows.get(Run, self.run)
        assert run is not None  # noqa: S101
        yield run.but(phase=self.phase, seq=stamp.seq)

    def regions(self) -> Iterable[str]:
        return ("header", f"run:{self.run}")

    @classmethod
    def sample(cls) -> Event:
        return cls(
            run=UUID(int=40), phase="response", name="Initial response", was="alert", was_name="Alert", left_open=2
        )  # fmt: skip


@command("advance-phase", Permission.PHASE_ADVANCE)
class AdvancePhase(Command):
    """Go on to a phase of the incident's leading run, by its id."""

    phase: Line

    @classmethod
    def sample(cls) -> Command:
        return cls(phase="alert")


@handles(AdvancePhase)
def advance_phase(command: AdvancePhase, scene: Scene) -> Outcome:
    """The log keeps how many items of the phase left behind were open."""
    incident = incident_of(scene.state)
    run = scene.state.get(Run, incident.leading_run) if incident.leading_run else None
    if run is None:
        raise BadInput("No playbook runs here yet. Activate one first.", "phase")
    scene.room(run.room)
    names = {phase["id"]: phase["name"] for phase in run.phases}
    if command.phase not in names:
        raise BadInput(f"{run.title} has no phase {command.phase!r}. It has: {', '.join(names)}.", "phase")
    if command.phase == run.phase:
        return unchanged(run)
    left_open = sum(
        item.run == run.id and item.phase == run.phase and item.state is ItemState.OPEN
        for item in scene.state.rows(Item).values()
    )
    advanced = PhaseAdvanced(
        run=run.id, phase=command.phase, name=names[command.phase], was=run.phase, was_name=names[run.phase],
        left_open=left_open,
    )  # fmt: skip
    return Outcome([(run.room, advanced)])
