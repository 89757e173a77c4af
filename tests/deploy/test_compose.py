"""compose.yaml: every service is hardened, no secret stands in it, and what it names is there."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from crisisroom.settings import load_settings, unknown_variables
from tests.deploy.files import DEPLOY, text

COMPOSE: dict[str, Any] = yaml.safe_load(text("compose.yaml"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
APPLICATION = ("app-1", "app-2", "prepare")
ENDS_BY_ITSELF = ("prepare", "caddy-volumes")
LASTING = [name for name in SERVICES if name not in ENDS_BY_ITSELF]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_cannot_change_its_own_files_nor_gain_rights(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service.get("privileged")


@pytest.mark.parametrize("name", LASTING)
def test_what_keeps_running_is_not_root_is_watched_and_comes_back(name: str) -> None:
    service = SERVICES[name]
    user, _, group = service["user"].partition(":")
    assert int(user) > 0
    assert int(group) > 0
    assert service["healthcheck"]["test"]
    assert service["restart"] == "unless-stopped"
    assert set(service.get("cap_add", [])) <= {"NET_BIND_SERVICE"}


def test_what_runs_as_root_ends_by_itself_and_has_no_network() -> None:
    root = [name for name, service in SERVICES.items() if service["user"].startswith("0")]
    assert root == ["caddy-volumes"]
    assert SERVICES["caddy-volumes"]["network_mode"] == "none"
    assert SERVICES["caddy-volumes"]["restart"] == "no"


def test_only_caddy_can_be_reached_from_outside_and_the_database_reaches_nobody() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["caddy"]
    assert COMPOSE["networks"]["back"]["internal"] is True
    for name in ("postgres", "redis", "prepare"):
        assert SERVICES[name]["networks"] == ["back"]
    assert SERVICES["caddy"]["networks"] == ["front"]


def test_two_processes_serve_behind_caddy_once_the_database_is_prepared() -> None:
    served = SERVICES["caddy"]["environment"]["CRISISROOM_UPSTREAMS"].split()
    assert served == ["app-1:8000", "app-2:8000"]
    for name in ("app-1", "app-2"):
        assert SERVICES[name]["depends_on"]["prepare"]["condition"] == "service_completed_successfully"
        assert SERVICES[name]["depends_on"]["redis"]["condition"] == "service_healthy"


@pytest.mark.parametrize("name", SERVICES)
def test_secrets_come_as_files(name: str) -> None:
    service = SERVICES[name]
    for variable, value in service.get("environment", {}).items():
        if variable.endswith("_FILE"):
            assert value.removeprefix("/run/secrets/") in service["secrets"]
        else:
            assert not any(word in variable for word in ("PASSWORD", "SECRET", "DATABASE_URL", "REDIS_URL"))
    assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])


def test_the_application_knows_every_setting_it_is_given(tmp_path: Path) -> None:
    given = dict(SERVICES["app-1"]["environment"])
    assert unknown_variables(given) == []
    run_secrets(tmp_path)
    for name, value in given.items():
        if name.endswith("_FILE"):
            given[name] = str(tmp_path / Path(value).name)
    settings = load_settings(given | {"CRISISROOM_PUBLIC_URL": "https://room.example.org"})
    assert settings.database.startswith("postgresql+asyncpg://crisisroom:")
    assert settings.database.endswith("@postgres:5432/crisisroom")
    assert settings.redis_url.startswith("redis://:")
    assert len(settings.secret_key.get_secret_value()) == 64


def test_the_secrets_are_made_once_and_fit_each_other(tmp_path: Path) -> None:
    run_secrets(tmp_path)
    first = {file.name: file.read_text() for file in tmp_path.iterdir()}
    assert {Path(secret["file"]).name for secret in COMPOSE["secrets"].values()} <= set(first)
    assert tmp_path.stat().st_mode & 0o777 == 0o700
    assert first["database_password"].strip() in first["database_url"]
    assert first["redis_password"].strip() in first["redis_url"]
    assert f"requirepass {first['redis_password'].strip()}\n" in first["redis_conf"]
    run_secrets(tmp_path)
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == first


def test_the_database_role_is_no_superuser() -> None:
    script = text("postgres-init.sh")
    assert "NOSUPERUSER NOCREATEDB NOCREATEROLE" in script
    assert (DEPLOY / "postgres-init.sh").stat().st_mode & 0o111, "PostgreSQL's entry point would source it"


@pytest.mark.parametrize("name", APPLICATION)
def test_the_data_folder_can_be_written_to_and_nothing_else_needs_to_be(name: str) -> None:
    writable = [mount.partition(":")[0] for mount in SERVICES[name]["tmpfs"]]
    assert writable == ["/tmp", "/var/lib/crisisroom"]
    assert "volumes" not in SERVICES[name]


def test_every_mounted_file_is_there() -> None:
    for service in SERVICES.values():
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            assert source in COMPOSE["volumes"] or (DEPLOY / source).exists()


def run_secrets(folder: Path) -> None:
    subprocess.run(["sh", DEPLOY / "secrets.sh", folder], check=True)
