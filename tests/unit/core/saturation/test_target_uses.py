"""The target's resources, whoever tells them: what no question had room for is not known."""

import pytest

from stresscampaigns.core.observation import History
from stresscampaigns.core.saturation.incidents import at_start
from stresscampaigns.core.saturation.questions import MOST_PODS
from stresscampaigns.core.saturation.target_uses import target_uses
from tests.unit.core.builders import run, under_load
from tests.unit.core.saturation.histories import MIB, pod, series


@pytest.mark.parametrize(("replaced", "gaps"), [(24, ()), (26, ("of 52 pods 50 were asked about",))])
def test_pods_that_a_rollout_replaced_may_be_more_than_a_question_has_room_for(
    replaced: int, gaps: tuple[str, ...]
) -> None:
    """None of them was there all the time, so that none is missed."""
    old = [pod(f"agents-a{number:02}") for number in range(replaced)]
    new = [pod(f"agents-b{number:02}") for number in range(replaced)]
    asked = sorted(one.name for one in [*old, *new])[:MOST_PODS]
    told = [series(50 * MIB, pod=name, container="agents") for name in asked if name.startswith("agents-b")]
    (memory, *_) = target_uses(
        run(under_load(target_pods=at_start(old))), {"memory/used": History(tuple(told))}, new
    )
    assert (memory.name, memory.gaps) == ("memory", gaps)
