"""A target behind https, whose certificate no public authority has signed."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.campaigns import campaign, delete, finished, start
from tests.e2e.secure_target import HOST, NAME, PORT, secure_target


@pytest.fixture(scope="module", autouse=True)
def _secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with secure_target(tmp_path_factory.mktemp("tls")):
        yield


def _ended(name: str, **trust: Any) -> dict[str, Any]:
    load = {
        "workers": 1,
        "stages": [{"name": "only", "users": 3, "duration": "5s"}],
        "scenarios": [{"name": "http"}],
        **trust,
    }
    target = {"url": f"https://{HOST}:{PORT}", "selector": {"matchLabels": {"app": NAME}}}
    status = finished(start(campaign(name, target=target, load=load)), 120)
    delete(name)
    return status


def test_with_its_authority_every_request_succeeds() -> None:
    status = _ended("tls-trusted", tls={"caSecret": NAME})
    assert status["verdict"] == "Passed", status["message"]
    assert status["load"]["failures"] == 0


def test_without_none_does() -> None:
    status = _ended("tls-unknown")
    assert status["verdict"] == "Failed", status["message"]
    assert set(status["load"]["failureKinds"]) == {"TlsFailed"}
