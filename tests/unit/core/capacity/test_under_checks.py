"""Trials judged by all checks once the search is over: a lower bound keeps every one of them."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stresscampaigns.api.capacity_record import CapacityRecord
from stresscampaigns.api.load_plan import trial_window
from stresscampaigns.api.load_result import CapacityResult, CapacityTrial
from stresscampaigns.api.saturation import TargetPod
from stresscampaigns.api.written_set import WrittenSet
from stresscampaigns.core.analysis import judge as judge_run
from stresscampaigns.core.capacity.efficiency import CORES
from stresscampaigns.core.capacity.under_checks import under_checks
from stresscampaigns.core.checks import judge
from stresscampaigns.core.evidence import Evidence
from stresscampaigns.core.observation import Answer, History, LoadView, Series
from stresscampaigns.core.plan import capacity_search
from stresscampaigns.core.saturation.uses import Line, Sample, Use
from stresscampaigns.stats.capacity import Trial, search_of, shown
from tests.unit.core.builders import LOAD_END, T0, run, seen, template, under_load, words
from tests.unit.core.capacity.trials import found, trial, trial_windows, void
from tests.unit.core.measurements import evidence, requests, result, windows

POOL: dict[str, Any] = {"name": "pool", "query": "max(x)", "max": "0.9"}
RATE: dict[str, Any] = {"name": "rate", "throughput": {}, "min": 4}
CAPACITY: dict[str, Any] = {"name": "holds", "capacity": {}, "min": 40}
SEARCH = {"highest": 200, "trial": "20s", "confirm": "20s", "confirmations": 1}
USERS = (10, 20, 40, 70, 60, 60)
"""Of trials 1 to 6; those of 60 users are the last, and pass, that of 70 does not."""
COUNTED = [*windows(), *trial_windows({}, [requests([10.0] * 100)])]


def pool(**highest: float | None) -> dict[str, Answer]:
    """What Prometheus says, by users: the highest share; of the stages, and where nothing is said, it is low."""
    parts = {trial_window(number): f"at{users}" for number, users in enumerate(USERS, 1)}
    values = {part: highest.get(at, 0.5) for part, at in parts.items()} | {"stages:all": 0.5}
    known = {part: value for part, value in values.items() if value is not None}
    return {f"pool/{part}": Answer((value,), covered=1.0) for part, value in known.items()}


def measured(*checks: dict[str, Any], search: CapacityResult | None = None, **changes: Any) -> Evidence:
    """A search of six trials, in each of which a hundred requests took 10 ms, that is 5 a second."""
    load = words()["load"] | {"capacity": SEARCH}
    load_result = result(windows=COUNTED, capacity=search or found(), written=changes.pop("written", None))
    return evidence(template=template(load=load, checks=[*checks, CAPACITY]), result=load_result, **changes)


def judged(known: Evidence) -> CapacityResult:
    assert known.result.capacity is not None
    return under_checks(known, known.result.capacity)


def bounds(found: CapacityResult) -> tuple[int | None, int | None]:
    return found.lower, found.upper


def at(found: CapacityResult, users: int) -> CapacityTrial:
    return next(one for one in found.trials if one.users == users)


def test_where_every_check_is_kept_nothing_changes() -> None:
    assert judged(measured(POOL, answers=pool(at70=0.5))) == found()


def test_a_check_that_broke_at_the_lower_bound_takes_it_away() -> None:
    told = judged(measured(POOL, answers=pool(at60=0.97)))
    assert bounds(told) == (40, 60)
    assert at(told, 60).broke == ["pool"]
    assert at(told, 60).reason == "0.00% failed; breaks pool: 0.97"
    assert told.notes[0] == "at 60 users the search went on, but 0.00% failed; breaks pool: 0.97"


def test_by_few_requests_the_searchs_own_percentile_is_not_kept_either() -> None:
    """A target that hangs answers a few at once and the others never: by those few alone it would be fast."""
    known = measured()
    few = known.result.model_copy(
        update={"windows": [*windows(), *trial_windows({}, [requests([10.0] * 3)])]}
    )
    told = judged(replace(known, result=few))
    assert bounds(told) == (None, 70)
    assert at(told, 60).undecided
    assert (
        "capacity.latency: no answer: 3 requests are too few for this percentile; it takes 20"
        in at(told, 60).reason
    )


def test_a_check_that_broke_above_the_lower_bound_is_said_and_changes_nothing() -> None:
    told = judged(measured(POOL, answers=pool(at70=0.97)))
    assert bounds(told) == (60, 70)
    assert at(told, 70).broke == ["pool"]
    assert told.notes == []


def test_where_a_check_has_no_answer_no_load_is_claimed_to_be_sustained() -> None:
    told = judged(measured(POOL, answers=pool(at60=None)))
    assert bounds(told) == (40, 70)
    assert (at(told, 60).passed, at(told, 60).failed, at(told, 60).undecided) == (False, False, True)
    assert "pool: no answer: Prometheus was not asked" in told.notes[0]


def test_below_the_lower_bound_no_answer_is_needed() -> None:
    told = judged(measured(POOL, answers=pool(at10=None)))
    assert (bounds(told), told.notes, told.complete) == ((60, 70), [], True)


def test_one_trial_without_an_answer_is_made_up_for_by_another_of_the_same_load() -> None:
    answers = pool()
    del answers["pool/trial:5"]
    assert bounds(judged(measured(POOL, answers=answers))) == (60, 70)


def test_too_little_throughput_takes_a_lower_bound_away_but_is_no_overload() -> None:
    told = judged(measured(RATE | {"min": 6}))
    assert bounds(told) == (None, 70)
    assert at(told, 10).undecided
    assert "rate: 5/s in trial 6 breaks >= 6" in told.notes[3]


def test_too_little_is_no_overload_where_too_much_is_bounded_as_well() -> None:
    assert at(judged(measured(RATE | {"min": 6, "max": 100})), 10).undecided


def test_what_the_load_said_itself_is_not_said_twice() -> None:
    failed = trial(70, passed=False, broke=["pool"], reason="breaks pool: 0.97")
    search = found(*found().trials[:3], failed, *found().trials[4:])
    told = at(judged(measured(POOL, search=search, answers=pool(at70=0.97))), 70)
    assert (told.broke, told.reason) == (["pool"], "breaks pool: 0.97")


def test_what_was_too_much_by_either_bound_has_failed() -> None:
    told = judged(measured(RATE | {"min": 1, "max": 4}))
    assert (bounds(told), at(told, 10).broke) == ((None, 10), ["rate"])


def test_a_resource_that_was_full_in_a_trial_counts_by_the_time_of_that_trial() -> None:
    """Of the pool all was in use from second 110 on, half of it before."""
    samples = tuple(Sample(float(t), 5.0 if t < 110 else 10.0, 10.0) for t in range(121))
    use = Use("db-pool", (Line(None, "", samples),))
    wanted = {"name": "full", "saturation": {"resource": "db-pool"}, "max": "90%"}
    own = {"name": "db-pool", "used": "used", "limit": "limit"}
    load = words()["load"] | {"capacity": SEARCH}
    asked = template(load=load, checks=[wanted], saturation=[own])
    known = evidence(template=asked, result=result(windows=COUNTED, capacity=found()), uses=[use])
    told = judged(known)
    assert [one.broke for one in told.trials] == [[], [], [], [], [], ["full"]]
    assert bounds(told) == (40, 60)


@pytest.mark.parametrize(("lost", "lower"), [(0, 60), (1, None)])
def test_a_write_that_is_lost_may_have_been_lost_in_any_trial(lost: int, lower: int | None) -> None:
    written = WrittenSet(attempted=100, acknowledged=100, kept=100 - lost, lost=lost)
    told = judged(measured({"name": "kept", "data_loss": {}, "max": 0}, written=written))
    assert told.lower == lower


def test_a_trial_that_was_left_out_is_judged_by_nothing() -> None:
    full = {f"pool/trial:{number}": Answer((0.97,), covered=1.0) for number in range(1, 8)}
    told = judged(measured(POOL, search=found(void(60), *found().trials), answers=full))
    assert told.trials[0] == void(60)


def test_numbers_that_nobody_trusts_are_judged_all_the_same() -> None:
    """It is said elsewhere, and every check on them is Inconclusive."""
    assert judged(measured(RATE, untrusted=("a worker was lost",))) == found()


def test_what_the_search_said_of_the_generator_is_kept() -> None:
    search = found().model_copy(update={"notes": ["the generator is the limit at 90 users"]})
    assert "the generator is the limit at 90 users" in judged(measured(POOL, search=search)).notes
    told = judged(measured(POOL, search=search, answers=pool(at60=0.97)))
    assert "the generator is the limit at 90 users" in told.notes


def test_a_capacity_check_is_answered_by_the_bounds_that_are_left() -> None:
    known = measured(POOL, answers=pool(at60=0.97, at40=None))
    told = known.result.model_copy(update={"capacity": judged(known)})
    (check,) = (one for one in known.template.checks if one.capacity)
    assert judge(check, evidence(template=known.template, result=told)).verdict == "Inconclusive"


def figures(**highest: float) -> CapacityRecord:
    """As the run's status tells it, where in the last trial at 60 users the pod used half a core."""
    load = words()["load"] | {"capacity": SEARCH}
    seen_then = LoadView(True, result=result(windows=COUNTED, capacity=found()))
    used = {CORES: History((Series({"pod": "agents-0"}, ((T0, 0.5),)),))}
    look = seen(LOAD_END + 1, load=seen_then, answers=pool(**highest), histories=used)
    pods = [TargetPod(name="agents-0", uid="uid-agents-0")]
    status = under_load(phase="Analysing", target_pods=pods)
    told = judge_run(run(status, load=load, checks=[POOL], faults=None), look).status.capacity
    assert told is not None
    return told


def test_what_the_target_used_at_another_bound_is_no_figure_of_this_one() -> None:
    """Prometheus was asked before the checks were answered."""
    assert (figures().lower, figures().per_core) == (60, "960/s per core (0.5 cores in use at 60 users)")
    moved = figures(at60=0.97)
    assert (moved.lower, moved.per_core) == (40, "unknown: Prometheus was not asked")


VALUES = st.sampled_from([0.5, 0.95, None])
answers_of = st.fixed_dictionaries({f"trial:{number}": VALUES for number in range(1, 7)})


def said(name: str, values: dict[str, float | None]) -> dict[str, Answer]:
    known = {part: value for part, value in values.items() if value is not None}
    return {f"{name}/{part}": Answer((value,), covered=1.0) for part, value in known.items()}


@settings(deadline=None)
@given(answers_of, answers_of, st.integers(1, 2))
def test_one_check_more_never_raises_a_bound(
    one: dict[str, float | None], more: dict[str, float | None], confirmations: int
) -> None:
    search = SEARCH | {"confirmations": confirmations}
    answers = said("pool", one) | said("memory", more)
    load = words()["load"] | {"capacity": search}
    first, second = POOL, POOL | {"name": "memory"}
    fewer, all_of_them = (
        judged(
            evidence(
                template=template(load=load, checks=checks), result=result(capacity=found()), answers=answers
            )
        )
        for checks in ([first], [first, second])
    )
    assert (all_of_them.lower or 0) <= (fewer.lower or 0)
    assert (all_of_them.upper or 0) <= (fewer.upper or 0)


@settings(deadline=None)
@given(answers_of)
def test_a_lower_bound_keeps_every_check_in_its_own_trial_and_none_below_it_broke_one(
    values: dict[str, float | None],
) -> None:
    told = judged(measured(POOL, answers=said("pool", values)))
    held = {USERS[number - 1] for number in range(1, 7) if values[f"trial:{number}"] == 0.5}
    broke = {USERS[number - 1] for number in range(1, 7) if values[f"trial:{number}"] == 0.95} | {70}
    assert told.lower is None or told.lower in held
    assert told.upper == min(broke)
    assert told.lower is None or told.lower < told.upper


def test_the_bounds_are_those_that_a_search_would_have_shown() -> None:
    told = judged(measured(POOL, answers=pool(at60=0.97)))
    search = measured().template.load.search
    assert search is not None
    done = [Trial(float(one.users), 20.0, one.passed, one.reason) for one in told.trials]
    same = shown(search_of(capacity_search(search)), done)
    assert (same.lower, same.upper, same.complete) == (told.lower, told.upper, told.complete)


def test_more_users_than_before_may_be_what_a_trial_is_called() -> None:
    """Numbers, not users, tell the trials apart."""
    search = found(trial(60, 0), trial(60, 20), upper=None)
    answers = said("pool", {"trial:1": 0.5, "trial:2": 0.95})
    assert bounds(judged(measured(POOL, search=search, answers=answers))) == (None, 60)
