"""Opening an incident, by form or from a CAP alert, and its people."""

from __future__ import annotations

ROUTES: list[object] = []
