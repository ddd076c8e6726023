"""A real cluster with the operator and the staging system in it."""

import pytest

from demo.deploy import deploy


@pytest.fixture(scope="session", autouse=True)
def _staging_system() -> None:
    """Deployed once; safe to repeat."""
    deploy(print)
