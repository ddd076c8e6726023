"""What is written down at the end of a run beside its verdict: key figures, recovery times, conditions."""

import pytest

from stresscampaigns.api.load_result import Finding, LoadResult, Second, Totals
from stresscampaigns.api.run import FaultRecord, LoadSummary, StressRunStatus
from stresscampaigns.core.analysis import finish, judge
from stresscampaigns.core.observation import Container, History, LoadView, Pod, Series
from stresscampaigns.core.recovery.detection import key
from tests.unit.core.builders import CUT, FAULT_END, LOAD_END, T0, run, seen, under_load, words
from tests.unit.core.measurements import (
    GOOD_ANSWERS,
    RECOVERED,
    ended_pod,
    fault_record,
    requests,
    result,
    seconds,
    task_errors,
    windows,
)


def judged(measured: LoadResult, record: FaultRecord | None = None, **changes: object) -> StressRunStatus:
    status = under_load(phase="Analysing", faults=[record or fault_record()])
    observation = seen(LOAD_END + 1, load=LoadView(True, result=measured), answers=GOOD_ANSWERS)
    return judge(run(status, **changes), observation).status


def figures(**changes: object) -> LoadSummary:
    load = judged(result(**changes)).load
    assert load is not None
    return load


def test_the_key_figures_are_those_of_the_whole_load() -> None:
    entries = [requests([1] * 98, failed=8), requests([1.5, 2], name="POST /")]
    load = figures(windows=windows({"whole": entries}), seconds=seconds(" " + RECOVERED[1:]))
    assert (load.started_at, load.finished_at, load.peak_users) == (T0, LOAD_END, 20)
    assert (load.requests, load.failures, load.failure_kinds) == (100, 8, {"HTTP 500": 8})
    assert load.throughput == "0.92/s"


def test_the_latencies_are_those_of_all_requests_together() -> None:
    odd, even = ([number / 100 for number in range(first, 101, 2)] for first in (1, 2))
    load = figures(windows=windows({"whole": [requests(odd), requests(even, name="POST /")]}))
    assert (load.p50, load.p95, load.p99, load.max) == ("0.5ms", "0.95ms", "0.99ms", "1ms")


def test_of_too_few_requests_the_slowest_is_not_told_as_a_percentile() -> None:
    load = figures(windows=windows({"whole": [requests([1.0] * 99)]}))
    assert (load.p50, load.p95, load.p99, load.max) == ("1ms", "1ms", None, "1ms")


def test_what_tasks_raise_is_shown_beside_the_requests_and_said_though_every_check_passes() -> None:
    entries = [requests([1] * 1000), task_errors(2), task_errors(3, "AssertionError: no id", "other")]
    status = judged(result(windows=windows({"whole": entries})))
    assert (status.verdict, status.load and status.load.task_errors) == (
        "Passed",
        {"task visit: AssertionError: no id": 3, "task visit: KeyError": 2},
    )
    assert status.message == (
        "all 5 checks passed; tasks raised 5 errors outside of any request, "
        "most often task visit: AssertionError: no id"
    )
    assert status.load is not None
    assert (status.load.requests, status.load.failures, status.load.throughput) == (1000, 0, "10/s")


def test_tasks_that_only_raise_are_no_load() -> None:
    status = judged(result(windows=windows({"whole": [task_errors(9)]})))
    assert "no request completed: nothing was under load" in (status.invalid_because or [])


def test_a_load_of_which_no_request_succeeded_shows_nothing_however_fast_it_failed() -> None:
    """With checks on latency alone it passed: nothing is as fast as a connection that is refused."""
    latency = [{"name": "p95", "latency": {"percentile": 95}, "max": "800ms"}]
    status = judged(result(windows=windows({"whole": [requests([0.2] * 100, failed=100)]})), checks=latency)
    assert [check.verdict for check in status.checks or []] == ["Passed"]
    assert status.verdict == "Inconclusive"
    assert "no request succeeded, most often because of HTTP 500" in (status.message or "")
    one = windows({"whole": [requests([0.2] * 100, failed=99)]})
    assert judged(result(windows=one), checks=latency).verdict == "Passed"


@pytest.mark.parametrize("model", ["open", "closed"])
def test_a_scenario_that_had_no_user_makes_the_load_another_one(model: str) -> None:
    scenarios = [{"name": "http", "weight": 99}, {"name": "http"}, {"name": "set-writes", "weight": 0}]
    status = judged(result(model=model), load={**words()["load"], "scenarios": scenarios})
    assert status.verdict == "Inconclusive"
    assert [why for why in status.invalid_because or [] if "scenario" in why] == [
        "scenario http-2 made no request: a weight of 1 may be too small for so few users; give it a greater one, "
        "or more users"
    ]


@pytest.mark.parametrize(("apart", "said"), [(None, False), (0.2, False), (0.35, True)])
def test_workers_out_of_step_are_said_with_the_number_and_take_no_verdict(
    apart: float | None, said: bool
) -> None:
    status = judged(result(stages_apart=apart))
    assert status.verdict == "Passed"
    assert ("load workers began a stage up to 350ms apart" in (status.message or "")) == said
    assert status.load is not None
    assert status.load.stages_apart == (None if apart is None else f"{apart * 1000:g}ms")


@pytest.mark.parametrize(("stage", "said"), [(None, True), ("high", False)])
def test_workers_out_of_step_are_said_once_whatever_the_words_of_other_findings(
    stage: str | None, said: bool
) -> None:
    found = Finding(reason="a part of it was taken apart", value=1.2, stage=stage)
    status = judged(result(stages_apart=1.2, findings=[found]))
    assert ("load workers began a stage up to 1.2s apart" in (status.message or "")) == said


def test_without_requests_there_are_no_latencies_to_show() -> None:
    load = figures(windows=windows({"whole": []}))
    assert (load.requests, load.p50, load.max, load.throughput) == (0, None, None, "0/s")


def test_an_open_load_tells_how_many_arrivals_were_dropped_and_late() -> None:
    load = figures(model="open", totals=Totals(sent=93, arrived=100, dropped=7, late=3))
    assert (load.model, load.sent, load.dropped, load.late) == ("open", 93, 7, 3)


def test_a_closed_load_has_no_arrivals_to_tell_of() -> None:
    load = figures(model="closed", totals=Totals(sent=93))
    assert (load.model, load.sent, load.dropped, load.late) == ("closed", 93, None, None)


def test_latencies_that_cannot_be_read_are_not_shown() -> None:
    entry = requests([1] * 100).model_copy(update={"histogram": "HISTFAAAAAA="})
    load = figures(windows=windows({"whole": [entry]}))
    assert (load.requests, load.p95) == (100, None)


def recovery(picture: str, **pod: object) -> tuple[str | None, str | None, str | None]:
    status = judged(result(seconds=seconds(picture)), fault_record(ended_pod(**pod)))
    (record,) = status.faults or []
    return record.broken_after, record.recovered_from_start, record.recovered_from_end


@pytest.mark.parametrize(
    ("picture", "times"),
    [
        ("+" * 52 + "-" * 12 + "+" * 36, ("2s", "14s", "4s")),
        ("+" * 52 + "-" * 2 + "+" * 46, ("2s", "10s", "0ms")),
        ("+" * 100, (None, "0ms", "0ms")),
        ("+" * 52 + "-" * 48, ("2s", None, None)),
    ],
    ids=["broken beyond the end", "good again before the end", "never broken", "never good again"],
)
def test_when_it_broke_and_when_it_was_good_again_is_told_of_each_fault(
    picture: str, times: tuple[str | None, ...]
) -> None:
    assert recovery(picture) == times


def test_recovery_counts_from_the_moments_at_which_the_fault_really_was_in_force() -> None:
    found = recovery("+" * 52 + "-" * 12 + "+" * 36, injected_at=T0 + 51.5, ended_at=FAULT_END + 1)
    assert found == ("500ms", "12.5s", "3s")


def test_when_monitoring_noticed_a_fault_counts_from_its_beginning() -> None:
    seen_then = History((Series({}, ((T0 + 54, 1.0),)),))
    around = seen(LOAD_END + 1, load=LoadView(True, result=result()), histories={key("cut"): seen_then})
    status = under_load(phase="Analysing", faults=[fault_record()])
    (record,) = judge(run(status, faults=[CUT | {"detected": "ALERTS"}]), around).status.faults or []
    assert record.detection == "4s after it was in force"


def test_what_faults_did_is_told_together_too_but_of_a_load_in_trouble() -> None:
    status = judged(result())
    assert (status.recovery and status.recovery.success_rate) == "1 of 1"
    assert status.resilience is not None
    assert judged(result(workers_lost=1)).recovery is None


def test_a_load_in_trouble_tells_no_recovery() -> None:
    (record,) = judged(result(workers_lost=1)).faults or []
    assert (record.broken_after, record.recovered_from_end) == (None, None)


def test_the_verdict_is_the_last_entry_of_the_timeline() -> None:
    entries = [(entry.event, entry.detail) for entry in judged(result()).timeline or []]
    assert entries == [("Judged", "all 5 checks passed")]


@pytest.mark.parametrize(("lost", "kind"), [(0, "Normal"), (1, "Warning")])
def test_a_verdict_is_announced_in_the_words_of_its_message(lost: int, kind: str) -> None:
    load = LoadView(True, result=result(workers_lost=lost))
    status = under_load(phase="Analysing", faults=[fault_record()])
    decision = judge(run(status), seen(LOAD_END + 1, load=load, answers=GOOD_ANSWERS))
    (said,) = decision.said
    assert (said.kind, said.reason, said.message) == (kind, decision.status.verdict, decision.status.message)


def test_every_check_has_its_answer_in_the_order_in_which_it_was_asked() -> None:
    names = [check.name for check in judged(result()).checks or []]
    assert names == ["errors", "p95", "rate", "recovers", "pool"]


def test_a_finished_run_keeps_the_message_of_its_verdict() -> None:
    status = under_load(verdict="Passed", message="all 5 checks passed")
    decision = finish(run(status), seen(LOAD_END + 9))
    assert (decision.status.phase, decision.status.message) == ("Finished", "all 5 checks passed")
    assert decision.status.completion_time == "2027-01-15T08:01:49Z"
    assert decision.wait is None


def test_counts_from_after_the_loads_end_show_a_wrong_clock_and_are_no_evidence() -> None:
    status = judged(result(seconds=[*seconds(RECOVERED), *late_seconds()]))
    assert status.verdict != "Passed"
    assert any("clock runs ahead" in reason for reason in status.invalid_because or [])


@pytest.mark.parametrize(("t", "completed"), [(101, 3), (150, 0)])
def test_what_ends_in_the_second_after_the_load_shows_no_wrong_clock(t: int, completed: int) -> None:
    assert judged(result(seconds=[*seconds(RECOVERED), *late_seconds(t, completed)])).verdict == "Passed"


def test_an_oom_kill_under_load_is_in_the_message_and_changes_no_verdict() -> None:
    killed = Container("agents", restarts=1, ended_reason="OOMKilled", ended_at=T0 + 30)
    pods = (Pod("agents-0", "uid-agents-0", ready=True, containers=(killed,)),)
    status = under_load(phase="Analysing", faults=[fault_record()])
    surroundings = seen(
        LOAD_END + 1, load=LoadView(True, result=result()), answers=GOOD_ANSWERS, target_pods=pods
    )
    told = judge(run(status), surroundings).status
    assert told.verdict == "Passed"
    assert told.message == (
        "all 5 checks passed; while the load was on: agents-0/agents was OOM-killed 30s into the load"
    )
    assert (told.bottleneck or "").startswith("memory saturated first: OOM-killed, 30s into the load")


def test_an_oom_kill_fails_the_check_on_memory_whatever_its_samples_show() -> None:
    killed = Container("agents", memory_limit=100.0, restarts=1, ended_reason="OOMKilled", ended_at=T0 + 30)
    pods = (Pod("agents-0", "uid-agents-0", ready=True, containers=(killed,)),)
    told = tuple((T0 + t, 50.0) for t in range(101))
    memory = History((Series({"pod": "agents-0", "container": "agents"}, told),))
    surroundings = seen(
        LOAD_END + 1,
        load=LoadView(True, result=result()),
        target_pods=pods,
        histories={"memory/used": memory},
    )
    status = under_load(phase="Analysing", faults=[fault_record()])
    checks = [{"name": "memory", "saturation": {"resource": "memory"}, "max": "90%"}]
    assert judge(run(status, checks=checks), surroundings).status.verdict == "Failed"


def late_seconds(t: int = 102, completed: int = 3) -> list[Second]:
    return [Second(t=t, completed=completed, failed=0, p95_us=10_000, users=0)]
