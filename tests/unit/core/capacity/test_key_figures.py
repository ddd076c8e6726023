"""A search's key figures: throughput, latencies at each level, operations by core and by gigabyte, what broke."""

import pytest

from stresscampaigns.api.capacity_record import CapacityRecord
from stresscampaigns.api.load_result import CapacityResult
from stresscampaigns.core.capacity.efficiency import CORES, MEMORY, efficiency_questions
from stresscampaigns.core.capacity.record import Surroundings, capacity_record
from stresscampaigns.core.observation import History, Series
from tests.unit.core.builders import T0
from tests.unit.core.capacity.trials import TRIALS, found, trial, void


def one_each(**values: float) -> History:
    """One value for each pod."""
    return History(tuple(Series({"pod": pod}, ((T0, value),)) for pod, value in values.items()))


USED = {CORES: one_each(a=0.5, b=0.3), MEMORY: one_each(a=1e8, b=3e8)}


def told(
    search: CapacityResult | None = None,
    histories: dict[str, History] | None = None,
    untrusted: tuple[str, ...] = (),
) -> CapacityRecord:
    known = Surroundings(
        histories or USED, ["a", "b"], lambda start, end: f"from {start:g} to {end:g}", untrusted
    )
    return capacity_record(search or found(), known)


def test_the_throughput_at_the_lower_bound_is_the_least_of_its_trials_that_passed() -> None:
    search = found(*TRIALS, trial(60, throughput=470.0), trial(60, passed=False, throughput=300.0))
    assert told(search).throughput == "470/s"


def test_each_trial_has_its_latencies() -> None:
    (first, *_) = told().trials or []
    assert (first.users, first.p50, first.p95, first.p99) == (10, "50ms", "200ms", "500ms")


def test_a_trial_that_was_left_out_is_shown_with_its_reason_and_neither_passed_nor_failed() -> None:
    (shown, *_) = told(found(void(40), *TRIALS)).trials or []
    assert (shown.users, shown.passed, shown.void) == (40, None, True)
    assert shown.reason == "left out: load-0 used 93% of its core"
    assert "passed" not in shown.to_wire()


def test_a_trial_that_counts_says_nothing_of_being_left_out() -> None:
    (shown, *_) = told().trials or []
    assert "void" not in shown.to_wire()


def test_trials_that_were_left_out_change_no_figure() -> None:
    disturbed = found(*TRIALS, void(60, 200), void(70, 220))
    assert told(disturbed).model_copy(update={"trials": None}) == told().model_copy(update={"trials": None})
    asked = (efficiency_questions(one, "staging", ["a"], T0) for one in (disturbed, found()))
    assert next(asked) == next(asked)


def test_operations_by_core_and_by_gigabyte_are_those_of_all_pods_together() -> None:
    assert told().per_core == "600/s per core (0.8 cores in use at 60 users)"
    assert told().per_gigabyte == "1200/s per GB (0.4 GB in use at 60 users)"


def test_a_pod_that_was_not_seen_makes_them_unknown() -> None:
    record = told(histories={CORES: one_each(a=0.5), MEMORY: History(error="503")})
    assert record.per_core == "unknown: Prometheus has no number for b in that trial"
    assert record.per_gigabyte == "unknown: 503"


def test_where_nothing_was_used_nothing_is_divided() -> None:
    assert told(histories={CORES: one_each(a=0.0, b=0.0)}).per_core == "unknown: Prometheus answers 0"


def test_where_nothing_was_sustained_there_is_nothing_to_tell() -> None:
    record = told(found(lower=None))
    assert (record.throughput, record.per_core) == (None, "unknown: no load was sustained")


def test_what_broke_is_told_with_what_was_full_in_that_trial() -> None:
    assert told().failure == "at 70 users: 2.10% failed; from 60 to 80"


def test_what_broke_first_is_what_broke_at_the_upper_bound_in_any_of_its_trials() -> None:
    later, first = trial(200, broke=["errors", "p95"]), trial(70, broke=["p95"])
    search = found(*TRIALS[:3], later, first, trial(70, broke=["pool", "p95"]), trial(60))
    assert told(search).broke_first == ["p95", "pool"]
    assert [one.broke for one in told(search).trials or []][2:5] == [None, ["errors", "p95"], ["p95"]]


def test_a_trial_that_is_undecided_has_neither_passed_nor_failed() -> None:
    (shown,) = told(found(trial(10, passed=False, undecided=True))).trials or []
    assert (shown.passed, shown.undecided) == (None, True)


def test_a_trial_that_is_undecided_cannot_have_passed() -> None:
    with pytest.raises(ValueError, match="can neither have passed"):
        trial(10, passed=True, undecided=True)


def test_where_nothing_broke_there_is_no_failure() -> None:
    assert told(found(upper=None)).failure is None


def test_numbers_that_cannot_be_trusted_fit_no_law() -> None:
    law = told(untrusted=("a worker was lost",)).scalability
    assert law is not None
    assert (law.alpha, law.inconclusive) == (None, "the load's numbers cannot be trusted: see invalidBecause")


def test_prometheus_is_asked_about_the_last_trial_at_the_lower_bound() -> None:
    asked = efficiency_questions(found(), "staging", ["a", "b"], T0 + 0.4)
    assert {(one.start, one.end, one.step) for one in asked.values()} == {(T0 + 120, T0 + 120, 1)}
    assert "container_cpu_usage_seconds_total" in asked[CORES].query
    assert asked[CORES].query.count("[19s]") == 2
    assert asked[MEMORY].query.endswith("[19s:1s]))")


def test_without_a_sustained_load_nothing_is_asked() -> None:
    assert efficiency_questions(None, "staging", [], T0) == {}
    assert efficiency_questions(found(lower=None), "staging", [], T0) == {}
