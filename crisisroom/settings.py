"""Settings from the environment: `CRISISROOM_…`, each also as `CRISISROOM_…_FILE`, a file that holds it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "CRISISROOM_"


class Settings(BaseSettings):
    """What an operator may set. The defaults run one process on an embedded database in `./var`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    database_url: str = ""
    redis_url: str = ""
    data_dir: Path = Path("var")
    secret_key: SecretStr = SecretStr("")
    public_url: str = ""
    log_format: str = "auto"
    playbooks_dir: Path | None = None

    @field_validator("public_url")
    @classmethod
    def _origin_only(cls, value: str) -> str:
        if not value:
            return value
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.path not in ("", "/"):
            raise ValueError("CRISISROOM_PUBLIC_URL must be an origin such as https://room.example.org")
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def database(self) -> str:
        """The database's address as SQLAlchemy takes it; SQLite in the data folder when none is given."""
        url = self.database_url or f"sqlite:///{self.data_dir.absolute() / 'crisisroom.db'}"
        for given, meant in _DRIVERS.items():
            if url.startswith(given):
                return meant + url.removeprefix(given)
        return url


_DRIVERS = {
    "postgresql://": "postgresql+asyncpg://",
    "postgres://": "postgresql+asyncpg://",
}


def load_settings(environment: Mapping[str, str] | None = None, **given: object) -> Settings:
    """Settings from the environment with `…_FILE` values read in; `given` wins. Raises ValueError for a bad one."""
    environment = os.environ if environment is None else environment
    values: dict[str, object] = {}
    for name in Settings.model_fields:
        variable = f"{PREFIX}{name.upper()}"
        if path := environment.get(f"{variable}_FILE"):
            values[name] = Path(path).read_text(encoding="utf-8").strip()
        elif variable in environment:
            values[name] = environment[variable]
    values.update({name: value for name, value in given.items() if value is not None})
    return Settings.model_validate(values)


def unknown_variables(environment: Mapping[str, str] | None = None) -> list[str]:
    """Variables that look like ours and are not: most often a typing mistake worth a warning."""
    environment = os.environ if environment is None else environment
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    known |= {f"{name}_FILE" for name in known}
    return sorted(name for name in environment if name.startswith(PREFIX) and name not in known)
