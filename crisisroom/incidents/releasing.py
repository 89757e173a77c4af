"""Releasing something to a wider room: its originator re-issues it there, and the old room records that it went."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from crisisroom.access.policy import Permission
from crisisroom.access.rooms import Room
from crisisroom.commanding.command import Command, Outcome, command, handles
from crisisroom.commanding.scene import Scene
from crisisroom.core.errors import BadInput, NotAllowed, NotFound
from crisisroom.core.texts import Reference

Releaser = Callable[[str, Scene, Room], Outcome]

_RELEASERS: list[Releaser] = []


def releases(releaser: Releaser) -> Releaser:
    """Decorator: how one kind of thing is released. Raises NotFound when the reference is not of its kind."""
    _RELEASERS.append(releaser)
    return releaser


@command("release", Permission.RELEASE)
class Release(Command):
    """Re-issue a task, decision or log entry in a wider room. Only the agency it comes from may."""

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
    """Raise unless the actor's agency is the originator and the target is another room with no stricter mark."""
    room = scene.room(source)
    if room.id == target.id:
        raise BadInput("It is in that room already.", "to_room")
    if target.tlp.strictness > room.tlp.strictness:
        raise BadInput(f"{target.name} is marked {target.tlp.value}: that is narrower, not wider.", "to_room")
    if scene.grant.actor.agency != originator:
        raise NotAllowed(f"Only {originator}, where it comes from, can release it. Nothing was changed.")
