"""Writing an entry into a room's log."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar
from uuid import UUID

from crisisroom.access.policy import Permission
from crisisroom.access.rooms import Room
from crisisroom.commanding.command import Command, Outcome, command, handles
from crisisroom.commanding.scene import Scene
from crisisroom.core.errors import NotFound
from crisisroom.core.markings import AnyTlp, Tlp
from crisisroom.core.texts import Prose
from crisisroom.incidents.releasing import mark_there, refuse_release, releases
from crisisroom.incidents.rooms import mark_for
from crisisroom.journal.models import Note
from crisisroom.log.event import Event, Stamp, event
from crisisroom.log.rows import Row
from crisisroom.log.snapshot import Rows


@event("entry.written")
class EntryWritten(Event):
    """Somebody wrote an entry, or it came from another room when `released`."""

    subject: ClassVar[str] = "entry"
    entry: UUID
    text: str
    tlp: Tlp
    released: bool

    def apply(self, rows: Rows, stamp: Stamp) -> Iterable[Row]:
        by = stamp.by
        yield Note(
            id=self.entry, book=stamp.book, room=stamp.room, seq=stamp.seq, text=self.text, tlp=self.tlp,
            by=by.person, name=by.name, agency=by.agency, at=stamp.at,
        )  # fmt: skip

    @classmethod
    def sample(cls) -> Event:
        return cls(entry=UUID(int=20), text="Sortie 3 airborne 16:09 UTC.", tlp=Tlp.AMBER, released=False)


@event("entry.released")
class EntryReleased(Event):
    """An entry was passed on to a wider room."""

    subject: ClassVar[str] = "entry"
    entry: UUID
    entry_seq: int
    to_room: UUID

    def apply(self, rows: Rows, stamp: Stamp) -> Iterable[Row]:
        note = rows.get(Note, self.entry)
        assert note is not None  # noqa: S101
        yield note.but(gone=True, seq=stamp.seq)

    @classmethod
    def sample(cls) -> Event:
        return cls(entry=UUID(int=20), entry_seq=7, to_room=UUID(int=2))


@command("write-entry", Permission.ENTRY_WRITE)
class WriteEntry(Command):
    """Write an entry into the log of a room."""

    text: Prose
    room: UUID | None = None
    tlp: AnyTlp | None = None

    @classmethod
    def sample(cls) -> Command:
        return cls(text="Sortie 3 airborne 16:09 UTC.")


@handles(WriteEntry)
def write_entry(command: WriteEntry, scene: Scene) -> Outcome:
    """The entry takes the room's mark unless a wider one is asked for."""
    room = scene.room(command.room)
    written = EntryWritten(
        entry=scene.new_id(), text=command.text, tlp=mark_for(room, command.tlp), released=False
    )  # fmt: skip
    return Outcome([(room.id, written)])


@releases
def release_entry(subject: str, scene: Scene, target: Room) -> Outcome:
    """The text is written again in the target room. Raises NotFound if the reference is no entry's id."""
    note = next((note for note in scene.state.rows(Note).values() if str(note.id) == subject.lower()), None)
    if note is None or note.gone or note.room not in scene.grant.rooms:
        raise NotFound
    refuse_release(scene, note.room, target, note.agency)
    written = EntryWritten(entry=scene.new_id(), text=note.text, tlp=mark_there(note.tlp, target), released=True)
    left = EntryReleased(entry=note.id, entry_seq=note.seq, to_room=target.id)
    return Outcome([(target.id, written), (note.room, left)])
