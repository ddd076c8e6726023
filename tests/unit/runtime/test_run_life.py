"""One run from its creation to its verdict."""

import asyncio
from typing import Any

import pytest

from stresscampaigns.core.observation import Answer, History, Probe
from tests.unit.runtime.examples import ERRORS, POOL, RUN, SPEC, run
from tests.unit.runtime.fake_cluster import FakeCluster


def lived(cluster: FakeCluster, **changes: Any) -> dict[str, Any]:
    """The status of a run after its whole life."""
    cluster.resources.apply("StressRun", run(**changes))
    return cluster.finish(RUN)


def test_a_run_goes_from_its_creation_to_its_verdict() -> None:
    cluster = FakeCluster()
    status = lived(cluster)
    assert (status["verdict"], status["message"]) == ("Passed", "all 3 checks passed")
    assert [check["value"] for check in status["checks"]] == ["0ms", "20%", "0.5"]
    assert [reason for reason, _ in cluster.resources.announced] == [
        "LoadCreated",
        "LoadStarted",
        "FaultScheduled",
        "FaultInjected",
        "FaultEnded",
        "Passed",
    ]


def test_the_load_is_on_only_once_all_is_ready() -> None:
    cluster = FakeCluster()
    cluster.staging.add_pod("app=agents", "agents-1", ready=False)
    cluster.resources.apply("StressRun", run())
    operator = cluster.operator()
    asyncio.run(operator.until(lambda: cluster.status(RUN).get("phase") == "Preparing"))
    assert "no pod of selector app=agents" in cluster.status(RUN)["message"]
    assert cluster.staging.made == []
    cluster.staging.add_pod("app=agents", "agents-1")
    asyncio.run(operator.step())
    assert len(cluster.staging.made) == 4


def test_what_does_not_become_ready_in_time_ends_the_run_without_any_load() -> None:
    cluster = FakeCluster()
    cluster.metrics.up = Probe(False, "PrometheusAway", "Prometheus does not answer")
    status = lived(cluster, startTimeout="20s")
    assert (status["verdict"], status["message"]) == (
        "Inconclusive",
        "PrometheusAway: Prometheus does not answer",
    )
    assert cluster.staging.made == []


def test_a_prometheus_that_is_away_while_the_checks_are_answered_is_waited_for() -> None:
    cluster = FakeCluster()
    cluster.resources.apply("StressRun", run(checks=[POOL]))
    operator = cluster.operator()
    cluster.metrics.answer = Answer(error="connection refused")
    asyncio.run(operator.until(lambda: "waits for Prometheus" in cluster.status(RUN).get("message", "")))
    cluster.metrics.answer = Answer((0.95,), covered=1.0)
    assert cluster.finish(RUN)["verdict"] == "Failed"


FULL: dict[str, Any] = {"name": "full", "saturation": {"resource": "db-pool"}, "max": "90%"}
RESOURCE = {"name": "db-pool", "used": "in_use", "limit": "size"}


def test_what_prometheus_tells_of_resources_is_asked_for_over_the_time_of_the_load() -> None:
    cluster = FakeCluster()
    status = lived(cluster, saturation=[RESOURCE])
    start, end = status["load"]["startedAt"], status["load"]["finishedAt"]
    asked = {(begin, until, step) for _, begin, until, step in cluster.metrics.looked_up if begin < until}
    assert asked == {(start, end, 1)}
    assert {query for query, *_ in cluster.metrics.looked_up} >= {"in_use", "size"}
    assert any('pod=~"agents\\\\-1"' in query for query, *_ in cluster.metrics.looked_up)


def test_a_run_without_any_data_of_resources_says_so_and_keeps_its_verdict() -> None:
    status = lived(FakeCluster())
    assert status["verdict"] == "Passed"
    assert status["bottleneck"].startswith("unknown: no source")
    assert [one["name"] for one in status["targetPods"]] == ["agents-1"]


def test_a_prometheus_that_cannot_answer_a_saturation_check_is_waited_for() -> None:
    cluster = FakeCluster()
    cluster.resources.apply("StressRun", run(checks=[FULL], saturation=[RESOURCE]))
    operator = cluster.operator()
    cluster.metrics.series = History(error="connection refused")
    asyncio.run(operator.until(lambda: "waits for Prometheus" in cluster.status(RUN).get("message", "")))
    cluster.metrics.series = History()
    status = cluster.finish(RUN)
    assert (status["verdict"], status["checks"][0]["verdict"]) == ("Inconclusive", "Inconclusive")


SEARCHED = {"load": {**SPEC["load"], "capacity": {"lowest": 2, "highest": 9}}, "faults": []}


def test_a_search_for_the_capacity_asks_what_the_target_used_and_tells_what_broke() -> None:
    cluster = FakeCluster()
    found = lived(cluster, **SEARCHED, checks=[ERRORS])["capacity"]
    start = cluster.status(RUN)["load"]["startedAt"]
    assert [(begin, until) for _, begin, until, _ in cluster.metrics.looked_up[-2:]] == [
        (start + 5, start + 5)
    ] * 2
    assert found["perCore"] == "unknown: Prometheus has no number for agents-1 in that trial"
    assert found["failure"].startswith("at 9 users: as seen; unknown: no source")
    assert found["scalability"]["inconclusive"].startswith("2 levels of concurrency")


@pytest.mark.parametrize("later", [False, True], ids=["from the start", "in the end"])
def test_a_prometheus_whose_clock_is_off_answers_no_check(later: bool) -> None:
    cluster = FakeCluster()
    off = Probe(True, clock_ahead=-5.0)
    cluster.metrics.up = Probe(True) if later else off
    cluster.resources.apply("StressRun", run())
    asyncio.run(cluster.operator().until(cluster.staging.in_force))
    cluster.metrics.up = off if later else Probe(True)
    status = cluster.finish(RUN)
    assert status["verdict"] == "Inconclusive"
    assert "Prometheus' clock is at least 5.0s behind the operator's" in status["message"]


QUERY: dict[str, Any] = {"name": "pool", "query": "max(x)", "max": "0.9"}


def test_beside_a_search_prometheus_is_asked_about_the_stages_and_each_trial() -> None:
    cluster = FakeCluster()
    status = lived(cluster, **SEARCHED, checks=[QUERY])
    start = status["load"]["startedAt"]
    assert set(cluster.metrics.asked) == {
        ("max(x)", start, start + 10),
        ("max(x)", start, start + 5),
        ("max(x)", start + 5, start + 10),
    }
    assert (status["verdict"], status["capacity"]["lower"]) == ("Passed", 2)
    assert status["capacity"]["judgedBy"][0] == "pool <= 0.9"


def test_a_lower_bound_that_broke_a_query_is_taken_away_and_its_figures_with_it() -> None:
    cluster = FakeCluster()
    cluster.metrics.answer = Answer((0.95,), covered=1.0)
    status = lived(cluster, **SEARCHED, checks=[QUERY, {"name": "holds", "capacity": {}, "min": 2}])
    found = status["capacity"]
    assert (found.get("lower"), found["upper"], found["brokeFirst"]) == (None, 2, ["pool"])
    assert found["perCore"] == "unknown: no load was sustained"
    assert (status["verdict"], status["failedChecks"]) == ("Failed", "pool, holds")
