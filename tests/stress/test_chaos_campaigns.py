"""Chaos: every shipped campaign with faults of its own, rehearsed on the sound staging system, which must get over it.

Rehearsals: the faults are the campaign's own, only the time is compressed. `make stress` runs them.
"""

import pytest

from tests.stress.chaos_rehearsals import CHAOS
from tests.stress.fault_runs import fresh
from tests.stress.rehearsals import checks_of, rehearsed, with_verdict


@pytest.mark.long
@pytest.mark.usefixtures("_sound_system")
@pytest.mark.parametrize(("campaign", "length"), CHAOS.items(), ids=CHAOS.keys())
def test_a_sound_system_gets_over_it(campaign: str, length: str) -> None:
    fresh("agents")
    status = rehearsed(campaign, length)
    ends = [pod["outcome"] for fault in status["faults"] for pod in fault["pods"]]
    assert set(ends) == {"Ended"}, status["message"]
    assert with_verdict(status, "Passed") == checks_of(campaign), status["message"]
    assert status["verdict"] == "Passed", status["message"]
