"""Traffic Light Protocol 2.0 (FIRST, August 2022): the marks, their order and their sharing sentences."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator


class Tlp(StrEnum):
    """A mark, widest first. The text is fixed by the standard and never translated."""

    CLEAR = "TLP:CLEAR"
    GREEN = "TLP:GREEN"
    AMBER = "TLP:AMBER"
    AMBER_STRICT = "TLP:AMBER+STRICT"
    RED = "TLP:RED"

    @property
    def short(self) -> str:
        """What a card shows: `AMBER`."""
        return self.value.removeprefix("TLP:")

    @property
    def strictness(self) -> int:
        """0 for CLEAR up to 4 for RED."""
        return list(Tlp).index(self)


SHARING: dict[Tlp, str] = {
    Tlp.RED: "For the named people only. Do not pass on.",
    Tlp.AMBER_STRICT: "Recipients may share only with members of their own organisation who need to know.",
    Tlp.AMBER: "Recipients may share only with members of their own organisation and its clients who need to know.",
    Tlp.GREEN: "Recipients may share within their community, not publicly.",
    Tlp.CLEAR: "Recipients may share without limit.",
}


def read_tlp(value: object) -> object:
    """Accept `TLP:AMBER`, `amber` and `Amber+Strict` alike."""
    if isinstance(value, str) and not isinstance(value, Tlp):
        text = value.strip().upper().replace(" ", "").replace("_", "+")
        return text if text.startswith("TLP:") else f"TLP:{text}"
    return value


AnyTlp = Annotated[Tlp, BeforeValidator(read_tlp)]
