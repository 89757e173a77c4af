"""Is the process up, is it ready, and its figures."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from tests.support.server import Server


def test_the_process_says_that_it_is_up_and_ready(server: Server) -> None:
    nobody = server.api(None).client
    assert nobody.get("/healthz").json() == {"status": "ok"}
    ready = nobody.get("/readyz")
    assert (ready.status_code, ready.json()) == (200, {"ready": True, "state": "ok", "reasons": {}})


def test_a_database_of_another_version_is_not_ready(own_server: Server) -> None:
    with closing(sqlite3.connect(own_server.database)) as database:
        database.execute("UPDATE alembic_version SET version_num = 'older'")
        database.commit()
    ready = own_server.api(None).client.get("/readyz")
    assert ready.status_code == 503
    assert "crisisroom db upgrade" in ready.json()["reasons"]["migrations"]
    assert own_server.api(None).client.get("/healthz").status_code == 200


def test_figures_are_for_this_machine_and_for_an_administrators_token(server: Server) -> None:
    """A proxy on this machine is loopback too; what it hands on says so, even when it claims to be from here."""
    nobody = server.api(None).client
    assert "\ncrisisroom_log_entries " in nobody.get("/metrics").text
    for elsewhere in (
        {"X-Forwarded-For": "192.0.2.7"}, {"X-Forwarded-For": "127.0.0.1"}, {"Forwarded": "for=127.0.0.1"},
        {"X-Real-IP": "127.0.0.1"}, {"Via": "1.1 proxy"},
    ):  # fmt: skip
        for who, status in ((None, 401), ("j.alexis", 403), ("p.thomas", 200)):
            answer = server.api(who).client.get("/metrics", headers=elsewhere)
            assert (answer.status_code, elsewhere) == (status, elsewhere)
        wrong = nobody.get("/metrics", headers=elsewhere | {"Authorization": "Bearer crt_wrong", "Accept": "*/*"})
        assert (wrong.status_code, wrong.headers["www-authenticate"]) == (401, "Bearer")


def test_a_bad_token_is_401_on_pages_too(server: Server) -> None:
    """Only who sent none is led to the sign-in page, which means nothing to a program."""
    wrong = {"Authorization": "Bearer crt_wrong", "Accept": "text/html"}
    assert server.api(None).client.get("/situation", headers=wrong).status_code == 401
    assert server.browser().get("/situation").status_code == 303
