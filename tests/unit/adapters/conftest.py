"""What the Lease's tests share."""

import pytest

from stresscampaigns.adapters import clock
from tests.unit.adapters.lease_world import FakeTime


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> FakeTime:
    """What the machine's clock tells, to the Lease for instance."""
    fake = FakeTime()
    monkeypatch.setattr(clock, "time", fake)
    return fake
