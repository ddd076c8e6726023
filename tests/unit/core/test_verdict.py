"""The verdict of a run: the worst of its checks, and never Passed where there is a doubt."""

from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.api.load_result import CapacityTrial, Finding, LoadResult, Totals
from stresscampaigns.api.run import FaultRecord, StressRunStatus
from stresscampaigns.api.status import Outcome
from stresscampaigns.core.analysis import judge, worst
from stresscampaigns.core.observation import Answer, CounterView, History, LoadView, Series
from stresscampaigns.core.progress import REASONS_KEPT
from stresscampaigns.core.saturation.incidents import at_start
from tests.unit.core.builders import CUT, ERRORS, LOAD_END, T0, ready_pod, run, seen, under_load, words
from tests.unit.core.capacity.trials import found, trial_windows, void
from tests.unit.core.measurements import GOOD_ANSWERS, ended_pod, fault_record, requests, result, windows
from tests.unit.core.rollouts import BAD
from tests.unit.core.saturation.histories import POOL, history, series

outcomes = st.lists(st.sampled_from(get_args(Outcome)))


def judged(
    measured: LoadResult | None, record: FaultRecord | None = None, answers: Any = GOOD_ANSWERS, **asked: Any
) -> StressRunStatus:
    status = under_load(phase="Analysing", faults=[record or fault_record()])
    load = LoadView(True, result=measured)
    return judge(run(status, **asked), seen(LOAD_END + 1, load=load, answers=answers)).status


@given(outcomes)
def test_one_failed_check_fails_the_run_and_one_without_an_answer_leaves_it_open(of: list[str]) -> None:
    wanted = "Failed" if "Failed" in of else "Inconclusive" if "Inconclusive" in of else "Passed"
    assert worst(of) == (wanted if of else "Inconclusive")


def test_a_run_with_all_its_evidence_passes() -> None:
    status = judged(result())
    assert (status.verdict, status.message) == ("Passed", "all 5 checks passed")
    assert (status.passed_checks, status.failed_checks, status.invalid_because) == ("5/5", None, None)


def users(*of_stages: int) -> LoadResult:
    """So many in each of the two stages, low and high, which ask for 5 and 20."""
    low, high = of_stages
    told = [one.model_copy(update={"users": low if one.t < 40 else high}) for one in result().seconds]
    return result(seconds=told)


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (5, 20, "Passed"),
        (5, 18, "Passed"),
        (5, 17, "Inconclusive"),
        (4, 20, "Inconclusive"),
        (9, 30, "Passed"),
    ],
)
def test_a_target_that_had_fewer_users_than_asked_for_has_not_passed(
    low: int, high: int, verdict: str
) -> None:
    """Users of a Locust file that end before their stage are not replaced."""
    assert judged(users(low, high)).verdict == verdict


def test_which_stage_had_too_few_users_is_said() -> None:
    assert "stage high had down to 3 users instead of 20" in (judged(users(5, 3)).message or "")


@pytest.mark.parametrize(
    ("seconds_without", "verdict"), [(4, "Passed"), (5, "Inconclusive"), (30, "Inconclusive")]
)
def test_a_tenth_of_a_stage_without_its_users_is_too_much(seconds_without: int, verdict: str) -> None:
    """Stage high has its ramp until second 50, and ten seconds more to settle."""
    end = 100 - seconds_without
    told = [one.model_copy(update={"users": 20 if one.t < end else 0}) for one in result().seconds]
    assert judged(result(seconds=told)).verdict == verdict


SHORT = [
    {"name": "low", "users": 5, "duration": "40s"},
    {"name": "peak", "users": 20, "duration": "8s"},
    {"name": "after", "users": 5, "duration": "52s"},
]


@pytest.mark.parametrize(("come", "verdict"), [(42, "Passed"), (44, "Inconclusive"), (48, "Inconclusive")])
def test_the_users_of_a_short_stage_must_be_there_too(come: int, verdict: str) -> None:
    told = [
        one.model_copy(update={"users": 20 if come <= one.t < 48 else 5 if one.t < 50 else 6})
        for one in result().seconds
    ]
    status = judged(result(seconds=told), load=words()["load"] | {"stages": SHORT}, checks=[ERRORS])
    assert status.verdict == verdict
    assert ("stage peak had down to 5 users instead of 20" in (status.message or "")) == (verdict != "Passed")


@pytest.mark.parametrize(("late", "verdict"), [(9, "Passed"), (25, "Inconclusive"), (100, "Inconclusive")])
def test_users_come_as_their_ramp_asks_for_them(late: int, verdict: str) -> None:
    """A stage that is one ramp, as in a search for what breaks a service, is never held."""
    ramp = [{"name": "ramp", "users": 100, "ramp": "100s", "duration": "100s"}]
    told = [one.model_copy(update={"users": max(0, one.t - late)}) for one in result().seconds]
    status = judged(result(seconds=told), load=words()["load"] | {"stages": ramp}, checks=[ERRORS])
    assert status.verdict == verdict


def test_in_the_open_model_users_only_wait_for_arrivals() -> None:
    few = users(1, 1).model_copy(update={"model": "open"})
    assert judged(few).verdict == "Passed"


@pytest.mark.parametrize(("trials", "verdict"), [([], "Passed"), ([void(60), void(60, 20)], "Inconclusive")])
def test_a_search_in_which_no_trial_counts_is_no_load_that_was_asked_for(
    trials: list[CapacityTrial], verdict: str
) -> None:
    """All checks keep their bounds in the stages before it, and of the search none is asked."""
    bounds: dict[str, Any] = {} if trials == [] else {"lower": None, "upper": None}
    counted = [*windows(), *trial_windows({}, [requests([10.0] * 100)])]
    load = words()["load"] | {
        "capacity": {"highest": 200, "trial": "20s", "confirm": "20s", "confirmations": 1}
    }
    status = judged(result(windows=counted, capacity=found(*trials, **bounds)), load=load, checks=[ERRORS])
    assert status.verdict == verdict
    assert ("no trial of the search counts" in (status.message or "")) == bool(trials)


FAILING = windows({"whole": [requests([10] * 100, failed=50)]})


def test_a_failed_run_says_which_checks_and_with_which_numbers_the_worst_first() -> None:
    status = judged(result(windows=FAILING), answers={})
    assert (status.verdict, status.passed_checks) == ("Failed", "3/5")
    assert status.failed_checks == "errors"
    assert status.message == ("errors: 50% whole run breaks <= 1%; pool: no answer: Prometheus was not asked")


def test_doubts_do_not_hide_a_failure_of_what_does_not_depend_on_them() -> None:
    answers = {"pool": Answer((2.0,), covered=1.0)}
    assert judged(result(workers_lost=1), answers=answers).verdict == "Failed"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"workers_lost": 1}, "1 of 2 workers were lost"),
        ({"findings": [Finding(reason="too busy", value=0.93)]}, "too busy (0.93)"),
        ({"findings": [Finding(reason="the clock jumped")]}, "the clock jumped"),
    ],
)
def test_numbers_of_a_load_in_trouble_are_no_evidence(changes: dict[str, Any], words: str) -> None:
    status = judged(result(**changes))
    assert status.verdict == "Inconclusive"
    assert status.invalid_because == [words]
    assert [check.verdict for check in status.checks or []] == ["Inconclusive"] * 4 + ["Passed"]


@pytest.mark.parametrize(("sent", "verdict"), [(1000, "Passed"), (1001, "Inconclusive")])
def test_a_target_that_counted_other_requests_than_were_sent_makes_the_run_no_evidence(
    sent: int, verdict: str
) -> None:
    def told(*points: tuple[float, float]) -> History:
        return History((Series({"pod": "agents-0"}, points),))

    counter = CounterView(
        before=told((T0 - 5, 0)),
        after=told((LOAD_END + 1, 1000), (LOAD_END + 16, 1000)),
        resets=told((LOAD_END + 17, 0)),
    )
    measured = result(totals=Totals(transmitted=sent, answered=sent))
    around = seen(LOAD_END + 20, load=LoadView(True, result=measured), answers=GOOD_ANSWERS, counter=counter)
    status = judge(run(under_load(phase="Analysing", faults=[fault_record()])), around).status
    assert status.verdict == verdict
    assert (status.load and status.load.server_counted) == 1000
    if verdict != "Passed":
        assert status.invalid_because == [
            "counts do not add up: the target counted 1000 requests, the load sent 1001"
        ]


def test_why_a_load_is_not_trusted_is_said_once_for_all_checks_that_it_leaves_open() -> None:
    status = judged(result(workers_lost=1, findings=[Finding(reason="the clock jumped")]))
    assert status.message == (
        "errors, p95, rate, recovers: no answer: the load's numbers cannot be trusted: the clock jumped; "
        "1 of 2 workers were lost"
    )


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (FaultRecord(name="cut"), "fault cut was never injected"),
        (FaultRecord(name="other", pods=[ended_pod()]), "fault cut was never injected"),
        (fault_record(ended_pod(outcome=None)), "fault cut in pod postgres-0: None"),
        (fault_record(ended_pod(outcome="Late", message="9s late")), "postgres-0: Late: 9s late"),
        (fault_record(ended_pod(harmed=0)), "met nothing to break"),
        (fault_record(ended_pod(harmed=None)), "met nothing to break"),
    ],
)
def test_a_fault_that_was_not_in_force_as_asked_makes_the_run_no_evidence(
    record: FaultRecord, words: str
) -> None:
    status = judged(result(), record)
    assert status.verdict == "Inconclusive"
    assert words in "; ".join(status.invalid_because or [])


@pytest.mark.parametrize(
    ("injected", "verdict"), [(52.5, "Passed"), (52.6, "Inconclusive"), (54.9, "Inconclusive")]
)
def test_a_fault_that_was_in_force_too_shortly_makes_the_run_no_evidence(
    injected: float, verdict: str
) -> None:
    """From 50s to 60s was asked for: what is said of that time is said of the service without it, too."""
    status = judged(result(), fault_record(ended_pod(injected_at=T0 + injected)), checks=[ERRORS])
    assert status.verdict == verdict
    if injected == 54.9:
        assert status.invalid_because == ["fault cut was in force for only 5.1s of 10s"]


def test_in_one_pod_it_may_come_late_where_it_is_in_another_in_time() -> None:
    late = ended_pod(pod="postgres-1", injected_at=T0 + 55)
    assert judged(result(), fault_record(ended_pod(), late)).verdict == "Passed"


@pytest.mark.parametrize(
    "fault",
    [
        {"type": "PodKill"},
        {"type": "ServiceCrash"},
        {"type": "MemoryPressure", "amount": "110%"},
    ],
    ids=["a pod is killed", "a process is", "a container is"],
)
def test_what_kills_is_done_at_once(fault: dict[str, Any]) -> None:
    kills = {key: value for key, value in CUT.items() if key != "port"} | fault
    done = fault_record(ended_pod(ended_at=T0 + 51))
    assert judged(result(), done, faults=[kills]).verdict == "Passed"


def test_a_bad_revision_that_was_taken_back_too_early_makes_the_run_no_evidence() -> None:
    rollout = BAD | {"name": "cut"}
    short = fault_record(ended_pod(ended_at=T0 + 51))
    assert judged(result(), short, faults=[rollout]).verdict == "Inconclusive"


def test_of_several_pods_one_that_met_traffic_is_enough() -> None:
    idle = ended_pod(pod="postgres-1", harmed=0)
    assert judged(result(), fault_record(ended_pod(), idle)).verdict == "Passed"


def test_without_results_there_is_no_verdict_but_inconclusive() -> None:
    status = judged(None)
    assert (status.verdict, status.checks) == ("Inconclusive", None)
    assert status.message == "ResultsLost: the load's results are gone"


def test_a_query_alone_proves_nothing_where_nothing_was_under_load() -> None:
    query = [{"name": "pool", "query": "x", "max": 1}]
    status = judged(result(windows=windows({"whole": []})), checks=query)
    assert (status.verdict, status.message) == (
        "Inconclusive",
        "no request completed: nothing was under load",
    )


def test_where_a_check_fails_by_it_that_stands() -> None:
    failing = windows({"whole": [requests([1.0] * 100, failed=100)]})
    assert judged(result(windows=failing), checks=[ERRORS]).verdict == "Failed"


def test_however_many_doubts_there_are_the_status_can_be_written() -> None:
    pods = [ended_pod(pod=f"postgres-{number}", outcome="Lost") for number in range(REASONS_KEPT + 8)]
    status = judged(result(), fault_record(*pods))
    assert len(StressRunStatus.model_validate(status.to_wire()).invalid_because or []) == REASONS_KEPT


@pytest.mark.parametrize(("uid", "state"), [("uid-b", "Unknown"), ("uid-of-another", "NotSaturated")])
def test_a_pool_that_vanished_is_unknown_but_where_its_pod_was_replaced(uid: str, state: str) -> None:
    there = at_start([ready_pod("a"), ready_pod("b")])
    used = History((series(2, pod="a"), series(2, range(50), pod="b")))
    pool = {"db-pool/used": used, "db-pool/limit": history(8, app="agents")}
    status = under_load(phase="Analysing", faults=[fault_record()], target_pods=there)
    surroundings = seen(
        LOAD_END + 1,
        load=LoadView(True, result=result()),
        answers=GOOD_ANSWERS,
        histories=pool,
        target_pods=(ready_pod("a"), replace(ready_pod("b"), uid=uid)),
    )
    told = judge(run(status, saturation=[POOL]), surroundings).status.saturation or []
    assert next(one.state for one in told if one.resource == "db-pool") == state
