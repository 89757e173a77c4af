"""Where `templates/`, `static/` and `playbooks/` are. No other module knows."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_FOLDERS = ("templates", "static", "playbooks")


class AssetsMissing(RuntimeError):
    """The files that the program needs beside its code are not there."""


def find_assets(package: Path) -> Path:
    """The folder that holds the asset folders of the code in `package`.

    A checkout is asked first: an editable install may leave a copy of the assets behind, and that copy grows old.
    """
    checkout, wheel = package.parent, package / "_assets"
    if (checkout / "pyproject.toml").is_file() and _is_complete(checkout):
        return checkout
    if _is_complete(wheel):
        return wheel
    raise AssetsMissing(
        f"The folders {', '.join(_FOLDERS)} are neither in {wheel} (an installed package) "
        f"nor in {checkout} (a checkout). Install Crisis Room again, or run it from a whole checkout."
    )


def _is_complete(folder: Path) -> bool:
    return all((folder / name).is_dir() for name in _FOLDERS)


_ROOT = find_assets(_PACKAGE)

TEMPLATES = _ROOT / "templates"
STATIC = _ROOT / "static"
PLAYBOOKS = _ROOT / "playbooks"
