"""What the Lease's tests share."""

import pytest

from stresscampaigns.adapters import lease
from tests.unit.adapters.lease_world import FakeTime


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> FakeTime:
    """The clock that the Lease looks at."""
    fake = FakeTime()
    monkeypatch.setattr(lease, "time", fake)
    return fake
