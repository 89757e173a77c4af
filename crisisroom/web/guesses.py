"""Limits on guessing passwords: by account and by address, in a moving window."""

from __future__ import annotations

from collections import OrderedDict, deque
from datetime import datetime, timedelta

from crisisroom.core.clock import Clock
from crisisroom.core.errors import TooFast

WINDOW = timedelta(minutes=5)
PER_ACCOUNT = 10
# A whole agency may come from one address at shift change.
PER_ADDRESS = 60
MAX_REMEMBERED = 20_000


class Guesses:
    """Counts tries in this process. A try counts before its password is looked at, or many at once would all pass."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tries: OrderedDict[tuple[str, str], deque[datetime]] = OrderedDict()

    def begin(self, address: str, account: str) -> datetime:
        """Count a try and return its mark. Raises TooFast, and counts nothing, when there were too many lately."""
        now = self._clock.now()
        places = ((("account", account), PER_ACCOUNT), (("address", address), PER_ADDRESS))
        if any(len(self._lately(place, now)) >= most for place, most in places):
            raise TooFast("Too many sign-ins failed. Wait five minutes, or ask your duty officer for help.")
        for place, _ in places:
            self._tries.setdefault(place, deque()).append(now)
            self._tries.move_to_end(place)
        while len(self._tries) > MAX_REMEMBERED:
            self._tries.popitem(last=False)
        return now

    def succeeded(self, address: str, account: str, begun: datetime) -> None:
        """A right password is no guess: the account begins anew, the address gets this one try back."""
        self._tries.pop(("account", account), None)
        tries = self._tries.get(("address", address))
        if tries and begun in tries:
            tries.remove(begun)

    def _lately(self, place: tuple[str, str], now: datetime) -> deque[datetime]:
        tries = self._tries.get(place, deque())
        while tries and now - tries[0] >= WINDOW:
            tries.popleft()
        return tries
