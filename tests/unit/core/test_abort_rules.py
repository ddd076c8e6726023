"""A rule that holds ends the run; one of which nothing is known does not, and says so."""

from typing import Any

import pytest

from stresscampaigns.api.load_events import AbortWanted, Finished, Started
from stresscampaigns.api.load_plan import PlannedAbortRule, PlannedRecoveryRule
from stresscampaigns.api.run import Clocks, FaultPod, StressRunStatus
from stresscampaigns.core.abort_rules import questions
from stresscampaigns.core.actions import DeleteLoad, EndFault, KeepRecord
from stresscampaigns.core.observation import History, LoadView, Series
from stresscampaigns.core.plan import load_plan, planned_search
from stresscampaigns.core.progress import Decision
from stresscampaigns.core.run_cleanup import RESULTS_PATIENCE
from stresscampaigns.core.runs import decide
from stresscampaigns.core.saturation.questions import Question
from tests.unit.core.builders import (
    CUT,
    FAULT_START,
    LOAD_END,
    T0,
    run,
    seen,
    sidecar,
    template,
    under_load,
    words,
)
from tests.unit.core.measurements import fault_record, result

MELTDOWN: dict[str, Any] = {"name": "meltdown", "error_rate": {}, "above": "50%", "for": "1m"}
POOL: dict[str, Any] = {"name": "pool", "query": "max(waiting)", "above": 10, "for": "5s"}
NOW = T0 + 55
TOLD = AbortWanted(at=NOW, rule="meltdown", value=0.632)
IN_FORCE = FaultPod(pod="postgres-0", uid="uid-postgres-0", injected_at=FAULT_START)


def planned(rule: dict[str, Any]) -> list[PlannedAbortRule]:
    return load_plan(template(abort_when=[rule]), "r-1", "r", "staging").abort_rules


def test_the_load_gets_the_rules_on_requests_in_plain_numbers() -> None:
    latency = {
        "name": "slow",
        "latency": {"percentile": 99, "scenario": "http"},
        "above": "2s",
        "for": "1500ms",
    }
    assert planned(MELTDOWN) == [PlannedAbortRule(name="meltdown", kind="errorRate", above=0.5, seconds=60)]
    assert planned(latency) == [
        PlannedAbortRule(name="slow", kind="latency", percentile=99, scenario="http", above=2.0, seconds=2)
    ]
    assert planned({"name": "few", "throughput": {"name": "GET /"}, "below": "0.5"}) == [
        PlannedAbortRule(name="few", kind="throughput", request="GET /", below=0.5, seconds=10)
    ]
    assert planned(POOL) == []


def test_of_a_rule_on_recovery_the_load_is_told_what_good_means_and_when_it_begins_to_matter() -> None:
    heals = {"name": "heals", "recovery": {"fault": "*", "good_p95": "500ms"}, "above": "30s"}
    plan = load_plan(template(abort_when=[heals]), "r-1", "r", "staging")
    assert plan.recovery_rules == [
        PlannedRecoveryRule(name="heals", start=50, max_error_ratio=0.01, max_p95_us=500_000, good_seconds=3)
    ]
    assert plan.abort_rules == []


def test_prometheus_is_asked_for_as_long_as_the_rule_says_once_the_load_is_on_for_so_long() -> None:
    asked = run(under_load(), abort_when=[MELTDOWN, POOL])
    assert questions(asked, (), T0 + 4.9) == {}
    assert questions(asked, (), T0 + 5) == {"pool": Question("max(waiting)", T0, T0 + 5, 1)}
    assert questions(run(StressRunStatus(phase="Running"), abort_when=[POOL]), (), T0 + 99) == {}


def test_a_long_one_is_asked_for_in_fewer_steps() -> None:
    day = {"stages": [{"name": "day", "users": 1, "duration": "24h"}], "scenarios": [{"name": "http"}]}
    asked = run(under_load(), abort_when=[POOL | {"for": "1h"}], load=day, faults=None)
    assert questions(asked, (), T0 + 3600)["pool"].step == 6


@pytest.mark.parametrize("now", [LOAD_END, LOAD_END + 1, LOAD_END + 300])
def test_what_comes_after_the_load_is_not_asked_for(now: float) -> None:
    asked = questions(run(under_load(phase="Recovering"), abort_when=[POOL]), (), now)
    assert asked == {"pool": Question("max(waiting)", LOAD_END - 5, LOAD_END, 1)}


def test_a_search_may_go_on_for_as_long_as_it_takes_at_most() -> None:
    load = words()["load"] | {"capacity": {"highest": 9}}
    searching = run(under_load(), abort_when=[POOL], load=load)
    search = planned_search(searching.template)
    assert search is not None
    last = LOAD_END + search.longest + search.between
    assert questions(searching, (), last - 0.1)["pool"].end == last - 0.1
    assert questions(searching, (), last + 0.1)["pool"].end == last


def test_a_rule_that_is_longer_than_the_load_never_holds() -> None:
    assert questions(run(under_load(), abort_when=[POOL | {"for": "101s"}]), (), LOAD_END + 50) == {}


def step(status: StressRunStatus, rules: list[dict[str, Any]] | None = None, **surroundings: Any) -> Decision:
    rules = [MELTDOWN, POOL] if rules is None else rules
    faults = [CUT] if status.faults else None
    return decide(
        run(status, abort_when=rules, faults=faults), seen(surroundings.pop("now", NOW), **surroundings)
    )


def loading(*events: Any, **changes: Any) -> LoadView:
    return LoadView(exists=True, events=(Started(at=T0), *events), **changes)


@pytest.mark.parametrize("phase", ["Running", "Recovering"])
def test_what_the_load_has_found_out_is_the_end_with_rule_and_number(phase: str) -> None:
    decision = step(under_load(phase=phase), load=loading(TOLD))
    assert decision.status.verdict == "Aborted"
    assert decision.status.message == ("aborted: abort rule meltdown: error rate 63.2%, above 50% for 1m")
    assert (decision.wait, [said.reason for said in decision.said]) == (0.0, ["Aborted"])


def points(*values: float, first: float = 0.0) -> Series:
    return Series({}, tuple((NOW - 5 + first + number, value) for number, value in enumerate(values)))


def answered(*series: Series, rule: dict[str, Any] = POOL) -> Decision:
    return step(under_load(), [rule], load=loading(), abort_answers={"pool": History(series)})


def test_a_query_that_was_out_of_bounds_all_along_is_the_end_in_any_one_series() -> None:
    decision = answered(points(*[3] * 6), points(11, 12, 11, 13, 11, 14.5))
    assert decision.status.message == "aborted: abort rule pool: query 14.5, above 10 for 5s"


@pytest.mark.parametrize(("ended", "verdict"), [(NOW, "Aborted"), (NOW - 1, None)])
def test_a_load_that_ended_sooner_says_nothing_of_what_came_then(ended: float, verdict: str | None) -> None:
    over = loading(Finished(at=ended, requests=1, failures=0))
    answers = {"pool": History((points(*[11] * 6, first=0.0005),))}
    assert step(under_load(), [POOL], load=over, abort_answers=answers).status.verdict == verdict


def test_a_query_as_a_share_is_told_as_one() -> None:
    decision = answered(points(*[0.95] * 6), rule=POOL | {"above": "90%"})
    assert decision.status.message == "aborted: abort rule pool: query 95%, above 90% for 5s"


def test_too_little_is_a_bound_too() -> None:
    rule = {name: value for name, value in POOL.items() if name != "above"} | {"below": 2}
    assert answered(points(*[1] * 6), rule=rule).status.verdict == "Aborted"
    assert answered(points(*[2] * 6), rule=rule).status.verdict is None


@pytest.mark.parametrize(
    "series",
    [
        (),
        (points(11, 12, 10, 13, 11, 14),),
        (points(11, 12, float("nan"), 13, 11, 14),),
        (points(*[float("inf")] * 6),),
        (points(11, 12, 11, 13, 11, first=1),),
        (points(11, 12, 11), points(11, 12, 11, first=3)),
    ],
    ids=["no data", "once within", "not a number", "infinity", "not long enough", "two that took turns"],
)
def test_what_was_not_out_of_bounds_all_along_goes_on(series: tuple[Series, ...]) -> None:
    decision = answered(*series)
    assert (decision.status.verdict, decision.said) == (None, ())


def test_a_rule_that_nobody_answers_ends_nothing_and_is_said_to_be_blind() -> None:
    decision = step(under_load(), load=loading(), abort_answers={"pool": History(error="timed out")})
    assert decision.status.verdict is None
    assert [(said.reason, said.message) for said in decision.said] == [
        ("AbortRuleUnanswered", "abort rule pool is not looked at: timed out")
    ]


def test_a_prometheus_whose_clock_is_apart_tells_of_another_time_and_ends_nothing() -> None:
    """What it calls now may have been before the load."""
    apart = under_load(clocks=Clocks(prometheus=60.0))
    holds = {"pool": History((points(*[11] * 6),))}
    decision = step(apart, [POOL], load=loading(), abort_answers=holds)
    assert decision.status.verdict is None
    assert [said.reason for said in decision.said] == ["AbortRuleUnanswered"]
    assert "60.0s ahead" in decision.said[0].message


ABORTED: dict[str, Any] = {"verdict": "Aborted", "message": "aborted", "faults": [fault_record(IN_FORCE)]}
HOLDS = sidecar(injected_at=FAULT_START)
END_FAULT = EndFault("staging", "postgres-0", "stress-0-cut")


def test_faults_end_at_once_while_the_results_of_a_load_that_has_ended_itself_are_on_their_way() -> None:
    decision = step(under_load(**ABORTED), load=loading(TOLD), sidecars=(HOLDS,))
    assert (decision.actions, decision.status.phase) == ((END_FAULT,), "Running")
    assert (decision.wait or 0) <= 0.25


@pytest.mark.parametrize("now", [NOW + RESULTS_PATIENCE, NOW - 0.1])
def test_they_are_not_waited_for_longer_than_moments_nor_by_a_clock_that_is_wrong(now: float) -> None:
    decision = step(under_load(**ABORTED), load=loading(TOLD), sidecars=(HOLDS,), now=now)
    assert set(decision.actions) == {END_FAULT, DeleteLoad()}


def test_a_load_that_somebody_aborts_is_deleted_without_waiting() -> None:
    assert step(under_load(**ABORTED), load=loading()).actions == (DeleteLoad(),)


def test_the_record_is_made_only_when_the_ends_of_the_faults_are_written_down() -> None:
    told = loading(TOLD, result=result())
    ended = sidecar("Terminated", injected_at=FAULT_START, ended_at=NOW, outcome="Aborted")
    first = step(under_load(**ABORTED), load=told, sidecars=(HOLDS,))
    assert first.actions == (END_FAULT,)
    second = step(first.status, load=told, sidecars=(ended,))
    assert (second.actions, second.status.record) == ((), None)
    third = step(second.status, load=told, sidecars=(ended,))
    (keep,) = third.actions
    assert isinstance(keep, KeepRecord)
    (kept,) = keep.status.faults or []
    assert [(pod.outcome, pod.ended_at) for pod in kept.pods or []] == [("Aborted", NOW)]
