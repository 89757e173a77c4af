"""What every request needs: the services of this process, put together once by `app.py`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from jinja2 import Environment

from crisisroom.access.directory import Directory
from crisisroom.access.grants import Actor
from crisisroom.commanding.execute import DATABASE, Writer
from crisisroom.core.clock import Clock
from crisisroom.core.condition import Condition
from crisisroom.core.ids import Ids
from crisisroom.core.recent import Recent
from crisisroom.core.tasks import Together
from crisisroom.db import Connection, Database, Trouble
from crisisroom.features import References
from crisisroom.incidents.queries import book_of
from crisisroom.live.hub import Hub
from crisisroom.log.books import Books
from crisisroom.log.histories import Histories
from crisisroom.log.record import Outline, Record
from crisisroom.log.snapshot import LONG_AGO, Snapshot
from crisisroom.log.store import read_all, read_outlines
from crisisroom.people.queries import sessions_of
from crisisroom.people.signing_in import Passwords
from crisisroom.playbooks.library import Library
from crisisroom.settings import Settings
from crisisroom.web.guesses import Guesses
from crisisroom.web.metrics import Figures
from crisisroom.web.proofs import Proofs

# A revoked sign-in stops working within this time, wherever it was revoked.
RECHECK = timedelta(seconds=1)
# While the database is away nobody can revoke one either; boards stay readable for so long.
TRUSTED = timedelta(minutes=15)
MAX_REMEMBERED = 10_000
# How many entries are kept in memory for who looks back next: outlines for the log page, whole ones for the review.
MAX_OUTLINES = 300_000
MAX_RECORDS = 30_000


@dataclass(frozen=True)
class _Known:
    person: UUID
    ends_at: datetime
    checked_at: datetime


@dataclass
class Site:
    """The services of one process."""

    settings: Settings
    database: Database
    books: Books
    writer: Writer
    hub: Hub
    env: Environment
    clock: Clock
    ids: Ids
    library: Library
    passwords: Passwords
    references: References
    guesses: Guesses
    figures: Figures
    proofs: Proofs
    log: UUID
    epoch: str
    outlines: Histories[Outline] = field(default_factory=lambda: Histories(read_outlines, MAX_OUTLINES))
    records: Histories[Record] = field(default_factory=lambda: Histories(read_all, MAX_RECORDS))
    _sign_ins: Recent[str, _Known] = field(default_factory=lambda: Recent(MAX_REMEMBERED))
    _books: Recent[str, UUID] = field(default_factory=lambda: Recent(MAX_REMEMBERED))
    _signed_out: set[str] = field(default_factory=set)
    _directory_read_at: datetime = LONG_AGO

    def __post_init__(self) -> None:
        # After a restart everybody comes back at once.
        self._looking = Together(self._look_up)

    @property
    def secure(self) -> bool:
        """Whether people reach this server over https."""
        return self.settings.public_url.startswith("https://")

    @property
    def condition(self) -> Condition:
        """What state the installation is in, as this process knows it."""
        return self.writer.condition

    @property
    def directory(self) -> Directory:
        """Who there is, as last read."""
        return self.references.directory

    async def book(self, key: str) -> UUID | None:
        """The book of an incident's key."""
        book = self._books.get(key)
        if book is None:
            async with self.database.read() as connection:
                book = await book_of(connection, key)
            if book is not None:
                self._books.put(key, book)
        return book

    async def snapshot(self, book: UUID) -> Snapshot:
        """The newest state of a book; while the database is away, the last one that is known."""
        if self.condition.ails(DATABASE) and (kept := self.books.known(book)):
            return kept  # nobody need wait to find out again
        try:
            async with self.database.read() as connection:
                return await self.books.fresh(connection, book)
        except Exception as error:
            known = self.books.known(book)
            if known is None or not self.is_away(error):
                raise
            return known

    def is_away(self, error: Exception) -> bool:
        """Whether an error means that the database cannot be reached; then everybody is told."""
        trouble = self.database.trouble(error)
        if trouble is Trouble.AWAY:
            self.writer.report(trouble)
        return trouble in (Trouble.AWAY, Trouble.LOST)

    async def who_holds(self, secret_hash: str) -> UUID | None:
        """The person signed in with this secret, if it still holds."""
        now = self.clock.now()
        known = self._sign_ins.get(secret_hash)
        age = abs(now - known.checked_at) if known else None
        trusted = age is not None and age < TRUSTED and self.condition.ails(DATABASE)
        if age is None or (age > RECHECK and not trusted):
            try:
                known = await self._looking.get(secret_hash)
            except Exception as error:
                if age is None or age > TRUSTED or not self.is_away(error):
                    raise
        if known is None:
            return None
        member = self.directory.people.get(known.person)
        if known.ends_at <= now or member is None or member.disabled:
            return None
        return known.person

    def who(self, person: UUID) -> Actor | None:
        """Somebody of the directory who may sign in."""
        member = self.directory.people.get(person)
        return member.actor if member and not member.disabled else None

    async def _look_up(self, hashes: Collection[str]) -> dict[str, _Known]:
        """Those of these secrets that are of a session or a token, from now on remembered."""
        now = self.clock.now()
        self._signed_out.clear()
        async with self.database.read() as connection:
            found = await sessions_of(connection, hashes)
            unknown = any(person not in self.directory.people for person, _ in found.values())
            if unknown or (found and self._directory_is_old(now)):
                await self._read_directory(connection)
        for secret in hashes:
            self._sign_ins.forget(secret)
        left = found.keys() - self._signed_out  # whoever signed out meanwhile stays out
        known = {secret: _Known(*found[secret], checked_at=now) for secret in left}
        for secret, one in known.items():
            self._sign_ins.put(secret, one)
        return known

    def forget_sign_in(self, secret_hash: str) -> None:
        """A sign-out holds at once, for open sockets too."""
        self._sign_ins.forget(secret_hash)
        self._signed_out.add(secret_hash)
        self.hub.sign_out(secret_hash)

    async def still_signed_in(self, hashes: set[str]) -> set[str]:
        """Those of these secrets that still hold, asked once a second for all open sockets; nobody need ask again for
        what else comes from the same people meanwhile.
        """
        now = self.clock.now()
        async with self.database.read() as connection:
            await self._read_directory(connection)
            found = await sessions_of(connection, hashes)
        holding = {secret for secret, (person, ends_at) in found.items() if ends_at > now and self.who(person)}
        for secret in hashes:
            known = self._sign_ins.get(secret)
            if known and secret in holding:
                self._sign_ins.put(secret, replace(known, checked_at=max(now, known.checked_at)))
            elif known:
                self._sign_ins.forget(secret)
        return holding

    def _directory_is_old(self, now: datetime) -> bool:
        return abs(now - self._directory_read_at) > RECHECK

    async def _read_directory(self, connection: Connection) -> None:
        """See what other processes changed in the directory: once a second for all, at once for somebody new."""
        self._directory_read_at = self.clock.now()  # before it is read: whoever comes meanwhile need not wait
        await self.references.refresh(connection)
