"""A service that hangs for some while it answers others: who waits as a window ends is known by their ends after it."""

from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stresscampaigns.api.load_plan import PlannedWindow
from stresscampaigns.api.load_result import LoadResult
from stresscampaigns.api.status import CheckResult
from stresscampaigns.api.under_way import AGES, UnderWay
from stresscampaigns.core.checks import judge
from stresscampaigns.load.aggregate import Aggregate
from stresscampaigns.load.recorder import Counted
from tests.unit.core.builders import check
from tests.unit.core.measurements import BOUNDS, evidence, requests, result, seconds, windows

P95: dict[str, Any] = {"latency": {"percentile": 95}, "max": "1s"}
ERROR_RATE: dict[str, Any] = {"error_rate": {}, "max": "1%"}
BEGIN, END = 50, 60
"""Of the fault's window."""


def waited(at: int, number: int, age: float, failed: int = 0, **names: str) -> UnderWay:
    """So many were under way then, for so long."""
    place = AGES.index(age)
    counts, of_failed = [0] * len(AGES), [0] * len(AGES)
    counts[place], of_failed[place] = number, failed
    return UnderWay(**{"t": at, "scenario": "http", "name": "GET /"} | names, counts=counts, failed=of_failed)


def load(*under_way: UnderWay, cut: int = 200, **changes: Any) -> LoadResult:
    """In the fault's window, as before and after it, what completed was good."""
    fields = {
        "seconds": seconds("+" * 100),
        "windows": windows({"cut": [requests([10.0] * cut)]}),
        "under_way": list(under_way),
    }
    return result(**fields | changes)


def asked(question: dict[str, Any], measured: LoadResult, window: str | None = "cut") -> CheckResult:
    return judge(check(**question | ({"during": window} if window else {})), evidence(result=measured))


def test_what_surely_took_too_long_when_the_window_ended_breaks_a_percentile_that_those_answered_keep() -> (
    None
):
    told = asked(P95, load(waited(END, 20, 7.0)))
    assert told.verdict == "Failed"
    assert (told.value, told.samples) == ("more than 1s", 220)
    assert told.message == (
        "it: more than 1s during cut breaks <= 1s: beside the 200 requests that ended in it, 20 more were under way "
        "at its end, for 2s or longer by then"
    )


@pytest.mark.parametrize(("number", "verdict"), [(10, "Passed"), (11, "Failed")])
def test_of_211_requests_eleven_may_not_be_slower_than_the_95th_percentile(number: int, verdict: str) -> None:
    """200 of 210 are 95.2 %, 200 of 211 are 94.8 %."""
    assert asked(P95, load(waited(END, number, 7.0))).verdict == verdict


def test_they_count_with_those_that_ended_in_the_window_too_late() -> None:
    slow = windows({"cut": [requests([10.0] * 190 + [5000.0] * 10)]})
    assert asked(P95, load(windows=slow)).verdict == "Passed"
    assert asked(P95, load(waited(END, 1, 7.0), windows=slow)).verdict == "Failed"


def test_requests_of_which_no_few_are_slow_at_any_time_change_nothing() -> None:
    """As many have been under way for so long at the window's begin: these are not of the window's making."""
    assert asked(P95, load(waited(BEGIN, 20, 7.0), waited(END, 20, 7.0))).verdict == "Passed"
    assert asked(P95, load(waited(BEGIN, 5, 7.0), waited(END, 20, 7.0))).verdict == "Failed"


def test_those_of_which_it_is_not_known_whether_they_were_so_old_are_taken_for_what_changes_nothing() -> None:
    """Ages are known within a second: 1.5 s at the begin may be 2.4 s, and 1.5 s at the end may be no more."""
    assert asked(P95, load(waited(BEGIN, 20, 1.5), waited(END, 20, 2.0))).verdict == "Passed"
    assert asked(P95, load(waited(END, 20, 1.5))).verdict == "Passed"


young = st.tuples(
    st.integers(0, 1000), st.sampled_from([age for age in AGES if age < 30]), st.integers(0, 1000)
)


@given(
    st.lists(st.tuples(st.sampled_from([40, BEGIN, END, 100]), young)),
    st.sampled_from(["cut", "low", "high"]),
)
def test_requests_that_may_still_keep_the_bound_change_no_answer(
    under_way: list[tuple[int, tuple[int, float, int]]], window: str
) -> None:
    those = [waited(at, number, age, min(number, failed)) for at, (number, age, failed) in under_way]
    question = P95 | {"max": "30s"}
    assert asked(question, load(*those), window) == asked(question, load(), window)


@given(st.lists(st.tuples(st.sampled_from([40, BEGIN, END, 100]), young)))
def test_whatever_is_under_way_the_answer_of_the_whole_load_lacks_nothing(
    under_way: list[tuple[int, tuple[int, float, int]]],
) -> None:
    those = [waited(at, number, age, min(number, failed)) for at, (number, age, failed) in under_way]
    for question in (P95, ERROR_RATE):
        assert asked(question, load(*those), window=None).verdict == "Passed"


@pytest.mark.parametrize(
    ("names", "verdict"),
    [
        ({"name": "GET /", "scenario": "http"}, "Failed"),
        ({"name": "GET /"}, "Failed"),
        ({"name": "GET /other"}, "Passed"),
        ({"scenario": "other"}, "Passed"),
    ],
)
def test_only_those_asked_for_count(names: dict[str, str], verdict: str) -> None:
    answered = [
        requests([10.0] * 200, name=name, scenario=scenario)
        for name in ("GET /", "GET /other")
        for scenario in ("http", "other")
    ]
    measured = load(waited(END, 100, 7.0), windows=windows({"cut": answered}))
    assert asked(P95 | {"latency": {"percentile": 95, **names}}, measured).verdict == verdict


def test_a_share_of_another_window_is_unknown_where_they_would_bring_it_beyond_its_bound() -> None:
    compared = P95 | {"max": "150%", "compared_to": "low"}
    assert asked(compared, load()).verdict == "Passed"
    told = asked(compared, load(waited(END, 20, 7.0)))
    assert told.verdict == "Inconclusive"
    assert "20 more were under way at its end, for 2s or longer by then" in told.message
    assert asked(compared, load(waited(END, 10, 7.0))).verdict == "Passed"


def test_what_breaks_the_bound_without_them_is_told_as_ever() -> None:
    slow = windows({"cut": [requests([5000.0] * 200)]})
    told = asked(P95, load(waited(END, 20, 7.0), windows=slow))
    assert (told.verdict, told.value) == ("Failed", "5.001s")


def test_failures_of_those_that_waited_unusually_long_leave_a_kept_error_rate_unanswered() -> None:
    told = asked(ERROR_RATE, load(waited(END, 20, 7.0, failed=20)))
    assert told.verdict == "Inconclusive"
    assert told.message == (
        "it: no answer: 20 requests that were under way at its end, for 2s or longer by then, failed after it, or may "
        "have: with them 9.09% of 220 fail; let the window be longer than the requests' timeout, or the timeout shorter"
    )


@pytest.mark.parametrize(
    "under_way",
    [
        [waited(END, 20, 7.0)],
        [waited(END, 20, 7.0, failed=2)],
        [waited(END, 20, 1.5, failed=20)],
        [waited(BEGIN, 20, 7.0, failed=20), waited(END, 20, 7.0, failed=20)],
        [waited(BEGIN, 20, 7.0, failed=20)],
    ],
    ids=[
        "they ended well",
        "so few failed",
        "no longer than a pause",
        "as many at its begin",
        "only at its begin",
    ],
)
def test_an_error_rate_is_answered_where_they_could_not_break_it(under_way: list[UnderWay]) -> None:
    assert asked(ERROR_RATE, load(*under_way)).verdict == "Passed"


def test_where_requests_usually_take_as_long_what_fails_after_the_window_is_of_after_the_window() -> None:
    slow = windows({"cut": [requests([8000.0] * 200)]})
    assert asked(ERROR_RATE, load(waited(END, 20, 7.0, failed=20), windows=slow)).verdict == "Passed"
    assert asked(ERROR_RATE, load(waited(END, 20, 10.0, failed=20), windows=slow)).verdict == "Inconclusive"


def test_requests_that_fail_slowly_in_the_window_do_not_make_it_usual() -> None:
    """Of 200, four have failed after their timeout; 20 more wait for it."""
    timeouts = windows({"cut": [requests([9000.0] * 4 + [10.0] * 196, failed=4)]})
    at_most = ERROR_RATE | {"max": "3%"}
    assert asked(at_most, load(windows=timeouts)).verdict == "Passed"
    assert asked(at_most, load(waited(END, 20, 7.0, failed=20), windows=timeouts)).verdict == "Inconclusive"


def test_a_record_from_before_it_was_kept_is_read_and_judged_as_it_was() -> None:
    told = load().model_dump()
    del told["under_way"]
    older = LoadResult.model_validate(told)
    for question in (P95, ERROR_RATE):
        assert asked(question, older).verdict == "Passed"


def counted(*sent: tuple[float, float, bool]) -> LoadResult:
    """What a coordinator makes of requests: from when, for how long, and did it fail."""
    made = Aggregate(
        [PlannedWindow(name=name, start=start, end=end) for name, (start, end) in BOUNDS.items()]
    )
    for began, took, failed in sent:
        one = requests([took * 1000], failed=int(failed))
        entry = {
            "scenario": "http",
            "name": "GET /",
            "count": 1,
            "failures": one.failures,
            "histogram": one.histogram,
        }
        made.add(int(began + took), [cast(Counted, entry)])
    return load(windows=made.window_stats(), under_way=made.under_way())


GOOD = [(t / 5, 0.01, False) for t in range(500)]


@pytest.mark.parametrize(("failed", "verdict"), [(True, "Inconclusive"), (False, "Passed")])
def test_of_three_pods_one_accepts_and_never_answers_until_the_fault_is_over(
    failed: bool, verdict: str
) -> None:
    """A fault of 10 s, a timeout of 10 s: whoever hung has ended just after it, one way or the other."""
    hung = [(50.2 + number / 10, 10.0, failed) for number in range(12)]
    measured = counted(*GOOD, *hung)
    assert asked(P95, measured).verdict == "Failed"
    assert asked(ERROR_RATE, measured).verdict == verdict
    assert asked(P95, measured.model_copy(update={"under_way": []})).verdict == "Passed"


@given(st.lists(st.tuples(st.floats(0, 99), st.floats(0.001, 9.9), st.booleans()), max_size=60))
@settings(max_examples=50, deadline=None)
def test_whatever_a_load_sees_that_is_within_the_bound_changes_no_answer(
    sent: list[tuple[float, float, bool]],
) -> None:
    measured = counted(*GOOD[::5], *sent)
    unknown = measured.model_copy(update={"under_way": []})
    for window in ("low", "high", "cut", "after:cut"):
        question = P95 | ({"after": "cut"} if window == "after:cut" else {"during": window}) | {"max": "10s"}
        assert asked(question, measured, None) == asked(question, unknown, None)
