"""Counting tries to sign in, and giving them back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from crisisroom.core.errors import TooFast
from crisisroom.web.guesses import PER_ACCOUNT, PER_ADDRESS, Guesses
from tests.support.clock import FakeClock
from tests.support.server import Server


def test_tries_sent_at_once_are_counted_before_any_is_answered(own_server: Server) -> None:
    fields = {"email": own_server.person("c.grant").email, "password": "wrong-wrong-wrong"}

    def guess(_: int) -> int:
        return httpx2.post(
            f"{own_server.url}/signin", data=fields, headers={"Origin": own_server.url}, timeout=60
        ).status_code

    with ThreadPoolExecutor(25) as many:
        codes = sorted(many.map(guess, range(25)))
    assert codes == [401] * PER_ACCOUNT + [429] * 15


def test_an_account_is_closed_for_five_minutes_after_ten_tries() -> None:
    clock = FakeClock()
    guesses = Guesses(clock)
    for n in range(PER_ACCOUNT):
        guesses.begin(f"192.0.2.{n}", "a@cdema.example")
        clock.advance(seconds=1)
    with pytest.raises(TooFast):
        guesses.begin("192.0.2.99", "a@cdema.example")
    guesses.begin("192.0.2.99", "b@cdema.example")
    clock.advance(minutes=4, seconds=50)
    guesses.begin("192.0.2.99", "a@cdema.example")
    with pytest.raises(TooFast):
        guesses.begin("192.0.2.99", "a@cdema.example")


def test_right_passwords_use_up_nothing() -> None:
    """A shift change: an agency's people come from one address, some type wrong first."""
    guesses = Guesses(FakeClock())
    for n in range(3 * PER_ADDRESS):
        guesses.succeeded("192.0.2.1", f"{n}@cdema.example", guesses.begin("192.0.2.1", f"{n}@cdema.example"))
    for _ in range(3):
        for _ in range(PER_ACCOUNT - 1):
            guesses.begin("192.0.2.2", "a@cdema.example")
        guesses.succeeded("192.0.2.2", "a@cdema.example", guesses.begin("192.0.2.2", "a@cdema.example"))


def test_an_own_account_does_not_open_the_address_for_guessing_others() -> None:
    guesses = Guesses(FakeClock())
    for n in range(PER_ADDRESS):
        guesses.begin("192.0.2.1", f"{n}@cdema.example")
        if n < PER_ADDRESS - 1:
            guesses.succeeded("192.0.2.1", "own@cdema.example", guesses.begin("192.0.2.1", "own@cdema.example"))
    with pytest.raises(TooFast):
        guesses.begin("192.0.2.1", "own@cdema.example")


def test_invented_accounts_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crisisroom.web.guesses.MAX_REMEMBERED", 50)
    guesses = Guesses(FakeClock())
    for n in range(100):
        guesses.begin(f"192.0.2.{n}", f"{n}@nowhere.example")
    assert len(guesses._tries) == 50
