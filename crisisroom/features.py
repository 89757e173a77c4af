"""Every domain whose commands and events the product knows. Importing this module registers them all."""

from crisisroom.incidents import closing, levels, opening, positions, releasing, rooms
from crisisroom.journal import deciding, writing
from crisisroom.people import directory
from crisisroom.playbooks import activating, anchoring, items, phases
from crisisroom.tasks import adding, assigning, commenting, editing, moving
from crisisroom.tasks import releasing as task_releasing

FEATURES = (
    directory,
    opening,
    rooms,
    positions,
    levels,
    closing,
    releasing,
    adding,
    assigning,
    moving,
    editing,
    commenting,
    task_releasing,
    writing,
    deciding,
    activating,
    anchoring,
    phases,
    items,
)
