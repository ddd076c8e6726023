"""An operator tells a load that searches what Prometheus says of its trials; whatever kills it, the load is told."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from stresscampaigns.api.base import ABORT_ANNOTATION
from stresscampaigns.api.load_plan import ANSWERED_WITHIN
from stresscampaigns.core.actions import TAKES_AT_MOST
from stresscampaigns.core.capacity.steering import PATIENCE
from stresscampaigns.core.observation import Answer
from stresscampaigns.runtime.ports import Away
from stresscampaigns.runtime.trial_questions import OFTEN
from tests.unit.runtime.examples import FAULT, RUN, SPEC, run
from tests.unit.runtime.fake_clock import run_in
from tests.unit.runtime.fake_cluster import FakeCluster
from tests.unit.runtime.fake_operator import FakeOperator
from tests.unit.runtime.interruptions import Fuse, at_every_call
from tests.unit.runtime.succession import one_after_another

QUERY: dict[str, Any] = {"name": "pool", "query": "max(x)", "max": "0.9"}
STAGES = [{"name": "steady", "users": 1, "duration": "40s"}]
SEARCHED: dict[str, Any] = {
    "load": {**SPEC["load"], "stages": STAGES, "capacity": {"lowest": 2, "highest": 9}},
    "faults": [],
    "checks": [QUERY],
}
"""Of two trials of 20 s each the first one passes."""


def cluster_with(answer: float | None, **changes: Any) -> FakeCluster:
    """In which Prometheus answers so, or not at all."""
    cluster = FakeCluster()
    known = Answer((answer,), covered=1.0) if answer is not None else Answer(error="connection refused")
    cluster.metrics.answer = known
    cluster.resources.apply("StressRun", run(**SEARCHED | changes))
    return cluster


def said(cluster: FakeCluster) -> list[dict[str, Any]] | None:
    """What the load was told last."""
    return cluster.staging.told[-1] if cluster.staging.told else None


def on_until_told(cluster: FakeCluster) -> dict[str, Any]:
    """The status when the load has been told anything."""
    asyncio.run(cluster.operator().until(lambda: "trialAnswers" in cluster.status(RUN), 60))
    return cluster.status(RUN)


@pytest.mark.parametrize(("share", "broke"), [(0.95, {"pool": "0.95"}), (0.5, {})])
def test_a_load_that_searches_is_told_while_it_is_on(share: float, broke: dict[str, str]) -> None:
    cluster = cluster_with(share)
    status = on_until_told(cluster)
    assert said(cluster) == [{"trial": 1, "broke": broke} if broke else {"trial": 1}]
    assert status["phase"] == "Running"
    assert status["trialAnswers"] == said(cluster)


def test_what_it_is_told_leaves_no_object_behind() -> None:
    cluster = cluster_with(0.5)
    on_until_told(cluster)
    assert not any("answers" in name for name in (*cluster.staging.records, *cluster.staging.made))


def test_an_unanswered_question_is_no_pass_and_the_run_ends_all_the_same() -> None:
    cluster = cluster_with(None)
    status = cluster.finish(RUN)
    assert said(cluster) is None
    assert status["verdict"] == "Inconclusive"


def test_where_it_must_not_be_told_the_run_goes_on_and_says_so() -> None:
    cluster = cluster_with(0.5)
    cluster.staging.refuses = "answers"
    asyncio.run(cluster.operator().until(lambda: "trialAnswers" in cluster.status(RUN), 60))
    cluster.staging.refuses = ""
    assert cluster.finish(RUN)["verdict"] == "Passed"
    words = dict(cluster.resources.announced)["AnswersRefused"]
    assert words == "the load is not told what its trials broke: a policy denies exec"


def test_each_trial_is_asked_about_once_while_the_load_is_on() -> None:
    cluster = cluster_with(0.5)
    cluster.finish(RUN)
    start = cluster.status(RUN)["load"]["startedAt"]
    first = [one for one in cluster.metrics.asked if one == ("max(x)", start, start + 20)]
    assert len(first) == 2, "once while it is on, once in the end"


def test_a_question_that_nobody_answers_is_asked_again_every_five_seconds() -> None:
    cluster = cluster_with(None)
    operator = cluster.operator()
    asyncio.run(operator.until(lambda: bool(cluster.metrics.asked), 60))
    began, a_round = cluster.clock.now(), len(cluster.metrics.asked)
    asyncio.run(operator.until(lambda: cluster.clock.now() >= began + 11, 60))
    assert len(cluster.metrics.asked) == 3 * a_round


AWAY = Away("the coordinator's node has not answered within 20s")
AT_ONCE, IN_VAIN = 0.0, 30.0


class FarAway:
    """A coordinator on a node that is slow to answer, or does not; `tried` hears of each attempt."""

    def __init__(
        self, port: Any, takes: float, error: Exception | None, tried: Callable[[], None] = lambda: None
    ) -> None:
        self._port, self._takes, self._error, self._tried = port, takes, error, tried

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)

    async def tell_load(self, *words: Any) -> None:
        self._tried()
        await asyncio.sleep(self._takes)
        if self._error:
            raise self._error
        await self._port.tell_load(*words)


def far_away(
    cluster: FakeCluster, takes: float, error: Exception | None = AWAY, tried: Any = lambda: None
) -> FakeOperator:
    """An operator that does not reach the coordinator, or not soon."""
    return cluster.operator(
        lambda port: FarAway(port, takes, error, tried) if port is cluster.staging else port
    )


def finished(cluster: FakeCluster) -> Callable[[], bool]:
    """Is the run over?"""
    return lambda: cluster.status(RUN).get("phase") == "Finished"


@pytest.mark.parametrize("error", [None, AWAY], ids=["at last", "never"])
def test_only_what_the_load_has_been_told_is_written_down_and_nothing_waits_for_it(
    error: Exception | None,
) -> None:
    cluster, gaps = cluster_with(0.95), []

    def over() -> bool:
        gaps.append((said(cluster) or []) == [] and "trialAnswers" in cluster.status(RUN))
        return cluster.status(RUN).get("phase") != "Running" and len(gaps) > 30

    run_in(cluster.clock, far_away(cluster, 4.0, error).work(over))
    assert not any(gaps)
    assert ("trialAnswers" in cluster.status(RUN)) is (error is None)


def test_the_load_waits_until_it_could_be_told_at_a_second_try() -> None:
    assert PATIENCE + 2 * (OFTEN + TAKES_AT_MOST) < ANSWERED_WITHIN


def test_where_the_coordinator_cannot_be_told_the_run_goes_on_and_says_so() -> None:
    cluster = cluster_with(0.5)
    run_in(cluster.clock, far_away(cluster, AT_ONCE).work(finished(cluster)))
    assert cluster.status(RUN)["verdict"] == "Passed"
    words = dict(cluster.resources.announced)["AnswersHindered"]
    assert words == f"the load is not told yet what its trials broke: {AWAY}"


def test_what_it_could_not_be_told_it_is_told_when_its_node_answers_again() -> None:
    cluster, attempts = cluster_with(0.95), [0.0]
    operator = far_away(cluster, AT_ONCE, tried=lambda: attempts.append(cluster.clock.now()))
    asyncio.run(operator.until(lambda: len(attempts) > 3, 60))
    assert attempts[3] - attempts[2] <= OFTEN + 1
    assert "trialAnswers" not in cluster.status(RUN)
    assert on_until_told(cluster)["phase"] == "Running"
    assert said(cluster) == [{"trial": 1, "broke": {"pool": "0.95"}}]


@pytest.mark.parametrize("takes", [AT_ONCE, IN_VAIN], ids=["at once", "in vain"])
def test_a_coordinator_that_cannot_be_told_delays_no_fault_and_no_abort(takes: float) -> None:
    cluster, attempts = cluster_with(0.5, faults=[{**FAULT, "at": "35s", "duration": "5s"}]), []

    def aborted() -> bool:
        if cluster.staging.in_force():
            cluster.resources.annotate(RUN, ABORT_ANNOTATION, "wrong day")
        return finished(cluster)()

    operator = far_away(cluster, takes, tried=lambda: attempts.append(cluster.clock.now()))
    run_in(cluster.clock, operator.work(aborted))
    (sidecar,) = cluster.staging.held
    assert attempts[0] < sidecar.created < sidecar.at
    assert sidecar.told_to_end is not None
    assert sidecar.told_to_end <= sidecar.at + 2
    assert cluster.status(RUN)["verdict"] == "Aborted"


def lived(*fuses: Fuse) -> FakeCluster:
    """One operator after the other, each of which has its fuse."""
    cluster = cluster_with(0.95)
    one_after_another(cluster, fuses, lambda _: said(cluster) is not None)
    on_until_told(cluster)
    return cluster


def test_a_crash_at_any_call_keeps_nothing_from_the_load() -> None:
    calm = Fuse()
    lived(calm)
    fuses = list(at_every_call(calm.calls))
    telling = [fuse for fuse in fuses if fuse.at is not None and calm.calls[fuse.at] == "tell_load"]
    assert len(telling) == 2, "before it took effect, and after"
    for fuse in [*fuses[::3], *telling]:
        cluster = lived(fuse)
        assert said(cluster) == [{"trial": 1, "broke": {"pool": "0.95"}}], fuse
        assert cluster.status(RUN)["trialAnswers"] == said(cluster), fuse
