"""Which old runs a campaign lets go."""

from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from stresscampaigns.api.status import Verdict
from stresscampaigns.core.campaigns import RunView, runs_to_drop
from tests.unit.core.orders import active_run, order, past_run

verdicts = st.sampled_from([*get_args(Verdict), None])
NONE_KEPT = order(successful_runs_history_limit=0, failed_runs_history_limit=0)


def history(*verdicts: Verdict) -> list[RunView]:
    """One run after the other, the oldest first."""
    return [past_run(f"run-{number}", number, verdict) for number, verdict in enumerate(verdicts)]


def test_the_oldest_passed_runs_go_first() -> None:
    keep_one = order(successful_runs_history_limit=1)
    assert runs_to_drop(keep_one, history("Passed", "Passed", "Passed")) == ["run-0", "run-1"]


def test_runs_with_any_other_verdict_have_a_limit_of_their_own() -> None:
    keep_one = order(successful_runs_history_limit=1, failed_runs_history_limit=2)
    runs = history("Failed", "Aborted", "Passed", "Inconclusive", "Passed")
    assert sorted(runs_to_drop(keep_one, runs)) == ["run-0", "run-2"]


def test_within_the_limits_nothing_goes() -> None:
    full = history("Passed", "Failed", "Aborted") * 5
    assert runs_to_drop(order(), full) == []


def test_a_limit_of_none_keeps_none() -> None:
    assert sorted(runs_to_drop(NONE_KEPT, history("Passed", "Failed"))) == ["run-0", "run-1"]


def test_a_run_under_way_is_never_dropped() -> None:
    assert runs_to_drop(NONE_KEPT, [active_run("run-0")]) == []


runs = st.lists(st.tuples(st.integers(0, 50), st.booleans(), verdicts), max_size=20).map(
    lambda made: [
        RunView(f"run-{number}", time, finished, verdict)
        for number, (time, finished, verdict) in enumerate(made)
    ]
)


@settings(deadline=None)
@given(runs, st.integers(0, 5), st.integers(0, 5))
def test_what_is_kept_is_the_newest_and_as_many_as_allowed(
    of: list[RunView], passed: int, others: int
) -> None:
    limits = order(successful_runs_history_limit=passed, failed_runs_history_limit=others)
    dropped = set(runs_to_drop(limits, of))
    for kind, limit in ((True, passed), (False, others)):
        same = [run for run in of if run.finished and (run.verdict == "Passed") is kind]
        gone = [run.intended for run in same if run.name in dropped]
        kept = [run.intended for run in same if run.name not in dropped]
        assert len(kept) == min(limit, len(same))
        assert not gone or not kept or max(gone) <= min(kept)
