"""Locust patches the standard library when it is imported, which asyncio in this process would not survive.

Here it is imported without; the real runs are processes of their own, with everything patched as in a pod.
"""

from collections.abc import Iterator

import pytest

from tests.unit.load.counting_server import CountingServer

with pytest.MonkeyPatch.context() as patch:
    patch.setenv("LOCUST_SKIP_MONKEY_PATCH", "1")
    import locust  # noqa: F401


@pytest.fixture(scope="module")
def server() -> Iterator[CountingServer]:
    """A target that counts what reaches it."""
    with CountingServer() as running:
        yield running
