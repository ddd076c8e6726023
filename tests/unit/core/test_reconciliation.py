"""What the load sent and what the target counted must agree to the request; what cannot be compared is said."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.api.load_result import Totals
from stresscampaigns.core.observation import CounterView, History, Series
from stresscampaigns.core.reconciliation import reconcile, stands_still, waits

END = 1000.0


def pod(name: str, *points: tuple[float, float]) -> Series:
    return Series({"__name__": "requests_total", "pod": name}, points)


def history(*series: Series) -> History:
    return History(series)


def view(**changes: Any) -> CounterView:
    """Two pods that counted 60 and 40 since the load began, and nothing since its end."""
    fields: dict[str, Any] = {
        "before": history(pod("a", (900, 500)), pod("b", (900, 0))),
        "after": history(pod("a", (1001, 560), (1016, 560)), pod("b", (1008, 40), (1023, 40))),
        "resets": history(pod("a", (1024, 0)), pod("b", (1024, 0))),
    }
    return CounterView(**(fields | changes))


def sent(transmitted: int = 100, answered: int = 100) -> Totals:
    return Totals(transmitted=transmitted, answered=answered)


def doubt(seen: CounterView, totals: Totals | None = None) -> str:
    return reconcile(seen, totals or sent(), END).doubt or ""


def test_equal_counts_are_no_doubt() -> None:
    found = reconcile(view(), sent(), END)
    assert (found.counted, found.doubt) == (100, None)


@pytest.mark.parametrize("transmitted", [99, 101])
def test_one_request_more_or_less_is_a_doubt_with_both_numbers(transmitted: int) -> None:
    found = reconcile(view(), sent(transmitted, transmitted), END)
    assert found.counted == 100
    assert found.doubt == (
        f"counts do not add up: the target counted 100 requests, the load sent {transmitted}"
    )


@given(st.integers(0, 200), st.integers(0, 200))
def test_what_was_not_answered_may_have_arrived_or_not_and_nothing_else(answered: int, lost: int) -> None:
    totals = sent(answered + lost, answered)
    assert (reconcile(view(), totals, END).doubt is None) == (answered <= 100 <= answered + lost)


def test_what_was_not_answered_is_said_where_counts_differ() -> None:
    assert "the load sent 103, of which 2 were not answered" in doubt(view(), sent(103, 101))


def test_a_series_that_first_appears_during_the_load_began_from_nothing() -> None:
    assert doubt(view(before=history(pod("a", (900, 500))))) == ""


def test_a_counter_without_a_value_from_before_cannot_be_compared() -> None:
    found = view(before=history())
    assert "no value from before the load" in doubt(found)
    assert not waits(found, END)


def test_a_pod_that_ended_takes_its_count_with_it() -> None:
    gone = view(after=history(pod("a", (1001, 560), (1016, 560)), pod("b", (999, 40))))
    assert 'pod="b"' in doubt(gone)
    assert "is gone" in doubt(gone)


def test_a_process_that_was_restarted_is_said_so() -> None:
    assert "began anew" in doubt(view(resets=history(pod("a", (1024, 0)), pod("b", (1024, 1)))))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_counter_that_is_no_number_cannot_be_compared(when: str, value: float) -> None:
    strange = {"before": pod("a", (900, value)), "after": pod("a", (1001, value), (1016, value))}
    assert "could not be compared" in doubt(view(**{when: history(strange[when])}))


@pytest.mark.parametrize("which", ["before", "after", "resets"])
def test_a_prometheus_that_does_not_answer_is_said_in_its_words(which: str) -> None:
    found = view(**{which: History(error="503")})
    assert doubt(found) == "counts of load and target could not be compared: 503"
    assert not waits(found, END)


@pytest.mark.parametrize(
    "after",
    [
        history(),
        history(pod("a", (999, 560), (1000, 560))),
        history(pod("a", (1001, 560))),
        history(pod("a", (1001, 559), (1016, 560))),
        history(pod("a", (1001, 560), (1016, 560)), pod("b", (1008, 40))),
    ],
)
def test_until_two_scrapes_after_the_end_are_equal_it_is_waited_for(after: History) -> None:
    found = view(after=after)
    assert not stands_still(found, END)
    assert waits(found, END)
    assert "stand still" in doubt(found)


def test_earlier_movement_does_not_matter_once_it_stands_still() -> None:
    assert stands_still(view(after=history(pod("a", (1001, 1), (1002, 560), (1003, 560)))), END)
