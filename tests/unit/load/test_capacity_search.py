"""The highest load that is sustained, found on a server whose capacity is known."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stresscampaigns.api.load_plan import CapacitySearch, TrialBound
from stresscampaigns.api.load_result import CapacityResult, RequestStats
from stresscampaigns.load.capacity_search import RunningSearch, judged
from stresscampaigns.stats.capacity import TrialRequest
from stresscampaigns.stats.histogram import encode
from tests.unit.load.distributed import DistributedLoad, plan
from tests.unit.load.freezing_server import FreezingServer
from tests.unit.stats.latencies import histogram_of

ERRORS = TrialBound(name="errors", kind="errorRate", most=0.01)


def within(most: float) -> TrialBound:
    """A 95th percentile of so many seconds at most."""
    return TrialBound(name="p95", kind="latency", percentile=95, most=most)


SEARCH = CapacitySearch(
    lowest=4,
    highest=200,
    duration=1.0,
    confirm_duration=2.0,
    confirmations=2,
    most_trials=15,
    settle=0.5,
    bounds=[ERRORS, within(0.5)],
)


def requests(latencies: list[float], failed: int = 0) -> list[RequestStats]:
    kinds = {"HTTP 503": failed} if failed else {}
    histogram = encode(histogram_of(latencies))
    return [RequestStats(scenario="s", name="n", count=len(latencies), failures=kinds, histogram=histogram)]


@pytest.mark.parametrize(
    ("latencies", "failed", "sustained"),
    [
        ([0.4] * 100, 1, True),
        ([0.4] * 100, 2, False),
        ([0.4] * 95 + [9.0] * 5, 0, True),
        ([0.4] * 94 + [9.0] * 6, 0, False),
    ],
)
def test_a_trial_is_judged_by_its_exact_counts(latencies: list[float], failed: int, sustained: bool) -> None:
    assert judged(SEARCH, requests(latencies, failed), 1.0).passed is sustained


def test_what_tasks_raise_counts_in_a_trial_as_requests_that_fail() -> None:
    raised = RequestStats(
        scenario="s", name="task n", count=0, errors={"KeyError": 2}, histogram=encode(histogram_of([]))
    )
    good = requests([0.4] * 100)
    assert judged(SEARCH, good, 1.0).passed
    assert judged(SEARCH, [*good, raised], 1.0).broke == ["errors"]


def test_a_trial_in_which_nothing_completed_is_not_sustained() -> None:
    assert judged(SEARCH, [], 1.0) == (False, "no request completed", [])


def test_the_numbers_stand_in_the_words() -> None:
    slow = requests([0.75] * 50, 1)
    words = "2.00% failed, p95 750.1ms of 50 requests; breaks errors: 2%, p95: 750.1ms"
    assert judged(SEARCH, slow, 1.0).reason == words


def test_a_trial_keeps_its_latencies_and_its_throughput() -> None:
    search = RunningSearch(SEARCH)
    request = search.next()
    assert isinstance(request, TrialRequest)
    trial = search.add(request, 10.0, 12.0, requests([0.1] * 50 + [0.2] * 45 + [0.4] * 5))
    assert (trial.p50, trial.p95, trial.p99) == pytest.approx((0.1, 0.2, 0.4), rel=0.005)
    assert trial.throughput == 50.0


def test_a_trial_of_parts_of_a_second_counted_over_whole_ones() -> None:
    """Those that begin in it: by its own length the target would be a fifth faster than it was, and break a bound."""
    bound = TrialBound(name="rate", kind="throughput", most=35.0)
    search = RunningSearch(SEARCH.model_copy(update={"bounds": [bound]}))
    request = search.next()
    assert isinstance(request, TrialRequest)
    trial = search.add(request, 10.0, 12.5, requests([0.1] * 99))
    assert (trial.throughput, trial.passed) == (33.0, True)


def test_of_too_few_requests_a_trial_tells_no_percentile_but_the_median() -> None:
    trial = RunningSearch(SEARCH).add(TrialRequest(4, 2), 10.0, 12.0, requests([0.1] * 19))
    assert (trial.p50, trial.p95, trial.p99) == (pytest.approx(0.1, rel=0.005), None, None)


FAST, LATE = requests([0.1]), requests([9.0])


@settings(max_examples=40)
@given(st.integers(2, 40), st.integers(1, 3), st.lists(st.booleans(), min_size=30, max_size=30))
def test_no_number_of_users_is_both_sustained_and_not(edge: int, blur: int, answers: list[bool]) -> None:
    """Where few users are searched, several loads that the search asks for are one number of them."""
    plan = SEARCH.model_copy(update={"lowest": 1, "highest": 40, "most_trials": 30})
    running, luck = RunningSearch(plan), iter(answers)
    while isinstance(request := running.next(), TrialRequest):
        users = round(request.load)
        good = users < edge or (users < edge + blur and next(luck))
        running.add(request, 0.0, request.duration, FAST if good else LATE)
    found = running.result(request)
    failed = [trial.users for trial in found.trials if not trial.passed]
    assert found.upper == min(failed, default=None)
    assert found.upper is None or (found.lower or 0) < found.upper


edges = st.integers(1, 220)


def searched(errors_from: int, slow_from: int, plan: CapacitySearch) -> CapacityResult:
    """A target that breaks each bound from so many users on."""
    running = RunningSearch(plan)
    while isinstance(request := running.next(), TrialRequest):
        latency = 9.0 if request.load >= slow_from else 0.1
        failed = 50 if request.load >= errors_from else 0
        running.add(request, 0.0, request.duration, requests([latency] * 100, failed))
    return running.result(request)


@settings(max_examples=40, deadline=None)
@given(edges, edges)
def test_a_bound_more_finds_no_load_that_the_search_without_it_saw_fail(errors: int, slow: int) -> None:
    alone = searched(errors, slow, SEARCH.model_copy(update={"bounds": [ERRORS]}))
    both = searched(errors, slow, SEARCH)
    assert both.lower is None or alone.upper is None or both.lower < alone.upper
    assert both.lower is None or both.lower < min(errors, slow)


@settings(max_examples=40, deadline=None)
@given(edges, edges)
def test_a_lower_bound_kept_every_bound_and_an_upper_one_says_which_it_broke(errors: int, slow: int) -> None:
    found = searched(errors, slow, SEARCH)
    assert all(not one.broke for one in found.trials if one.users == found.lower)
    for one in found.trials:
        broken = {"errors"} if one.users >= errors else set()
        assert set(one.broke) == broken | ({"p95"} if one.users >= slow else set())


def test_a_trial_in_which_nothing_completed_has_no_latencies() -> None:
    search = RunningSearch(SEARCH)
    request = search.next()
    assert isinstance(request, TrialRequest)
    assert search.add(request, 10.0, 12.0, []).p50 is None


@pytest.mark.alone
def test_the_capacity_of_a_queue_is_bracketed_within_three_per_cent(tmp_path: Path) -> None:
    """A queue with 4 places of 50 ms each: N users wait N / 4 x 50 ms, so that 0.5 s are kept by 40 and not by 41."""
    words = {
        "stages": [{"name": "warm-up", "users": 4, "duration": 1}],
        "scenarios": [{"name": "http", "parameters": {"thinkTime": 0}}],
        "capacity": SEARCH.model_copy(update={"bounds": [ERRORS, within(0.506)]}),
    }
    with (
        FreezingServer(delays=(0.05,), places=4) as server,
        DistributedLoad(plan(server.url, **words), tmp_path) as load,
    ):
        result = load.result()
    found = result.capacity
    assert found is not None
    assert found.complete, found
    assert (found.lower, found.upper) == (40, 41)
    assert len(found.trials) <= 15
    assert (
        sum(trial.passed and trial.users == 40 and trial.end - trial.start == 2 for trial in found.trials)
        >= 2
    )
    assert result.findings == []
