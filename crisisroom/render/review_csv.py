"""The review as a table for other programs: decisions and what was late, one line each."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import datetime
from io import StringIO

from crisisroom.core.times import duration, offset, rfc3339
from crisisroom.incidents.models import Incident
from crisisroom.render.review_page import ReviewView

HEADINGS = ("kind", "name", "text", "agency", "person", "reason", "at", "offset", "due", "done", "late", "entry")
# What a spreadsheet takes for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def review_csv(view: ReviewView, incident: Incident) -> str:
    """Decisions made up to the moment shown, then what was late in the end; times are UTC."""
    t0 = incident.t0
    decisions = (
        ("decision", f"Decision {one.number}", one.text, one.agency, one.name, one.reason, rfc3339(one.at),
         offset(one.at, t0), "", "", "", one.href)
        for one in view.decisions if not one.later
    )  # fmt: skip
    late = (
        ("late", one.what, one.text, one.agency, "", "", "", "", rfc3339(one.due), _moment(one.done_at),
         duration(one.late), one.href)
        for one in view.late
    )  # fmt: skip
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADINGS)
    writer.writerows(_plain(row) for row in (*decisions, *late))
    return out.getvalue()


def _moment(moment: datetime | None) -> str:
    return rfc3339(moment) if moment else ""


def _plain(row: Iterable[str]) -> list[str]:
    """Cells that no spreadsheet carries out."""
    return [f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in row]
