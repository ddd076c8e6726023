"""Law 1: no data is never a pass. Whatever is missing from a run that went well, it does not pass."""

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stresscampaigns.api.load_result import Finding, LoadResult
from stresscampaigns.core import runs
from stresscampaigns.core.observation import Answer, LoadView
from stresscampaigns.core.progress import Decision
from tests.unit.core.builders import LOAD_END, run, seen, under_load
from tests.unit.core.measurements import GOOD_ANSWERS, ended_pod, fault_record, requests, result, windows

Known = dict[str, Any]
Loss = Callable[[Known], Known]
WHOLE = {"result": result(), "pods": [ended_pod()], "answers": GOOD_ANSWERS}


def of_result(change: Callable[[LoadResult], dict[str, Any]]) -> Loss:
    return lambda known: known | {"result": known["result"].model_copy(update=change(known["result"]))}


def of_pod(**changes: Any) -> Loss:
    return lambda known: known | {"pods": [pod.model_copy(update=changes) for pod in known["pods"]]}


def of_answer(**answers: Answer) -> Loss:
    return lambda known: known | {"answers": answers}


def damaged(measured: LoadResult) -> dict[str, Any]:
    entry = requests([10.0] * 100).model_copy(update={"histogram": ""})
    return {"windows": [one.model_copy(update={"requests": [entry]}) for one in measured.windows]}


LOSSES: dict[str, Loss] = {
    "the windows are gone": of_result(lambda was: {"windows": []}),
    "the whole run's window is gone": of_result(lambda was: {"windows": was.windows[1:]}),
    "no request completed": of_result(lambda was: {"windows": windows({"whole": [], "low": [], "high": []})}),
    "the histograms are damaged": of_result(damaged),
    "the seconds are gone": of_result(lambda was: {"seconds": []}),
    "the seconds end with the fault": of_result(lambda was: {"seconds": was.seconds[:60]}),
    "a worker was lost": of_result(lambda was: {"workers_lost": 1}),
    "the generator was too busy": of_result(lambda was: {"findings": [Finding(reason="busy", value=1)]}),
    "the fault never began": lambda known: known | {"pods": None},
    "the fault was lost": of_pod(outcome="Lost"),
    "the fault was refused": of_pod(outcome="Refused", injected_at=None, ended_at=None),
    "the fault came late": of_pod(outcome="Late", injected_at=None, ended_at=None),
    "the fault was ended early": of_pod(outcome="Aborted"),
    "the fault has no end": of_pod(outcome=None, ended_at=None),
    "the fault has no times": of_pod(injected_at=None, ended_at=None),
    "the fault met no traffic": of_pod(harmed=0),
    "nobody counted what the fault dropped": of_pod(harmed=None),
    "Prometheus was not asked": of_answer(),
    "Prometheus did not answer": of_answer(pool=Answer(error="503")),
    "Prometheus has no data": of_answer(pool=Answer(covered=1.0)),
    "Prometheus answers NaN": of_answer(pool=Answer((0.5, math.nan), 1.0)),
    "Prometheus has a hole": of_answer(pool=Answer((0.5,), 0.5)),
}


def judged(known: Known) -> Decision:
    faults = [fault_record().model_copy(update={"pods": known["pods"]})]
    # Long enough ago for the patience with Prometheus to be over.
    status = under_load(phase="Analysing", phase_time=LOAD_END - 600, faults=faults)
    load = LoadView(True, result=known["result"])
    return runs.decide(run(status), seen(LOAD_END, load=load, answers=known["answers"]))


def test_with_nothing_missing_it_passes() -> None:
    assert judged(WHOLE).status.verdict == "Passed"


@pytest.mark.parametrize("loss", LOSSES)
def test_with_one_thing_missing_it_does_not_pass_and_says_why(loss: str) -> None:
    status = judged(LOSSES[loss](WHOLE)).status
    # A service that completes nothing fails its throughput; everything else is only unknown.
    assert status.verdict == ("Failed" if loss == "no request completed" else "Inconclusive")
    assert status.message


@settings(deadline=None)
@given(st.lists(st.sampled_from(list(LOSSES)), min_size=1, max_size=6))
def test_with_any_things_missing_it_never_passes(losses: list[str]) -> None:
    known = WHOLE
    for loss in losses:
        if known["pods"] is not None or "fault" not in loss:
            known = LOSSES[loss](known)
    decision = judged(known)
    conditions = {entry.type: entry.status for entry in decision.status.conditions or []}
    assert decision.status.verdict in ("Inconclusive", "Failed")
    assert conditions["Passed"] != "True"


def test_without_its_result_it_never_passes() -> None:
    assert judged(WHOLE | {"result": None}).status.verdict == "Inconclusive"
