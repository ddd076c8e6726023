"""The demo service's settings: a wrong one is named before anything starts."""

import pytest

from service.settings import Settings, SettingsError

NEEDED = {"DATABASE_URL": "postgresql://db/x", "EXTERNAL_URL": "http://external"}


def test_what_is_not_set_has_a_default() -> None:
    settings = Settings.from_environment(NEEDED)
    assert (settings.database_url, settings.port, settings.pool_size) == ("postgresql://db/x", 8080, 8)


def test_each_setting_is_read_as_its_kind() -> None:
    settings = Settings.from_environment({**NEEDED, "POOL_SIZE": "1", "QUERY_SECONDS": "0.5"})
    assert (settings.pool_size, settings.query_seconds) == (1, 0.5)


def test_every_missing_setting_is_named() -> None:
    with pytest.raises(SettingsError, match="set DATABASE_URL, EXTERNAL_URL"):
        Settings.from_environment({})


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("POOL_SIZE", "many", "POOL_SIZE: 'many' is not a number"),
        ("POOL_SIZE", "1.5", r"POOL_SIZE: '1\.5' is not a number"),
        ("PORT", "0", "PORT: 0 must be more than 0"),
        ("RATE_LIMIT", "-3", "RATE_LIMIT: -3 must be more than 0"),
        ("QUERY_SECONDS", "nan", "QUERY_SECONDS: nan"),
    ],
)
def test_a_wrong_setting_is_named_with_what_is_wrong(name: str, text: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        Settings.from_environment({**NEEDED, name: text})
