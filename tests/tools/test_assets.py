"""The asset folders are found in a checkout and in an installed package, and missed loudly."""

from __future__ import annotations

from pathlib import Path

import pytest

from crisisroom.assets import PLAYBOOKS, STATIC, TEMPLATES, AssetsMissing, find_assets


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "crisisroom"
    folder.mkdir()
    return folder


def make_assets(folder: Path) -> None:
    for name in ("templates", "static", "playbooks"):
        (folder / name).mkdir(parents=True)


def test_an_installed_package_uses_its_own_copy(package: Path) -> None:
    make_assets(package / "_assets")

    assert find_assets(package) == package / "_assets"


def test_a_checkout_wins_over_a_copy_that_an_editable_install_left(package: Path) -> None:
    make_assets(package / "_assets")
    make_assets(package.parent)
    (package.parent / "pyproject.toml").touch()

    assert find_assets(package) == package.parent


def test_folders_beside_an_installed_package_are_not_taken_for_a_checkout(package: Path) -> None:
    make_assets(package / "_assets")
    make_assets(package.parent)

    assert find_assets(package) == package / "_assets"


def test_missing_folders_name_both_places(package: Path) -> None:
    make_assets(package / "_assets")
    (package / "_assets" / "playbooks").rmdir()

    with pytest.raises(AssetsMissing) as error:
        find_assets(package)

    assert str(package / "_assets") in str(error.value)
    assert f"nor in {package.parent} (" in str(error.value)


def test_this_checkout_has_them() -> None:
    assert TEMPLATES.is_dir()
    assert STATIC.is_dir()
    assert PLAYBOOKS.is_dir()
