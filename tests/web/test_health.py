"""Is the process up, is it ready, and its figures."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from tests.support.server import Server


def test_the_process_says_that_it_is_up_and_ready(server: Server) -> None:
    nobody = server.api(None).client
    assert nobody.get("/healthz").json() == {"status": "ok"}
    ready = nobody.get("/readyz")
    assert (ready.status_code, ready.json()) == (200, {"ready": True, "reasons": {}})


def test_a_database_of_another_version_is_not_ready(own_server: Server) -> None:
    with closing(sqlite3.connect(own_server.database)) as database:
        database.execute("UPDATE alembic_version SET version_num = 'older'")
        database.commit()
    ready = own_server.api(None).client.get("/readyz")
    assert ready.status_code == 503
    assert "crisisroom db upgrade" in ready.json()["reasons"]["migrations"]
    assert own_server.api(None).client.get("/healthz").status_code == 200


def test_figures_are_for_this_machine_and_for_an_administrators_token(server: Server) -> None:
    nobody = server.api(None).client
    assert "\ncrisisroom_log_entries " in nobody.get("/metrics").text
    elsewhere = {"X-Forwarded-For": "192.0.2.7", "Accept": "application/json"}
    assert nobody.get("/metrics", headers=elsewhere).status_code == 401
    assert server.api("j.alexis").client.get("/metrics", headers=elsewhere).status_code == 403
    assert server.api("p.thomas").client.get("/metrics", headers=elsewhere).status_code == 200
