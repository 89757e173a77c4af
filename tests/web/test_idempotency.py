"""The same key and body happen once, whoever asks how often; another body under the same key is refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from tests.support.server import Server


def test_a_repeated_command_happens_once(server: Server) -> None:
    api = server.api("j.alexis")
    key, sent = api.open(), str(uuid4())
    first = api.send(key, "add-task", {"title": "Fuel"}, sent).json()
    api.do(key, "write-entry", text="Meanwhile.")
    for spelling in (sent, sent.upper(), f"{{{sent}}}", sent.replace("-", "")):
        assert api.send(key, "add-task", {"title": "Fuel"}, spelling).json() == first | {"result": "repeated"}
    assert len(api.board(key)["tasks"]) == 1


def test_copies_sent_at_once_happen_once(server: Server) -> None:
    api = server.api("j.alexis")
    key = api.open()
    for _ in range(5):
        sent = str(uuid4())

        def send(_: int, sent: str = sent) -> tuple[int, str]:
            answer = api.send(key, "write-entry", {"text": "Once."}, sent)
            return answer.status_code, answer.json()["result"]

        with ThreadPoolExecutor(5) as pool:
            answers = list(pool.map(send, range(5)))
        assert sorted(answers) == [(200, "applied"), *[(200, "repeated")] * 4]
    assert [entry["event"] for entry in api.entries(key)].count("entry.written") == 5


def test_another_body_or_command_or_incident_under_the_same_key_is_refused(server: Server) -> None:
    api = server.api("j.alexis")
    key, other, sent = api.open(), api.open(), str(uuid4())
    api.send(key, "write-entry", {"text": "One"}, sent)
    before = (api.entries(key), api.entries(other))
    for answer in (
        api.send(key, "write-entry", {"text": "Two"}, sent),
        api.send(key, "write-entry", {"text": "One", "tlp": "TLP:GREEN"}, sent),
        api.send(key, "add-task", {"title": "One"}, sent),
        api.send(other, "write-entry", {"text": "One"}, sent),
    ):
        assert answer.status_code == 422
        assert answer.json()["type"].endswith("/key-reused")
    assert (api.entries(key), api.entries(other)) == before


def test_a_key_is_its_senders_own(server: Server) -> None:
    key = server.api("j.alexis").open(agencies=["RSS"])
    sent = str(uuid4())
    answers = [server.api(who).send(key, "write-entry", {"text": "Same"}, sent) for who in ("j.alexis", "c.grant")]
    assert [answer.json()["result"] for answer in answers] == ["applied", "applied"]


def test_a_refused_command_may_be_sent_again_under_its_key(server: Server) -> None:
    api = server.api("j.alexis")
    key, sent = api.open(), str(uuid4())
    assert api.send(key, "invite-agency", {"agency": "NOSUCH"}, sent).status_code == 422
    assert api.send(key, "invite-agency", {"agency": "RSS"}, sent).json()["result"] == "applied"


def test_an_unchanged_command_writes_nothing(server: Server) -> None:
    api = server.api("j.alexis")
    key, sent = api.open(agencies=["RSS"]), str(uuid4())
    before = api.entries(key)
    for _ in range(2):
        assert api.send(key, "invite-agency", {"agency": "RSS"}, sent).json()["result"] == "unchanged"
    assert api.entries(key) == before


def test_opening_an_incident_twice_with_one_key_opens_one(server: Server) -> None:
    api = server.api("j.alexis")
    body = {"title": "Flood Twice", "crisis_class": "disaster", "states": ["LC"], "lead_agency": "CDEMA"}
    headers = {"Idempotency-Key": str(uuid4())}
    answers = [api.client.post("/api/v1/incidents", json=body, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    with_key = api.client.post("/api/v1/incidents", json=body | {"title": "Flood Thrice"}, headers=headers)
    assert with_key.status_code == 422


def test_who_lost_access_learns_nothing_from_a_repeat(server: Server) -> None:
    """The key's first receipt is for those who may still see the incident."""
    sent = str(uuid4())
    key = server.api("j.alexis").open()
    server.api("j.alexis").send(key, "write-entry", {"text": "x"}, sent)
    outsider = server.api("i.campos")
    assert outsider.send(key, "write-entry", {"text": "x"}, sent).status_code == 404
