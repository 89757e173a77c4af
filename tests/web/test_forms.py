"""Every form works without a script: the page is read, filled in and sent as a browser does."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx2
import pytest

from tests.support.server import Api, Server
from tests.web.forms import follow, form_to, forms, submit, tree

ALERT = (
    '<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>cdema-7</identifier>'
    "<sender>warnings@met.example</sender><sent>2026-09-09T12:00:00-00:00</sent><status>{status}</status>"
    "<msgType>Alert</msgType><scope>Public</scope><info><category>Met</category><event>Hurricane Fiona</event>"
    "<urgency>Expected</urgency><severity>Severe</severity><certainty>Likely</certainty>"
    "<onset>2026-09-10T02:30:00-00:00</onset><headline>Hurricane Fiona</headline>"
    "<area><areaDesc>Saint Lucia</areaDesc></area></info></alert>"
)


@pytest.fixture(scope="module")
def browser(server: Server) -> httpx2.Client:
    """A coordinator of the lead agency."""
    return server.browser("j.alexis")


@pytest.fixture(scope="module")
def api(server: Server) -> Api:
    """The same person's program, to look at what a form did."""
    return server.api("j.alexis")


@pytest.fixture
def key(api: Api) -> str:
    """An incident of CDEMA and RSS."""
    return api.open(agencies=["RSS"])


def a_task(api: Api, key: str, **fields: Any) -> dict[str, Any]:
    """Add a task and return it as the board has it."""
    added = api.do(key, "add-task", **({"title": "Fuel"} | fields))
    return next(task for task in api.board(key)["tasks"] if task["id"] == added["id"])


def test_every_form_carries_a_key_and_goes_to_an_address_of_its_own(browser: httpx2.Client, server: Server) -> None:
    key = server.incident
    number = server.api("j.alexis").board(key)["tasks"][0]["number"]
    seen = 0
    pages = [browser.get(f"/i/{key}{path}") for path in ("", f"/t/{number}", "/people", "/log", "/review")]
    pages += [browser.get(path) for path in ("/incidents/new", "/situation", "/playbooks/hurricane/activate", "/keys")]
    for page in [*pages, server.browser().get("/signin")]:
        for form in forms(page):
            if form.method == "post":
                assert form.value("idempotency_key"), form.action
                assert form.action.startswith(server.url)
                seen += 1
    assert seen > 100


def test_an_incident_is_opened(browser: httpx2.Client, api: Api) -> None:
    form = form_to(browser.get("/incidents/new"), "/incidents")
    answer = submit(
        browser, form, title="Flood Rivers", crisis_class="disaster", hazard="flood", states=["VC", "LC"],
        cdema_level="I", lead_agency="CDEMA", agencies=["RSS", "IMPACS"], exercise="true",
        t0="2026-09-10 02:30", t0_label="dam breach",
    )  # fmt: skip
    page = follow(browser, answer)
    key = page.url.path.rsplit("/", 1)[1]
    incident = api.board(key)["incident"]
    assert (incident["states"], incident["t0"]) == (["VC", "LC"], "2026-09-10T02:30:00.000Z")
    assert incident["level"] == {"scheme": "CDEMA", "value": "I"}
    assert api.board(key)["rooms"][0]["agencies"] == ["CDEMA", "RSS", "IMPACS"]
    assert "Flood Rivers" in page.text
    again = submit(browser, form, title="Flood Rivers", crisis_class="disaster", lead_agency="CDEMA")
    assert again.status_code == 422


def test_an_incident_form_comes_back_with_what_was_typed(browser: httpx2.Client, api: Api) -> None:
    before = api.get("/incidents").json()
    form = form_to(browser.get("/incidents/new"), "/incidents")
    answer = submit(browser, form, title="", area="Kept <words>", states=["VC"], t0="soon")
    assert answer.status_code == 422
    again = form_to(answer, "/incidents")
    assert again.value("area") == "Kept <words>"
    assert ("states", "VC") in again.pairs
    assert "<words>" not in answer.text
    assert api.get("/incidents").json() == before
    assert "T0 is not a time with a date and a zone" in answer.text
    assert submit(browser, again, title="Flood Kept", t0="").status_code == 303


def test_a_level_is_of_one_scheme(browser: httpx2.Client) -> None:
    form = form_to(browser.get("/incidents/new"), "/incidents")
    both = submit(browser, form, title="Flood Levels", cdema_level="II", level__scheme="IHR", level__value="high")
    assert both.status_code == 422
    assert "not both" in both.text
    again = form_to(both, "/incidents")
    assert (again.value("cdema_level"), again.value("level.scheme")) == ("II", "IHR")
    assert submit(browser, again, cdema_level="").status_code == 303


def test_an_alert_is_shown_and_then_opened(browser: httpx2.Client, api: Api, server: Server) -> None:
    before = api.get("/incidents").json()
    form = form_to(browser.get("/incidents/new"), "/incidents/alert")
    assert form.multipart
    upload = {"file": ("alert.xml", ALERT.format(status="Actual").encode(), "application/xml")}
    shown = browser.post(form.action, data=dict(form.pairs), files=upload, headers={"Origin": server.url})
    assert shown.status_code == 200
    assert api.get("/incidents").json() == before
    assert "warnings@met.example" in shown.text
    confirm = form_to(shown, "/incidents")
    assert (confirm.value("title"), confirm.value("t0")[:10]) == ("Hurricane Fiona", "2026-09-10")
    key = follow(browser, submit(browser, confirm)).url.path.rsplit("/", 1)[1]
    incident = api.board(key)["incident"]
    assert (incident["alert"]["identifier"], incident["states"]) == ("cdema-7", ["LC"])
    assert incident["exercise"] is False


def test_an_alert_opens_a_second_incident_only_when_somebody_says_so(
    browser: httpx2.Client, api: Api, server: Server
) -> None:
    alert = ALERT.format(status="Actual").replace("cdema-7", "cdema-8")
    upload = {"file": ("alert.xml", alert.encode(), "application/xml")}

    def read(client: httpx2.Client) -> Any:
        form = form_to(client.get("/incidents/new"), "/incidents/alert")
        return client.post(form.action, data=dict(form.pairs), files=upload, headers={"Origin": server.url})

    first, second = form_to(read(browser), "/incidents"), form_to(read(browser), "/incidents")
    opened = submit(browser, first).headers["location"]
    assert submit(browser, first).headers["location"] == opened
    refused = submit(browser, second)
    assert refused.status_code == 409
    for shown in (refused, read(browser)):
        assert "opened from this alert already" in shown.text
        assert f'href="{opened}"' in shown.text
    assert submit(browser, form_to(refused, "/incidents"), another="true").headers["location"] != opened
    outsider = server.api("i.campos").client
    assert "opened from this alert already" not in read(outsider).text
    assert opened != submit(outsider, form_to(read(outsider), "/incidents")).headers["location"]


def test_an_alert_that_cannot_be_read_says_why(browser: httpx2.Client, server: Server) -> None:
    form = form_to(browser.get("/incidents/new"), "/incidents/alert")
    for data in (b"", b"no xml", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", b"\x00" * 100, b"<alert/>"):
        upload = {"file": ("alert.xml", data, "application/xml")}
        answer = browser.post(form.action, data=dict(form.pairs), files=upload, headers={"Origin": server.url})
        assert answer.status_code == 422
        assert tree(answer).xpath("//*[@role='alert']")
    large = {"file": ("alert.xml", b"<alert>" + b" " * 3_000_000, "application/xml")}
    assert browser.post(form.action, files=large, headers={"Origin": server.url}).status_code == 413


def test_the_quick_line_adds_a_task(browser: httpx2.Client, api: Api, key: str) -> None:
    form = form_to(browser.get(f"/i/{key}"), "/commands/add-task")
    page = follow(browser, submit(browser, form, quick="Loaders to runway @CDEMA !high due T+14:15"))
    assert page.url.path == f"/i/{key}"
    (task,) = api.board(key)["tasks"]
    assert (task["title"], task["agency"], task["priority"]) == ("Loaders to runway", "CDEMA", "high")
    assert f'data-task="{task["id"]}"' in page.text
    assert follow(browser, submit(browser, form, quick="Loaders to runway @CDEMA !high due T+14:15"))
    assert len(api.board(key)["tasks"]) == 1


def test_an_entry_and_a_decision_are_written(browser: httpx2.Client, api: Api, key: str) -> None:
    page = browser.get(f"/i/{key}")
    page = follow(browser, submit(browser, form_to(page, "/write-entry"), text="Bridge is open.\r\nOne lane."))
    assert "Bridge is open." in page.text
    form = form_to(page, "/record-decision")
    follow(browser, submit(browser, form, decision="Airlift first.", reason="Road cut.", options="Wait"))
    assert api.board(key)["decisions"][0]["options"] == ["Wait"]
    written = next(entry for entry in api.entries(key) if entry["event"] == "entry.written")
    assert written["data"]["text"].split() == ["Bridge", "is", "open.", "One", "lane."]


def test_a_card_is_moved_from_its_menu(browser: httpx2.Client, api: Api, key: str) -> None:
    task = a_task(api, key)
    form = form_to(browser.get(f"/i/{key}"), "/move-task", task=task["id"])
    assert [value for name, value in form.buttons if name == "lane"] == ["doing", "blocked", "done"]
    page = follow(browser, submit(browser, form, lane="doing"))
    (card,) = tree(page).xpath(f"//*[@data-task='{task['id']}']")
    assert card.get("data-lane") == "doing"
    form = form_to(page, "/move-task", task=task["id"])
    asked = submit(browser, form, lane="blocked")
    assert asked.status_code == 422
    follow(browser, submit(browser, form_to(asked, "/move-task"), reason="Road cut"))
    assert api.board(key)["tasks"][0]["reason"] == "Road cut"


@pytest.mark.parametrize(
    ("name", "typed", "wanted"),
    [
        ("title", "Fuel, 6 h", "Fuel, 6 h"), ("agency", "RSS", "RSS"), ("due", "T+6:00", None),
        ("priority", "critical", "critical"), ("tlp", "TLP:GREEN", "TLP:GREEN"), ("position", "Logistics", "Logistics"),
        ("notes", "Half a tank.\nMore at noon.", "Half a tank.\nMore at noon."),
    ],
)  # fmt: skip
def test_a_field_of_the_drawer_is_saved(
    browser: httpx2.Client, api: Api, key: str, name: str, typed: str, wanted: str | None
) -> None:
    task = a_task(api, key)
    page = browser.get(f"/i/{key}/t/{task['number']}")
    form = next(one for one in forms(page) if any(pair[0] == f"set.{name}" for pair in one.pairs))
    unchanged = submit(browser, form)
    assert unchanged.status_code == 303
    page = follow(browser, submit(browser, form, **{f"set__{name}": typed}))
    assert page.url.path == f"/i/{key}/t/{task['number']}"
    now = api.board(key)["tasks"][0]
    assert now[name] == (wanted or now[name])
    assert now != task
    assert len(api.entries(key)) == task["seq"] + 1


def test_a_person_is_put_on_a_task_and_taken_off(browser: httpx2.Client, api: Api, key: str) -> None:
    task = a_task(api, key)
    baptiste = next(one["id"] for one in api.board(key)["people"] if one["name"] == "Kezia Baptiste")
    for chosen in (baptiste, ""):
        page = browser.get(f"/i/{key}/t/{task['number']}")
        form = next(one for one in forms(page) if any(pair[0] == "set.assignee" for pair in one.pairs))
        follow(browser, submit(browser, form, set__assignee=chosen))
        assert (api.board(key)["tasks"][0]["assignee"] or "") == chosen


def test_what_a_task_waits_for_is_chosen_and_undone(browser: httpx2.Client, api: Api, key: str) -> None:
    task, other = a_task(api, key), a_task(api, key, title="Runway")
    for chosen in ([other["id"]], []):
        page = browser.get(f"/i/{key}/t/{task['number']}")
        form = next(one for one in forms(page) if any(name == "base.waits_for" for name, _ in one.pairs))
        follow(browser, submit(browser, form, set__waits_for=chosen))
        assert next(one for one in api.board(key)["tasks"] if one["id"] == task["id"])["waits_for"] == chosen


def test_the_drawers_foot_and_comments(browser: httpx2.Client, api: Api, key: str) -> None:
    task = a_task(api, key)
    path = f"/i/{key}/t/{task['number']}"
    page = follow(browser, submit(browser, form_to(browser.get(path), "/comment-task"), text="Boat at 16:45."))
    assert "Boat at 16:45." in page.text
    follow(browser, submit(browser, form_to(page, "/move-task", reason=""), lane="blocked", reason="No fuel"))
    assert api.board(key)["tasks"][0]["lane"] == "blocked"
    follow(browser, submit(browser, form_to(browser.get(path), "/move-task", lane="done")))
    assert api.board(key)["tasks"][0]["lane"] == "done"


def test_both_values_are_shown_when_somebody_was_first(
    browser: httpx2.Client, api: Api, key: str, server: Server
) -> None:
    task = a_task(api, key)
    page = browser.get(f"/i/{key}/t/{task['number']}")
    form = next(one for one in forms(page) if any(name == "set.title" for name, _ in one.pairs))
    server.api("c.grant").do(key, "edit-task", task=task["id"], set={"title": "Fuel, 6 h"}, base={"title": "Fuel"})
    asked = submit(browser, form, set__title="Fuel & water")
    assert asked.status_code == 409
    words = tree(asked).text_content()
    assert "Fuel, 6 h" in words
    assert "Fuel & water" in words
    follow(browser, submit(browser, form_to(asked, "/edit-task", set__title="Fuel & water")))
    assert api.board(key)["tasks"][0]["title"] == "Fuel & water"


def test_a_persons_agency_is_asked_for_when_somebody_has_set_another(
    browser: httpx2.Client, api: Api, key: str, server: Server
) -> None:
    task = a_task(api, key, agency="CDEMA")
    page = browser.get(f"/i/{key}/t/{task['number']}")
    form = next(one for one in forms(page) if any(name == "set.assignee" for name, _ in one.pairs))
    api.do(key, "edit-task", task=task["id"], set={"agency": "RSS"}, base={"agency": "CDEMA"})
    asked = submit(browser, form, set__assignee=server.person("k.baptiste").email)
    assert asked.status_code == 409
    assert api.board(key)["tasks"][0]["agency"] == "RSS"
    follow(browser, submit(browser, form_to(asked, "/edit-task")))
    assert api.board(key)["tasks"][0]["agency"] == "CDEMA"


def test_a_conflict_names_people_not_ids(browser: httpx2.Client, api: Api, key: str, server: Server) -> None:
    task, theirs = a_task(api, key), server.person("k.baptiste")
    page = browser.get(f"/i/{key}/t/{task['number']}")
    form = next(one for one in forms(page) if any(name == "set.assignee" for name, _ in one.pairs))
    api.do(key, "edit-task", task=task["id"], set={"assignee": theirs.email}, base={"assignee": None})
    asked = submit(browser, form, set__assignee=server.person("c.grant").email)
    assert asked.status_code == 409
    assert theirs.name in tree(asked).text_content()


def test_a_playbook_is_previewed_and_activated(browser: httpx2.Client, api: Api, key: str) -> None:
    library = browser.get(browser.get(f"/i/{key}/activate").headers["location"])
    assert "hurricane" in library.text
    page = browser.get(f"/playbooks/hurricane/activate?incident={key}")
    form = form_to(page, "/activate-playbook")
    preview = browser.get(f"/playbooks/hurricane/activate?incident={key}&anchors.onset=2026-09-10%2002:30Z")
    assert "2026-09-10T02:30" in preview.text
    assert api.board(key)["runs"] == []
    follow(browser, submit(browser, form, anchors__onset="2026-09-10 02:30Z"))
    (run,) = api.board(key)["runs"]
    assert run["anchors"]["onset"] == "2026-09-10T02:30:00.000Z"


def test_a_runs_items_and_phases(browser: httpx2.Client, api: Api, key: str) -> None:
    api.do(key, "activate-playbook", playbook="hurricane", anchors={"onset": "2026-09-10T02:30:00Z"})
    (run,) = api.board(key)["runs"]
    items = [item for phase in run["phases"] for item in phase["items"]]
    free = next(item["id"] for item in items if not item["depends"] and not item["decision"])
    other = next(item["id"] for item in items if not item["depends"] and not item["decision"] and item["id"] != free)

    def states() -> dict[str, str]:
        found = api.board(key)["runs"][0]["phases"]
        return {item["id"]: item["state"] for phase in found for item in phase["items"]}

    page = follow(browser, submit(browser, form_to(browser.get(f"/i/{key}"), "/tick-item", item=free)))
    assert states()[free] == "done"
    page = follow(browser, submit(browser, form_to(page, "/reopen-item", item=free)))
    assert states()[free] == "open"
    page = follow(browser, submit(browser, form_to(page, "/tick-item", item=free)))
    assert states()[free] == "done"
    page = follow(browser, submit(browser, form_to(page, "/skip-item", item=other), reason="No port here"))
    assert states()[other] == "skipped"
    page = follow(browser, submit(browser, form_to(page, "/advance-phase", phase=run["phases"][1]["id"])))
    assert api.board(key)["runs"][0]["phase"] == run["phases"][1]["id"]
    form = form_to(page, "/set-anchor", anchor="onset")
    follow(browser, submit(browser, form, at="2026-09-10T05:00:00Z"))
    assert api.board(key)["runs"][0]["anchors"]["onset"] == "2026-09-10T05:00:00.000Z"


def test_a_decision_point_takes_its_decision(browser: httpx2.Client, api: Api, key: str) -> None:
    api.do(key, "activate-playbook", playbook="hurricane", anchors={"onset": "2026-09-10T02:30:00Z"})
    items = [item for phase in api.board(key)["runs"][0]["phases"] for item in phase["items"]]
    point = next(item["id"] for item in items if item["decision"])
    form = form_to(browser.get(f"/i/{key}"), "/record-decision", item=point)
    follow(browser, submit(browser, form, decision="Activate.", reason="Track confirmed."))
    assert [one["decision"] for one in api.board(key)["decisions"]] == ["Activate."]


def test_people_and_agencies(browser: httpx2.Client, api: Api, key: str) -> None:
    page = browser.get(f"/i/{key}/people")
    page = follow(browser, submit(browser, form_to(page, "/invite-agency"), agency="IMPACS"))
    assert "IMPACS" in api.board(key)["rooms"][0]["agencies"]
    noel = next(one["id"] for one in api.board(key)["people"] if one["name"] == "Terrence Noel")
    follow(browser, submit(browser, form_to(page, "/fill-position"), position="JRCC desk", person=noel))
    assert [(one["position"], one["name"]) for one in api.board(key)["positions"]] == [("JRCC desk", "Terrence Noel")]


@pytest.mark.parametrize(
    ("command", "fields", "event"),
    [
        ("set-level", {"scheme": "CDEMA", "value": "III"}, "level.set"),
        ("open-room", {"name": "Lift", "tlp": "TLP:AMBER", "agencies": ["CDEMA", "RSS"]}, "room.opened"),
        ("assign-task", {"task": "E-1", "agency": "RSS"}, "task.assigned"),
        ("close-incident", {"summary": "Over."}, "incident.closed"),
        ("write-entry", {"text": "In the room.", "tlp": "TLP:GREEN"}, "entry.written"),
    ],
)
def test_every_command_takes_a_form(
    browser: httpx2.Client, api: Api, key: str, server: Server, command: str, fields: dict[str, Any], event: str
) -> None:
    """Also those that no page offers a form for yet."""
    a_task(api, key)
    sent = {"idempotency_key": str(uuid4()), **fields}
    answer = browser.post(f"/i/{key}/commands/{command}", data=sent, headers={"Origin": server.url})
    follow(browser, answer)
    assert event in [entry["event"] for entry in api.entries(key)]


def test_the_pages_own_script_gets_json_from_the_same_address(browser: httpx2.Client, api: Api, key: str) -> None:
    form = form_to(browser.get(f"/i/{key}"), "/commands/write-entry")
    headers = {"Origin": form.action.split("/i/")[0], "Accept": "application/json"}
    body = dict(form.pairs) | {"text": "By script."}
    receipt = browser.post(form.action, data=body, headers=headers).json()
    assert receipt["result"] == "applied"
    assert browser.post(form.action, data=body, headers=headers).json() == receipt | {"result": "repeated"}
    refused = browser.post(form.action, data=body | {"text": "Other"}, headers=headers)
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["type"].endswith("/key-reused")


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example", "/situation", "/i/other-26", "/i/{key}\\@evil", "/i/{key}x"]
)
def test_a_form_returns_to_its_own_incident_only(browser: httpx2.Client, server: Server, key: str, back: str) -> None:
    form = form_to(browser.get(f"/i/{key}"), "/commands/write-entry")
    data = dict(form.pairs) | {"text": "x", "next": back.format(key=key)}
    answer = browser.post(form.action, data=data, headers={"Origin": server.url})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/i/{key}")


def test_a_reader_is_offered_no_form_and_refused_the_command(server: Server, api: Api, key: str) -> None:
    leader = server.browser("p.moore")
    number = a_task(api, key)["number"]
    api.do(key, "activate-playbook", playbook="hurricane", anchors={})
    before = api.entries(key)
    form = form_to(server.browser("j.alexis").get(f"/i/{key}"), "/commands/write-entry")
    refused = leader.post(form.action, data=dict(form.pairs) | {"text": "x"}, headers={"Origin": server.url})
    assert refused.status_code == 403
    for path in (f"/i/{key}", f"/i/{key}/t/{number}", f"/i/{key}/people", f"/i/{key}/log", f"/i/{key}/review"):
        body = tree(leader.get(path)).xpath("//body")[0]
        assert body.get("data-readonly") is not None or path.endswith(("log", "review"))
        assert body.get("data-may") == ""
    assert api.entries(key) == before


def test_a_closed_incident_offers_no_form(browser: httpx2.Client, api: Api, key: str) -> None:
    number = a_task(api, key)["number"]
    api.do(key, "activate-playbook", playbook="hurricane", anchors={})
    form = form_to(browser.get(f"/i/{key}"), "/commands/write-entry")
    api.do(key, "close-incident", summary="Over.")
    refused = submit(browser, form, text="Too late")
    assert refused.status_code == 409
    assert "closed" in refused.text
    for path in (f"/i/{key}", f"/i/{key}/t/{number}", f"/i/{key}/people"):
        assert tree(browser.get(path)).xpath("//body")[0].get("data-may") == ""
