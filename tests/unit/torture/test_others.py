"""A fault of another run that is in force beside a round is told as that, and not as what the round has left."""

from typing import Any

import pytest

from stresscampaigns.faults.queue import number_for
from stresscampaigns.manifests.names import container_name
from tests.torture.others import in_force, told_apart

NOW = 1_800_000_000.0
CUT: dict[str, Any] = {"name": "cut", "type": "NetworkLatency", "at": "1m", "duration": "1m", "latency": "1s"}
BUSY: dict[str, Any] = {"name": "busy", "type": "CpuPressure", "at": "1m", "duration": "1m", "amount": "9%"}


def run(ends_at: float | None = NOW + 60, uid: str = "theirs", fault: dict[str, Any] = CUT) -> dict[str, Any]:
    """As the API server has it."""
    times = {} if ends_at is None else {"endsAt": ends_at}
    return {
        "metadata": {"name": "mine-g1", "namespace": "staging", "uid": uid},
        "spec": {"template": {"faults": [fault]}},
        "status": {"faults": [{"name": fault["name"], **times}]},
    }


SIDECAR = container_name("theirs", "cut")
NAME = SIDECAR.replace("-", "_")
HOLDER = f"process 7 since 1.0: python3 -m stresscampaigns.faults hold {SIDECAR}"
TABLE = f"table {NAME}: set on has elements: []"
QUEUE = f"queue {number_for(NAME)} is read"
BURN = f"process 8 since 1.0: /proc/9/root/usr/local/bin/burn /proc/9/fd/9 1 {NOW:.3f} {NOW + 60:.3f} cpu 0.1"
OF_NOBODY = "table stress_0a1b2c3d_cut: a rule at output matches always"


@pytest.mark.parametrize(
    ("found", "fault"),
    [(HOLDER, CUT), (TABLE, CUT), (QUEUE, CUT), (BURN, BUSY)],
    ids=["its sidecar", "its table", "its queue", "its burn"],
)
def test_it_is_said_whose_it_is_until_when_and_how_to_be_rid_of_it(found: str, fault: dict[str, Any]) -> None:
    leaks, (theirs,) = told_apart([found, OF_NOBODY], in_force([run(fault=fault)], "ours", NOW))
    assert leaks == [OF_NOBODY]
    assert f"fault {fault['name']} of run staging/mine-g1, whose time is over at 08:01:00 UTC" in theirs
    assert "kubectl -n staging delete stressrun mine-g1" in theirs
    assert found in theirs


@pytest.mark.parametrize("other", [run(NOW - 0.1), run(None)], ids=["over", "never given a time"])
def test_what_is_there_of_a_fault_whose_time_is_over_is_a_leak(other: dict[str, Any]) -> None:
    assert told_apart([HOLDER], in_force([other], "ours", NOW)) == ([HOLDER], [])


def test_so_is_what_is_there_of_a_run_that_is_gone_or_of_the_rounds_own() -> None:
    assert told_apart([HOLDER], in_force([], "ours", NOW)) == ([HOLDER], [])
    assert told_apart([HOLDER], in_force([run(uid="theirs")], "theirs", NOW)) == ([HOLDER], [])


def test_a_run_without_a_fault_yet_has_none() -> None:
    early = run() | {"status": None}
    assert in_force([early], "ours", NOW) == []
