"""Limits on guessing passwords: by account and by address, in a moving window."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

from crisisroom.core.clock import Clock
from crisisroom.core.errors import TooFast
from crisisroom.core.recent import Recent

WINDOW = timedelta(minutes=5)
PER_ACCOUNT = 10
# A whole agency may come from one address at shift change.
PER_ADDRESS = 60
MAX_REMEMBERED = 20_000


class Guesses:
    """Counts tries in this process. A try counts before its password is looked at, or many at once would all pass."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tries: Recent[tuple[str, str], deque[datetime]] = Recent(MAX_REMEMBERED)

    def begin(self, address: str, account: str) -> datetime:
        """Count a try and return its mark. Raises TooFast, and counts nothing, when there were too many lately."""
        now = self._clock.now()
        by_account, by_address = (self._lately(place, now) for place in (("account", account), ("address", address)))
        if len(by_account) >= PER_ACCOUNT or len(by_address) >= PER_ADDRESS:
            raise TooFast("Too many sign-ins failed. Wait five minutes, or ask your duty officer for help.")
        by_account.append(now)
        by_address.append(now)
        return now

    def succeeded(self, address: str, account: str, begun: datetime) -> None:
        """A right password is no guess: the account begins anew, the address gets this one try back."""
        self._tries.forget(("account", account))
        tries = self._tries.get(("address", address))
        if tries and begun in tries:
            tries.remove(begun)

    def _lately(self, place: tuple[str, str], now: datetime) -> deque[datetime]:
        tries = self._tries.get(place) or deque()
        self._tries.put(place, tries)
        while tries and now - tries[0] >= WINDOW:
            tries.popleft()
        return tries
