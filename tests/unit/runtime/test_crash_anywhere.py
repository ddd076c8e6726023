"""THE law: whatever call kills the operator, a new one without memory brings the run to the same end, once."""

from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.unit.runtime.examples import campaign
from tests.unit.runtime.fake_cluster import FakeCluster
from tests.unit.runtime.interruptions import Fuse, at_every_call
from tests.unit.runtime.succession import judged, one_after_another

EVENTS = [
    "LoadCreated",
    "LoadStarted",
    "FaultScheduled",
    "FaultInjected",
    "FaultEnded",
    "LoadFinished",
    "Judged",
]
NO_ERRORS = {"name": "errors", "errorRate": {}, "max": "0%"}


def lived(*fuses: Fuse, downtime: float = 2.0, **changes: Any) -> FakeCluster:
    """A campaign's only run, driven by one operator after the other, each of which has its fuse."""
    cluster = FakeCluster()
    cluster.resources.apply("StressCampaign", campaign(**changes))
    one_after_another(cluster, fuses, judged, downtime)
    return cluster


def outcome(cluster: FakeCluster) -> dict[str, Any]:
    """What must be the same however often the operator died."""
    (run,) = cluster.resources.runs().values()
    status = run["status"]
    return {
        "verdict": status["verdict"],
        "message": status["message"],
        "events": [entry["event"] for entry in status["timeline"]],
        "faults": [pod["outcome"] for fault in status["faults"] for pod in fault["pods"]],
        "requests": (status["load"]["requests"], status["load"]["failures"]),
        "runs": cluster.resources.created,
        "made": cluster.staging.made,
        "put in": [place.split("/")[0] for place in cluster.staging.put_in],
        "left": cluster.staging.left(),
    }


def crashes() -> list[Fuse]:
    """One for each call of a whole life."""
    calm = Fuse()
    lived(calm)
    return list(at_every_call(calm.calls))


def test_without_a_crash_everything_happens_once_and_in_order() -> None:
    calm = outcome(lived())
    assert (calm["verdict"], calm["events"], calm["faults"]) == ("Passed", EVENTS, ["Ended"])
    assert (len(calm["runs"]), len(calm["made"]), calm["put in"], calm["left"]) == (1, 4, ["postgres-0"], [])


def test_a_crash_at_any_call_changes_nothing() -> None:
    calm = outcome(lived())
    for fuse in crashes():
        survived = outcome(lived(fuse))
        assert fuse.dead, fuse
        assert survived == calm, fuse


def test_a_crash_at_any_call_turns_no_failure_into_a_pass() -> None:
    assert outcome(lived(checks=[NO_ERRORS]))["verdict"] == "Failed"
    for fuse in crashes()[::5]:
        assert outcome(lived(fuse, checks=[NO_ERRORS]))["verdict"] == "Failed", fuse


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.builds(Fuse, st.integers(0, 60), st.booleans()), min_size=2, max_size=5),
    st.floats(0.0, 30.0),
)
@example([Fuse(0, False), Fuse(14, False)], 4.0)
def test_however_often_and_long_it_is_away_nothing_is_done_twice_or_left(
    fuses: list[Fuse], downtime: float
) -> None:
    end = outcome(lived(*fuses, downtime=downtime))
    assert (len(end["runs"]), end["left"]) == (1, [])
    assert len(set(end["made"])) == len(end["made"]) == 4
    assert len(end["put in"]) <= 1
    # Put in late, for nobody was there, it is not in force for long enough to prove anything.
    whole = end["faults"] == ["Ended"] and "was in force for only" not in end["message"]
    assert end["verdict"] == ("Passed" if whole else "Inconclusive"), end
