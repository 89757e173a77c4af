"""Every domain whose commands and events the product knows. Importing this module registers them all."""

from collections.abc import Mapping
from typing import Any

from crisisroom.access.directory import Directory
from crisisroom.db import Connection
from crisisroom.incidents import closing, levels, opening, positions, releasing, rooms
from crisisroom.journal import deciding, writing
from crisisroom.log.books import Books
from crisisroom.people import directory
from crisisroom.people.directory import DIRECTORY, directory_of
from crisisroom.playbooks import activating, anchoring, items, phases
from crisisroom.playbooks.library import Library
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


class References:
    """The reference works that commands are decided with: the directory as last read, and the playbook library."""

    def __init__(self, books: Books, library: Library) -> None:
        self._books = books
        self._library = library
        self._position = -1
        self._directory = Directory()

    @property
    def directory(self) -> Directory:
        """Who there is, as this process knows it."""
        snapshot = self._books.known(DIRECTORY)
        if snapshot is not None and snapshot.position != self._position:
            self._directory, self._position = directory_of(snapshot), snapshot.position
        return self._directory

    async def refresh(self, connection: Connection) -> None:
        """Read what other processes have added to the directory."""
        await self._books.fresh(connection, DIRECTORY)

    def __call__(self) -> Mapping[type, Any]:
        return {Directory: self.directory, Library: self._library}
