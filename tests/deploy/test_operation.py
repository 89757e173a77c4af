"""docs/operation.md: names every setting, and nothing that is not there."""

from __future__ import annotations

import re

import pytest

from crisisroom.settings import PREFIX, Settings, unknown_variables
from tests.deploy.files import ROOT

PAGE = (ROOT / "docs" / "operation.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("field", Settings.model_fields)
def test_every_setting_has_its_row(field: str) -> None:
    assert re.search(rf"^\| `{PREFIX}{field.upper()}` \| ", PAGE, re.M)


def test_every_setting_it_names_exists() -> None:
    named = {name: "" for name in re.findall(rf"\b{PREFIX}[A-Z_]+\b", PAGE)}
    assert unknown_variables({name: "" for name in named if name != PREFIX}) == []


def test_every_file_it_names_is_there() -> None:
    for link in re.findall(r"\]\((?!http|#)([^)#]+)", PAGE):
        assert (ROOT / "docs" / link).exists(), link
    for name in re.findall(r"\bdeploy/[\w.-]+\.\w+", PAGE):
        assert (ROOT / name).exists(), name
