"""Users who go, in the midst of a load or at its end, see the end of what they have begun. Real processes."""

from pathlib import Path

import pytest

from stresscampaigns.api.load_plan import PlannedScenario
from stresscampaigns.load.environment import MOST_PATIENCE, patience
from stresscampaigns.load.scenarios import user_classes
from tests.unit.load.distributed import DistributedLoad, plan, whole
from tests.unit.load.freezing_server import FreezingServer

ANSWERED_AFTER = 1.5
STAGES = [{"name": "many", "users": 4, "duration": 2}, {"name": "few", "users": 1, "duration": 2}]
"""Of the four some must go, and at the end the last one, while they wait for an answer."""


def test_a_request_is_waited_for_as_long_as_it_may_take(tmp_path: Path) -> None:
    """Cut off before, it would be a failure that the generator made, in a target that answered all of them."""
    scenarios = [{"name": "http", "parameters": {"thinkTime": "20ms", "timeout": "8s"}}]
    with FreezingServer((ANSWERED_AFTER,)) as target:
        asked = plan(target.url, stages=STAGES, scenarios=scenarios, stop_timeout=0.5, workers=1)
        with DistributedLoad(asked, tmp_path) as load:
            (stats,) = whole(load.result()).requests
    assert stats.count > 4
    assert stats.failures == {}


@pytest.mark.parametrize(
    ("timeouts", "seconds"), [([], 10), (["1s"], 10), (["3s", "40s"], 40), (["1h"], MOST_PATIENCE)]
)
def test_the_longest_timeout_of_the_scenarios_counts_up_to_a_bound(
    timeouts: list[str], seconds: float
) -> None:
    planned = [PlannedScenario(name="http", parameters={"timeout": one}) for one in timeouts]
    assert patience(10.0, user_classes(planned)) == seconds
