"""For tests of faults in the kernel."""

from collections.abc import Iterator

import pytest

from tests.unit.faults.namespaces import Namespaces


@pytest.fixture
def pod() -> Iterator[Namespaces]:
    """Two namespaces, in which nothing runs yet."""
    with Namespaces() as namespaces:
        yield namespaces
