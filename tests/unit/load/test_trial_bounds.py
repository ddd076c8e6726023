"""Which bounds does a trial break? By its exact counts, each bound by the requests that it is about."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.api.load_plan import TrialBound
from stresscampaigns.api.load_result import RequestStats
from stresscampaigns.load.trial_bounds import broken, words
from stresscampaigns.stats.histogram import encode
from tests.unit.stats.latencies import histogram_of

SECONDS = 10.0


def requests(
    latencies: list[float], failed: int = 0, name: str = "GET /", scenario: str = "s"
) -> RequestStats:
    kinds = {"HTTP 503": failed} if failed else {}
    histogram = encode(histogram_of(latencies))
    return RequestStats(
        scenario=scenario, name=name, count=len(latencies), failures=kinds, histogram=histogram
    )


def bound(kind: str, most: float, **about: Any) -> TrialBound:
    return TrialBound.model_validate({"name": "it", "kind": kind, "most": most, **about})


GETS = requests([0.1] * 90, failed=9)
POSTS = requests([0.5] * 10, name="POST /", scenario="s-2")


@pytest.mark.parametrize(
    ("kind", "most", "about", "value"),
    [
        ("errorRate", 0.08, {}, "9%"),
        ("errorRate", 0.09, {}, None),
        ("errorRate", 0.09, {"request": "GET /"}, "10%"),
        ("errorRate", 0.0, {"scenario": "s-2"}, None),
        ("latency", 0.4, {}, "500.2ms"),
        ("latency", 0.4, {"percentile": 90}, None),
        ("latency", 0.4, {"request": "GET /"}, None),
        ("latency", 0.4, {"scenario": "s-2", "percentile": 1}, "500.2ms"),
        ("throughput", 9.0, {}, "9.1/s"),
        ("throughput", 9.1, {}, None),
        ("throughput", 0.0, {"request": "POST /"}, "1/s"),
    ],
)
def test_a_bound_is_about_its_own_requests(
    kind: str, most: float, about: dict[str, Any], value: str | None
) -> None:
    found = broken([bound(kind, most, **about)], [GETS, POSTS], SECONDS)
    assert found == ({} if value is None else {"it": value})


@pytest.mark.parametrize("kind", ["errorRate", "latency", "throughput"])
def test_a_bound_on_requests_that_did_not_come_is_not_broken(kind: str) -> None:
    assert broken([bound(kind, 0.0, request="DELETE /")], [GETS, POSTS], SECONDS) == {}


def test_of_too_few_requests_the_slowest_breaks_a_percentile() -> None:
    assert broken([bound("latency", 1.0, percentile=99)], [requests([0.1, 9.0])], SECONDS) == {"it": "9.003s"}


def test_every_percentile_that_is_asked_for_is_told() -> None:
    bounds = [bound("latency", 1.0, percentile=one) for one in (99, 50)]
    assert words(bounds, [GETS, POSTS]) == "9.00% failed, p50 100ms, p99 500.2ms of 100 requests"
    assert words([], [GETS]).startswith("10.00% failed, p95 ")


bounds_of = st.lists(
    st.builds(
        bound,
        st.sampled_from(["errorRate", "latency", "throughput"]),
        st.floats(0, 12),
        request=st.sampled_from([None, "GET /", "POST /"]),
    ),
    max_size=4,
)


@given(bounds_of, bounds_of)
def test_a_bound_more_never_makes_a_trial_pass(some: list[TrialBound], more: list[TrialBound]) -> None:
    assert set(broken(some, [GETS, POSTS], SECONDS)) <= set(broken([*some, *more], [GETS, POSTS], SECONDS))
