"""The quick-add line: tokens stand anywhere, and what is no token is the title."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisisroom.tasks.quick import read_quick


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("Loaders to the runway", {}),
        ("Loaders @CDEMA to the runway", {"agency": "CDEMA"}),
        ("@cdema Loaders to the runway", {"agency": "cdema"}),
        ("Loaders to the runway !high", {"priority": "high"}),
        ("Loaders to !CRITICAL the runway", {"priority": "critical"}),
        ("Loaders due T+14:15 to the runway", {"due": "T+14:15"}),
        ("Loaders to the runway due T+2d 06:00", {"due": "T+2d 06:00"}),
        ("Loaders to the runway due +2h", {"due": "+2h"}),
        ("Loaders to the runway due 18:30 UTC", {"due": "18:30 UTC"}),
        ("Loaders to the runway due 2026-09-12 18:30Z", {"due": "2026-09-12 18:30Z"}),
        ("Loaders to the runway due 2026-09-12T18:30:00Z", {"due": "2026-09-12T18:30:00Z"}),
        ("Loaders to the runway for E-136", {"holds_up": ["E-136"]}),
        ("Loaders for e136 to the runway for E-137", {"holds_up": ["e136", "E-137"]}),
        ("Loaders to the runway #tlp:green", {"tlp": "tlp:green"}),
        ("Loaders to the runway #TLP:AMBER+STRICT", {"tlp": "TLP:AMBER+STRICT"}),
        (
            "Loaders @RSS !low to the runway due T−1:00 for E-1 #tlp:clear",
            {"agency": "RSS", "priority": "low", "due": "T−1:00", "holds_up": ["E-1"], "tlp": "tlp:clear"},
        ),
    ],
)
def test_a_line_is_taken_apart(text: str, fields: dict) -> None:
    assert read_quick(text) == fields | {"title": "Loaders to the runway"}


@pytest.mark.parametrize(
    "text",
    ["Mail desk@cdema.example", "Wait! Really", "Due date unknown", "for example E-1", "Meet at 18:30 UTC",
     "Rate is 5!3", "C#tlp", "due soon"],
)  # fmt: skip
def test_what_only_looks_like_a_token_stays_in_the_title(text: str) -> None:
    assert read_quick(text) == {"title": text}


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    fields = read_quick(text)
    assert fields["title"] == " ".join(fields["title"].split())
