"""The service's settings, from the environment; a wrong one is named before anything starts."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields


class SettingsError(ValueError):
    """A setting is missing or wrong; the message names it."""


@dataclass(frozen=True)
class Settings:
    """What one replica may use."""

    database_url: str
    external_url: str
    port: int = 8080
    max_workflows: int = 32
    queue_seconds: float = 2.0
    pool_size: int = 8
    pool_wait_seconds: float = 1.0
    query_seconds: float = 2.0
    external_seconds: float = 2.0
    rate_limit: float = 500.0
    rate_burst: float = 500.0
    limited_rate: float = 50.0
    limited_burst: float = 50.0
    session_bytes: int = 32 * 1024 * 1024
    defect: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Each field by its name in capitals.

        Raises:
            SettingsError: one is missing or wrong.
        """
        values = {}
        for field in fields(cls):
            text = environment.get(field.name.upper())
            if text is not None:
                values[field.name] = _value(field.name.upper(), text, field.type)
        missing = [name.upper() for name in ("database_url", "external_url") if name not in values]
        if missing:
            raise SettingsError(f"set {', '.join(missing)}")
        return cls(**values)  # type: ignore[arg-type]


def _value(name: str, text: str, kind: object) -> str | int | float:
    if kind is str:
        return text
    try:
        value = int(text) if kind is int else float(text)
    except ValueError as error:
        raise SettingsError(f"{name}: {text!r} is not a number") from error
    if not value > 0:
        raise SettingsError(f"{name}: {text} must be more than 0")
    return value
