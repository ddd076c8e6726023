"""The operator's settings, from its environment."""

import pytest

from stresscampaigns.handlers.__main__ import main
from stresscampaigns.handlers.settings import Settings


def test_every_setting_has_a_default() -> None:
    settings = Settings.from_environment({})
    assert (settings.namespace, settings.health_port, settings.metrics_port) == (
        "stresscampaigns",
        8080,
        9090,
    )
    assert settings.identity
    assert settings.images.load == "stresscampaigns/load:dev"


def test_the_environment_says_otherwise() -> None:
    settings = Settings.from_environment(
        {
            "POD_NAMESPACE": "ops",
            "POD_NAME": "operator-0",
            "STRESSCAMPAIGNS_LEASE_NAME": "second",
            "STRESSCAMPAIGNS_FAULT_IMAGE": "registry/fault:2",
            "STRESSCAMPAIGNS_IMAGE_PULL_POLICY": "Always",
            "STRESSCAMPAIGNS_HEALTH_PORT": "18080",
        }
    )
    assert (settings.namespace, settings.identity, settings.lease) == ("ops", "operator-0", "second")
    assert (settings.images.fault, settings.images.pull_policy) == ("registry/fault:2", "Always")
    assert settings.health_port == 18080


def test_a_port_that_is_no_number_is_named() -> None:
    with pytest.raises(ValueError, match="'http'"):
        Settings.from_environment({"STRESSCAMPAIGNS_METRICS_PORT": "http"})


def test_help_names_each_setting_and_starts_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    asked = Asked()
    Settings.from_environment(asked)
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    said = capsys.readouterr().out
    assert end.value.code == 0
    assert len(asked.names) > 5
    assert [name for name in asked.names if name not in said] == []


class Asked(dict[str, str]):
    """An empty environment that remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def get(self, name: str, default: str = "") -> str:  # type: ignore[override]
        self.names.append(name)
        return default
