"""Releasing something to a wider room: its originator re-issues it there, and the old room records that it went."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from uuid import UUID

from crisisroom.access.directory import Directory
from crisisroom.access.grants import is_member
from crisisroom.access.policy import Permission
from crisisroom.access.rooms import Room
from crisisroom.commanding.command import Command, Outcome, command, handles
from crisisroom.commanding.scene import Scene
from crisisroom.core.errors import BadInput, NotAllowed, NotFound
from crisisroom.core.markings import Tlp
from crisisroom.core.texts import Reference

Releaser = Callable[[str, Scene, Room], Outcome]

_RELEASERS: list[Releaser] = []


def releases(releaser: Releaser) -> Releaser:
    """Decorator: how one kind of thing is released. Raises NotFound when the reference is not of its kind."""
    _RELEASERS.append(releaser)
    return releaser


@command("release", Permission.RELEASE)
class Release(Command):
    """Re-issue a task, decision or log entry in a wider room. Only the agency it comes from may.

    It stands there under the name of who releases it: who wrote it in the old room stays in the old room.
    """

    subject: Reference
    to_room: UUID

    @classmethod
    def sample(cls) -> Command:
        return cls(subject="E-1", to_room=UUID(int=5))


@handles(Release)
def release(command: Release, scene: Scene) -> Outcome:
    """Try each kind of thing that can be released."""
    target = scene.room(command.to_room)
    for releaser in _RELEASERS:
        try:
            return releaser(command.subject, scene, target)
        except NotFound:
            continue
    raise NotFound


def refuse_release(scene: Scene, source: UUID, target: Room, originator: str) -> None:
    """Raise unless the actor's agency is the originator and the target is a wider room.

    Wider means that it has no stricter mark and that everybody of the old room is in it: they are told where it went.
    """
    room = scene.room(source)
    if scene.grant.actor.agency != originator:
        raise NotAllowed(f"Only {originator}, where it comes from, can release it. Nothing was changed.")
    if room.id == target.id:
        raise BadInput("It is in that room already.", "to_room")
    if target.tlp.strictness > room.tlp.strictness:
        raise BadInput(f"{target.name} is marked {target.tlp.value}: that is narrower, not wider.", "to_room")
    if without := list(_left_out(scene, room, target)):
        raise BadInput(
            f"{target.name} is not wider: it is without {', '.join(without)}. Nothing was changed.", "to_room"
        )


def mark_there(mark: Tlp, target: Room) -> Tlp:
    """The mark of what is released: its own, as far as the room that its originator releases it to allows."""
    return min(mark, target.tlp, key=lambda tlp: tlp.strictness)


def _left_out(scene: Scene, room: Room, target: Room) -> Iterable[str]:
    """Who is in a room and not in the other."""
    yield from (agency for agency in room.agencies if agency not in target.agencies)
    people = scene.reference(Directory).people
    for member in (people[id] for id in room.people if id in people):
        if not member.disabled and not is_member(member.actor, target):
            yield member.actor.name
