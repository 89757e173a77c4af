"""The Dockerfile: what it copies is there, what it installs is pinned, and what it throws away nobody needs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import venv
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.deploy.files import ROOT, text

DOCKERFILE = text("Dockerfile")
RUNTIME = DOCKERFILE.rpartition("\nFROM ")[2]

PERMISSIVE = {"0BSD", "Apache", "BSD", "ISC", "MIT", "MIT-0", "PSF", "Unlicense"}


def test_the_image_runs_as_a_user_of_its_own_and_is_watched() -> None:
    assert re.search(r"^USER 10001:10001$", RUNTIME, re.M)
    assert "/healthz" in RUNTIME.partition("HEALTHCHECK")[2]
    assert 'CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]' in RUNTIME


def test_dependencies_come_from_the_lock_by_hash() -> None:
    assert "pip install --require-hashes --only-binary :all: -r requirements.lock" in DOCKERFILE
    assert not re.search(r"pip install (?!--require-hashes|--no-deps)", DOCKERFILE)


def test_everything_that_is_copied_is_there_and_let_through() -> None:
    copied = [word for line in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.M) for word in line.split()]
    let_through = {line[1:] for line in text("Dockerfile.dockerignore").splitlines() if line.startswith("!")}
    assert set(copied) == let_through
    assert all((ROOT / name).exists() for name in copied)


def test_no_node_is_in_the_image() -> None:
    assert "node" not in DOCKERFILE.lower()


def test_what_only_builds_is_taken_out_again_and_nothing_that_serves_needs_it() -> None:
    taken_out = set(re.search(r"pip uninstall -y (.+) \\", DOCKERFILE)[1].split())  # type: ignore[index]
    assert {"hatchling", "editables"} <= taken_out
    assert not taken_out & closure("crisisroom")


def test_everything_that_is_served_with_has_a_permissive_licence() -> None:
    for name in sorted(closure("crisisroom") - {"crisisroom"}):
        words = " ".join(licence(name))
        assert any(re.search(rf"\b{one}\b", words) for one in PERMISSIVE), f"{name}: {words}"
        assert not re.search(r"\b[AL]?GPL|MPL|Mozilla|SSPL|BUSL|Commons Clause", words), f"{name}: {words}"


def test_the_wheel_works_where_there_is_no_checkout(tmp_path: Path) -> None:
    """As in the image: built, installed, prepared, checked. The dependencies are those of the tests."""
    wheels, place = tmp_path / "wheels", tmp_path / "venv"
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(wheels), str(ROOT))
    (wheel,) = wheels.iterdir()
    venv.create(place, symlinks=True, with_pip=False)
    (packages,) = place.glob("lib/python*/site-packages")
    pip("install", "--no-deps", "--target", str(packages), str(wheel))
    environment = {
        "PATH": os.environ["PATH"], "CRISISROOM_DATA_DIR": str(tmp_path / "data"), "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": os.pathsep.join([str(packages), *dependencies()]),
    }  # fmt: skip

    def crisisroom(*arguments: str) -> str:
        command = [str(place / "bin" / "python"), "-m", "crisisroom", *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    where = subprocess.run(
        [str(place / "bin" / "python"), "-c", "from crisisroom.assets import *; print(TEMPLATES, STATIC, PLAYBOOKS)"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert all(path.startswith(str(packages)) for path in where.split()), where
    crisisroom("db", "upgrade")
    assert "WRONG" not in crisisroom("check")


def closure(name: str) -> set[str]:
    """A distribution and everything it needs here, by normal names."""
    found: set[str] = set()
    waiting = [(name, frozenset[str]())]
    while waiting:
        wanted, extras = waiting.pop()
        plain = re.sub(r"[-_.]+", "-", wanted).lower()
        try:
            needs = distribution(plain).requires or []
        except PackageNotFoundError:
            continue  # not for this platform
        if plain in found and not extras:
            continue
        found.add(plain)
        for need in map(Requirement, needs):
            if need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in {"", *extras}):
                waiting.append((need.name, frozenset(need.extras)))
    return found


def licence(name: str) -> Iterator[str]:
    """What a distribution says of its licence."""
    metadata = distribution(name).metadata
    yield metadata.get("License-Expression") or ""
    yield from (line for line in metadata.get_all("Classifier", []) if line.startswith("License"))
    yield (metadata.get("License") or "").partition("\n")[0]


def dependencies() -> list[str]:
    """Where this interpreter's packages are."""
    return [path for path in sys.path if path.endswith("site-packages")]


def pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(done.stdout + done.stderr)
