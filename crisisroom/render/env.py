"""The one Jinja environment: escapes everything, refuses unknown names, knows the words of the field."""

from __future__ import annotations

import json
import re
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.ext import Extension
from markupsafe import Markup

from crisisroom.assets import STATIC, TEMPLATES
from crisisroom.core import times
from crisisroom.core.agencies import AGENCIES
from crisisroom.core.ids import Ids, SystemIds
from crisisroom.core.states import HOME_ZONE, NAMES
from crisisroom.render import filters, log_lines, period
from crisisroom.render.regions import Draws

# What a page has unless it says otherwise, so that templates and macros can ask without "is defined".
DEFAULTS: dict[str, Any] = {
    "me": None,
    "may": frozenset(),
    "now": None,
    "zone": HOME_ZONE,
    "low_data": False,
    "theme": "",
    "here": "",
    "path": "",
    "tlp": None,
    "readonly": False,
    "replay": None,
    "live": True,
    "notices": (),
    "condition": None,
    "help_desk": None,
    "service": (),
    "version": "",
    "present": {},
    "actions": (),
    "request_id": "",
    "proof": None,
    "draw": None,
    "heads": (),
}


class Lean(Extension):
    """Leaves out the line breaks between tags in `board/`: live regions travel often and stand in a page many times."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        return re.sub(r"(?<=[>}])\s*\n\s*(?=[<{])", "", source) if name and name.startswith("board/") else source


class Templates(Environment):
    """Jinja's environment. Every template has the same globals, as they are: Jinja would wrap them for each in a map,
    copied name by name whenever something is drawn, which for a log entry is a quarter of the work.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return super().make_globals(d) if d else self.globals


def make_environment(
    templates: Path | None = None, manifest: Path | None = None, ids: Ids | None = None
) -> Environment:
    """The environment over the project's own templates and built assets. `ids` makes the keys of forms."""
    env = Templates(
        loader=FileSystemLoader(templates or TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=[Lean],
        auto_reload=False,
    )
    env.filters.update(
        utc=times.utc,
        utc_date=times.utc_date,
        local=times.local,
        **{
            name: getattr(filters, name)
            for name in (
                "iso", "instant", "offset", "span", "clock", "zone_name", "day", "initials", "short_name",
                "agency_class", "tlp_short", "tlp_class", "sharing", "sharing_short", "bars", "level", "sign",
                "form_key", "ref", "due_range", "since",
            )
        },
    )  # fmt: skip
    env.globals.update(
        DEFAULTS,
        asset=Assets(manifest or STATIC / "manifest.json"),
        new_key=lambda: str((ids or SystemIds()).new()),
        agency_class=filters.agency_class,
        agencies=AGENCIES,
        states=NAMES,
        lanes=filters.LANES,
        period_at=period.period_at,
        period_seconds=int(period.LENGTH.total_seconds()),
        priorities=filters.PRIORITIES,
        drawing=lambda snapshot: Draws(env, snapshot),
        draw_entry=lambda snapshot, record: Markup(log_lines.draw_entry(env, snapshot, record)),  # noqa: S704
        sentence=lambda snapshot, record: log_lines.sentence_html(env, snapshot, record),
    )
    return env


class Assets:
    """Addresses of built files by their plain names: `app.css` -> `/static/app.1a2b3c4d5e.css`."""

    def __init__(self, manifest: Path) -> None:
        self._files: dict[str, Any] = json.loads(manifest.read_text(encoding="utf-8"))

    def __call__(self, name: str) -> str:
        return f"/static/{self._files[name]['file']}"
