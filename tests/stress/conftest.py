"""A real cluster with the operator and the staging system in it: sound, or with the defect that a test asks for."""

from collections.abc import Iterator

import pytest

from demo.deploy import deploy
from tests.stress.probing import put_probe, take_probe


@pytest.fixture(scope="module")
def _sound_afterwards() -> object:
    """Whoever comes next finds the system as it was."""
    yield
    deploy(print)


@pytest.fixture(scope="module")
def _sound_system(_sound_afterwards: object) -> None:
    """Deployed once; safe to repeat."""
    deploy(print)


@pytest.fixture(scope="module")
def _probe(_sound_system: None) -> Iterator[None]:
    put_probe()
    yield
    take_probe()
