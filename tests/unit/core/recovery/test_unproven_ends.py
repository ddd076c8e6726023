"""A fault that nobody saw end, for its pods were lost: from when until when it counts all the same."""

import pytest

from stresscampaigns.api.run import FaultRecord
from stresscampaigns.core.checks import judge
from tests.unit.core.builders import T0, check
from tests.unit.core.measurements import ended_pod, evidence, fault_record
from tests.unit.core.recovery.two_faults import measured, picture, slow_record
from tests.unit.core.recovery.watches import harm, watch

LOST = [
    fault_record(
        *(
            ended_pod(pod=f"postgres-{number}", injected_at=T0 + since, ended_at=None, outcome="Lost")
            for number, since in enumerate((50, 58))
        )
    )
]


@pytest.mark.parametrize(
    ("at", "verdict"),
    [(48, "Inconclusive"), (54, "Failed"), (70, "Failed"), (101, "Inconclusive")],
    ids=["before it", "in force in one pod", "after it was to end", "after the load"],
)
def test_it_counts_from_the_first_pod_on_and_to_the_loads_end(at: float, verdict: str) -> None:
    over = watch(harm("Restarted", at), looked_at=T0 + 110)
    told = judge(check(restarts={"fault": "cut"}, max=0), evidence(faults=LOST, watch=over))
    assert told.verdict == verdict


def recovered(shown: str, *records: FaultRecord, fault: str = "cut") -> str | None:
    return judge(check(recovery={"fault": fault}, max="10s"), measured(shown, *records)).value


def test_where_it_was_lost_in_one_pod_and_ended_late_in_another_the_late_end_counts() -> None:
    late = ended_pod(ended_at=T0 + 64)
    lost = ended_pod(pod="postgres-1", ended_at=None, outcome="Lost")
    assert recovered(picture((51, 66)), fault_record(late, lost), slow_record()) == "2s"


def test_another_fault_counts_until_it_really_ended() -> None:
    """Until just before the second one, which is compared with what was before both."""
    late = fault_record(ended_pod(ended_at=T0 + 74))
    assert recovered(picture((51, 74)), late, slow_record(), fault="slow") == "0ms"


def test_another_fault_that_found_no_pod_is_in_nobodys_way() -> None:
    nowhere = slow_record().model_copy(update={"pods": None})
    assert recovered(picture((51, 63)), fault_record(), nowhere) == "3s"


def test_the_seconds_before_do_not_reach_back_into_a_fault_that_was_lost_either() -> None:
    lost = fault_record(ended_pod(ended_at=None, outcome="Lost"))
    assert recovered(picture((50, 60)), lost, slow_record(62.5, 80), fault="slow") == "0ms"
