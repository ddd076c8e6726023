"""What trials are judged by: the campaign's checks without a window of their own, and the search's own bounds."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.api.campaign import RunTemplate
from stresscampaigns.api.load_plan import TrialBound
from stresscampaigns.core.capacity.criteria import applied, trial_bounds
from stresscampaigns.core.capacity.record import judged_by
from tests.unit.core.builders import template, words

USUAL = ["capacity.errorRate", "capacity.latency"]
ANY_REQUEST: list[dict[str, Any]] = [
    {"name": "errors", "error_rate": {}, "max": "2%"},
    {"name": "p99", "latency": {"percentile": 99}, "max": "3s"},
]


def searching(*checks: dict[str, Any], **capacity: Any) -> RunTemplate:
    load = words()["load"] | {"capacity": {"highest": 200, **capacity}}
    return template(load=load, checks=list(checks) or [{"name": "holds", "capacity": {}, "min": 20}])


def names(*checks: dict[str, Any], **capacity: Any) -> list[str]:
    return [bound.name for bound in trial_bounds(searching(*checks, **capacity))]


def test_without_a_search_there_is_nothing_to_judge() -> None:
    assert trial_bounds(template(checks=ANY_REQUEST)) == []


def test_where_no_check_says_otherwise_the_usual_bounds_hold() -> None:
    assert trial_bounds(searching()) == [
        TrialBound(name="capacity.errorRate", kind="errorRate", most=0.01),
        TrialBound(name="capacity.latency", kind="latency", percentile=95, most=1.0),
    ]


def test_checks_of_all_requests_take_the_place_of_the_usual_bounds() -> None:
    assert trial_bounds(searching(*ANY_REQUEST)) == [
        TrialBound(name="errors", kind="errorRate", most=0.02),
        TrialBound(name="p99", kind="latency", percentile=99, most=3.0),
    ]


@pytest.mark.parametrize("part", [{"name": "GET /"}, {"scenario": "http"}])
def test_a_check_of_some_requests_bounds_them_beside_the_usual_bounds(part: dict[str, str]) -> None:
    some = {"name": "some", "error_rate": part, "max": "5%"}
    (bound, *others) = trial_bounds(searching(some))
    assert (bound.request, bound.scenario, bound.most) == (part.get("name"), part.get("scenario"), 0.05)
    assert [one.name for one in others] == USUAL


def test_bounds_that_the_search_itself_gives_hold_beside_the_checks() -> None:
    own = {"error_rate": "4%", "latency": {"percentile": 50, "max": "200ms"}}
    assert names(*ANY_REQUEST, **own) == ["errors", "p99", *USUAL]
    assert trial_bounds(searching(*ANY_REQUEST, **own))[-1].most == 0.2


@pytest.mark.parametrize(
    "check",
    [
        {"error_rate": {}, "max": "1%", "during": "low"},
        {"error_rate": {}, "max": "1%", "after": "cut"},
        {"latency": {"percentile": 95}, "max": "120%", "during": "high", "compared_to": "low"},
        {"recovery": {"fault": "cut"}, "max": "15s"},
        {"restarts": {"fault": "cut"}, "max": 0},
        {"capacity": {}, "min": 20},
    ],
)
def test_a_check_with_a_window_of_its_own_judges_no_trial(check: dict[str, Any]) -> None:
    named = {"name": "own", **check}
    assert names(named) == USUAL
    assert applied(searching(named)) == []


@pytest.mark.parametrize(
    "check",
    [
        {"throughput": {}, "min": 50},
        {"error_rate": {"name": "GET / refused"}, "min": "50%"},
        {"query": "max(x)", "max": 1},
        {"saturation": {"resource": "cpu"}, "max": "90%"},
        {"throughput": {}, "max": "90%"},
    ],
)
def test_what_the_load_cannot_hold_against_a_trial_is_judged_afterwards(check: dict[str, Any]) -> None:
    """Too little comes of too few users, too; Prometheus' numbers are not the load's; 90 % of what?"""
    named = {"name": "later", **check}
    assert names(named) == USUAL
    assert [one.name for one in applied(searching(named))] == ["later"]


def test_it_is_told_what_every_trial_was_judged_by() -> None:
    pool = {"name": "pool", "query": "max(x)", "min": 0, "max": "0.9"}
    assert judged_by(searching(ANY_REQUEST[0], pool)) == [
        "errors <= 2%",
        "pool >= 0, <= 0.9",
        "capacity.latency p95 <= 1s",
    ]
    assert judged_by(searching())[0] == "capacity.errorRate <= 1%"


@given(st.sets(st.sampled_from(["errors", "p99"])), st.booleans(), st.booleans())
def test_errors_and_latency_of_all_requests_are_always_bounded(
    wanted: set[str], errors: bool, latency: bool
) -> None:
    checks = [one for one in ANY_REQUEST if one["name"] in wanted]
    own = ({"error_rate": "1%"} if errors else {}) | ({"latency": {}} if latency else {})
    bounds = trial_bounds(searching(*checks, **own))
    assert {one.kind for one in bounds if one.request is None} == {"errorRate", "latency"}
