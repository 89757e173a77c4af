"""Each rule of tools/lint sees the bad line and lets the good one pass."""

from __future__ import annotations

import pytest

from tools.lint.__main__ import check_python, check_template

DOMAIN = "crisisroom/tasks/moving.py"


def rules(path: str, source: str) -> list[str]:
    return [finding.rule for finding in check_python(path, source)]


@pytest.mark.parametrize(
    ("rule", "source"),
    [
        ("one-writer", "tx.commit()"),
        ("one-writer", "async def f(tx):\n    await tx.commit()"),
        ("one-writer", "tx.execute('COMMIT')"),
        ("one-writer", "tx.execute(text(' commit; '))"),
        ("select-in-queries", "from sqlalchemy import select\nselect(Task)"),
        ("select-in-queries", "from sqlmodel import select as pick\npick(Task)"),
        ("select-in-queries", "import sqlalchemy as sa\nsa.select(Task)"),
        ("owned-time", "from datetime import UTC, datetime\ndatetime.now(UTC)"),
        ("owned-time", "import datetime as dt\ndt.datetime.utcnow()"),
        ("owned-time", "from datetime import date\ndate.today()"),
        ("owned-time", "import time\ntime.time()"),
        ("owned-time", "from time import time as clock\nf(clock)"),
        ("owned-time", "def f():\n    import random\n    return random.choice([1])"),
        ("owned-time", "import secrets\nsecrets.token_bytes(8)"),
        ("owned-time", "from uuid import uuid4\nField(default_factory=uuid4)"),
        ("owned-time", "from uuid_utils.compat import uuid7\nuuid7()"),
        ("owned-time", "import asyncio\nasync def f():\n    await asyncio.sleep(1)"),
        ("owned-time", "import os\nos.urandom(8)"),
        ("html-in-templates", "f'<li>{name}</li>'"),
        ("html-in-templates", "f'</{tag}>'"),
        ("html-in-templates", "f'<{tag}>'"),
        ("html-in-templates", "f'''\n  <p class=x>{name}'''"),
        ("html-in-templates", "'<li>%s</li>' % name"),
        ("html-in-templates", "'<li>{}</li>'.format(name)"),
    ],
)
def test_a_bad_line_is_found_once(rule: str, source: str) -> None:
    assert rules(DOMAIN, source) == [rule]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("crisisroom/commanding/execute.py", "tx.commit()"),
        ("crisisroom/migrations/upgrade.py", "tx.execute('COMMIT')"),
        (DOMAIN, "commit(tx)"),
        (DOMAIN, "log('committed')"),
        ("crisisroom/tasks/queries.py", "from sqlmodel import select\nselect(Task)"),
        ("crisisroom/log/store.py", "from sqlalchemy import select\nselect(EventRow)"),
        (DOMAIN, "import selectors\nselectors.select()"),
        (DOMAIN, "menu.select(1)"),
        ("crisisroom/core/clock.py", "from datetime import UTC, datetime\ndatetime.now(UTC)"),
        (DOMAIN, "def f(clock):\n    return clock.now()"),
        (DOMAIN, "from datetime import datetime\ndatetime.fromisoformat(text)"),
        (DOMAIN, "from secrets import compare_digest\ncompare_digest(a, b)"),
        (DOMAIN, "from uuid import UUID\nUUID(text)"),
        (DOMAIN, "def f(uuid4, time):\n    return uuid4(), time.time()"),
        (DOMAIN, "f'{count} < {limit}'"),
        (DOMAIN, "f'< {limit}'"),
        (DOMAIN, "'<li></li>'"),
        (DOMAIN, "class Room:\n    def __repr__(self):\n        return f'<Room {self.name}>'"),
        ("tools/report.py", "import time\ntime.time()"),
    ],
)
def test_a_good_line_passes(path: str, source: str) -> None:
    assert rules(path, source) == []


@pytest.mark.parametrize(
    ("source", "warnings", "errors"),
    [
        ("x = 1\n" * 250, 0, 0),
        ("x = 1\n" * 251, 1, 0),
        ("x = 1\n" * 500, 1, 0),
        ("x = 1\n" * 501, 0, 1),
        ("def f():\n" + "    x = 1\n" * 39, 0, 0),
        ("def f():\n" + "    x = 1\n" * 40, 1, 0),
        ("async def f():\n" + "    x = 1\n" * 80, 0, 1),
    ],
)
def test_a_long_module_or_function_is_warned_of_and_refused_at_twice_its_budget(
    source: str, warnings: int, errors: int
) -> None:
    findings = [finding.warning for finding in check_python(DOMAIN, source)]

    assert (findings.count(True), findings.count(False)) == (warnings, errors)


def test_a_migration_may_be_long() -> None:
    assert rules("crisisroom/migrations/versions/0001_first.py", "def upgrade():\n" + "    x = 1\n" * 600) == []


@pytest.mark.parametrize(
    ("rule", "source"),
    [
        ("escaped", "<p>{{ text|safe }}</p>"),
        ("escaped", "<p>{{ text | trim | safe }}</p>"),
        ("escaped", "{% autoescape false %}{{ text }}{% endautoescape %}"),
        ("no-inline-code", "<script>go()</script>"),
        ("no-inline-code", "<script type='application/json'>{{ data }}</script>"),
        ("no-inline-code", "<style>p { color: red }</style>"),
        ("no-inline-code", "<p style='color: red'>"),
        ("no-inline-code", '<p {% if late %}style="width: {{ share }}%"{% endif %}>'),
        ("no-inline-code", "<button onclick='go()'>"),
        ("no-inline-code", "<button ONCLICK='go()'>"),
        ("no-inline-code", "<button hx-on:click='go()'>"),
        ("no-inline-code", "<button hx-on--after-request='go()'>"),
        ("no-inline-code", "<button hx-vals='js:{a: 1}'>"),
        ("no-inline-code", "<button hx-headers=' javascript:x()'>"),
        ("no-inline-code", "<a href='javascript:go()'>"),
    ],
)
def test_a_bad_template_line_is_found_once(rule: str, source: str) -> None:
    assert [finding.rule for finding in check_template("templates/a.html", source)] == [rule]


@pytest.mark.parametrize(
    "source",
    [
        "<script src=\"{{ asset('core.js') }}\" defer></script>",
        "{# |safe and <script> in a comment #}<p class='safe'>{{ safe }} | safe</p>",
        "<p {% if a > b %}hidden{% endif %} data-on='x'>",
        '<button hx-vals=\'{"lane": "{{ lane }}"}\'>',
        "<p title=\"{{ 'style=' }}\">",
    ],
)
def test_a_good_template_line_passes(source: str) -> None:
    assert list(check_template("templates/a.html", source)) == []


def test_a_finding_names_file_line_and_rule() -> None:
    (finding,) = check_template("templates/a.html", "<p>\n{{ note }}\n<b style='x'>")

    assert str(finding).startswith("templates/a.html:3: error: ")
    assert str(finding).endswith("[no-inline-code]")
