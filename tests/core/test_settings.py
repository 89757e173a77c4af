"""Settings from the environment, each also from a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from crisisroom.settings import load_settings, unknown_variables


def test_without_any_setting_it_runs_embedded_in_a_folder_beside() -> None:
    settings = load_settings({})
    assert settings.data_dir == Path("var")
    assert settings.database == f"sqlite:///{Path('var').absolute() / 'crisisroom.db'}"
    assert (settings.redis_url, settings.public_url, settings.playbooks_dir) == ("", "", None)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("postgresql://u:p@host/db", "postgresql+asyncpg://u:p@host/db"),
        ("postgres://u:p@host/db", "postgresql+asyncpg://u:p@host/db"),
        ("sqlite:////srv/room.db", "sqlite:////srv/room.db"),
        ("postgresql+asyncpg://host/db", "postgresql+asyncpg://host/db"),
    ],
)
def test_a_database_is_given_as_everybody_writes_it(given: str, meant: str) -> None:
    assert load_settings({"CRISISROOM_DATABASE_URL": given}).database == meant


def test_each_can_be_a_file_which_wins(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("s3cret\n", encoding="utf-8")
    settings = load_settings({"CRISISROOM_SECRET_KEY_FILE": str(path), "CRISISROOM_SECRET_KEY": "other"})
    assert settings.secret_key.get_secret_value() == "s3cret"
    assert "s3cret" not in repr(settings)


def test_what_is_given_on_the_command_line_wins() -> None:
    settings = load_settings({"CRISISROOM_DATA_DIR": "/srv/a"}, data_dir="/srv/b", public_url=None)
    assert settings.data_dir == Path("/srv/b")


@pytest.mark.parametrize(
    ("given", "meant"),
    [("https://room.example.org", "https://room.example.org"), ("http://127.0.0.1:8000/", "http://127.0.0.1:8000")],
)
def test_the_public_address_is_an_origin(given: str, meant: str) -> None:
    assert load_settings({"CRISISROOM_PUBLIC_URL": given}).public_url == meant


@pytest.mark.parametrize(
    "given", ["room.example.org", "ftp://room.example.org", "https://room.example.org/path", "https://"]
)
def test_anything_else_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match="must be an origin"):
        load_settings({"CRISISROOM_PUBLIC_URL": given})


def test_a_mistyped_variable_is_noticed() -> None:
    environment = {
        "CRISISROOM_DATABSE_URL": "x",
        "CRISISROOM_DATA_DIR": "y",
        "CRISISROOM_DATA_DIR_FILE": "z",
        "HOME": "h",
    }
    assert unknown_variables(environment) == ["CRISISROOM_DATABSE_URL"]


def test_settings_do_not_change() -> None:
    settings = load_settings({})
    with pytest.raises(ValueError, match="frozen"):
        settings.data_dir = Path("elsewhere")
