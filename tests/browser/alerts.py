"""A fictional alert."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

CAP = """<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
  <identifier>weather.example-{identifier}</identifier>
  <sender>met@weather.example</sender>
  <sent>{sent}</sent>
  <status>{status}</status>
  <msgType>Alert</msgType>
  <scope>Public</scope>
  <info>
    <language>en</language>
    <category>Met</category>
    <event>Hurricane warning</event>
    <urgency>Expected</urgency>
    <severity>Extreme</severity>
    <certainty>Likely</certainty>
    <onset>{onset}</onset>
    <expires>{expires}</expires>
    <senderName>Weather Office of Dominica (fictional)</senderName>
    <headline>Hurricane Marisol: hurricane warning for Dominica</headline>
    <description>Hurricane Marisol is expected to reach Dominica within thirty hours.</description>
    <area>
      <areaDesc>Dominica</areaDesc>
      <polygon>15.20,-61.50 15.65,-61.50 15.65,-61.20 15.20,-61.20 15.20,-61.50</polygon>
    </area>
  </info>
</alert>
"""


def an_alert(status: str) -> str:
    """A CAP 1.2 alert of this status, sent just now, for thirty hours from now."""
    now = datetime.now(UTC).replace(microsecond=0)
    times = {"sent": now, "onset": now + timedelta(hours=30), "expires": now + timedelta(hours=54)}
    written = {name: f"{at:%Y-%m-%dT%H:%M:%S}-00:00" for name, at in times.items()}
    return CAP.format(identifier=uuid4(), status=status, **written)
