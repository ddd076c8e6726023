"""What a decision looks at: each phase asks only for what it needs."""

import asyncio
from typing import Any

import pytest

from stresscampaigns.api.base import ABORT_ANNOTATION, ALLOWED_LABEL
from stresscampaigns.api.fault_protocol import FaultOrder
from stresscampaigns.core.observation import Heard, History, Observation, Probe, Series
from stresscampaigns.manifests.names import container_prefix
from stresscampaigns.runtime import parsing
from tests.unit.runtime.examples import FAULT, POOL, RUN, SPEC, run
from tests.unit.runtime.fake_clock import BEGIN
from tests.unit.runtime.fake_cluster import FakeCluster
from tests.unit.runtime.interruptions import Fuse

LOAD = {"startedAt": BEGIN}


def observed(cluster: FakeCluster, status: dict[str, Any], **changes: Any) -> tuple[Observation, list[str]]:
    """What is seen of a run of this status, and by which questions."""
    cluster.resources.apply("StressRun", run(**changes))
    body = cluster.resources.bodies[RUN] | {"status": status}
    fuse = Fuse()
    operator = cluster.operator(fuse.wrap)
    seen = asyncio.run(operator.runs.observer.observe(parsing.run_view(body), body))
    return seen, sorted(set(fuse.calls))


@pytest.mark.parametrize(
    ("status", "questions"),
    [
        ({}, ["namespace", "permitted", "pods", "probe"]),
        ({"phase": "Preparing"}, ["namespace", "permitted", "pods", "probe"]),
        ({"phase": "Running"}, ["load", "namespace", "permitted", "pods", "sidecars"]),
        (
            {"phase": "Recovering", "load": LOAD},
            ["history", "live_use", "load", "namespace", "permitted", "pods", "sidecars"],
        ),
        (
            {"phase": "Analysing", "load": LOAD},
            ["history", "live_use", "load", "permitted", "pods", "probe"],
        ),
        ({"phase": "Analysing", "verdict": "Passed"}, ["load", "permitted", "sidecars"]),
        ({"phase": "Running", "verdict": "Aborted"}, ["load", "permitted", "sidecars"]),
    ],
)
def test_each_phase_asks_only_for_what_it_needs(status: dict[str, Any], questions: list[str]) -> None:
    assert observed(FakeCluster(), status)[1] == questions


@pytest.mark.parametrize("phase", ["Running", "Recovering"])
def test_where_the_consent_is_withdrawn_nothing_more_is_asked(phase: str) -> None:
    cluster = FakeCluster()
    cluster.staging.labels = {}
    seen, questions = observed(cluster, {"phase": phase})
    assert questions == ["namespace"]
    assert seen.namespace.reason == "NamespaceNotAllowed"


def test_rights_are_needed_where_the_target_is_and_where_the_load_is() -> None:
    cluster = FakeCluster()
    cluster.staging.unbound = {RUN.namespace}
    seen, _ = observed(cluster, {}, target={**SPEC["target"], "namespace": "elsewhere"})
    assert seen.namespace.message == "no rights in staging"


def test_a_namespace_that_is_closed_is_asked_nothing_more() -> None:
    cluster = FakeCluster()
    cluster.staging.labels = {}
    seen, questions = observed(cluster, {})
    assert questions == ["namespace"]
    assert seen.namespace.reason == "NamespaceNotAllowed"


def test_where_we_have_no_rights_nothing_more_is_asked() -> None:
    cluster = FakeCluster()
    cluster.staging.open = Probe(False, "NamespaceNotPermitted", "no rights")
    seen, questions = observed(cluster, {})
    assert questions == ["namespace", "permitted"]
    assert seen.namespace.reason == "NamespaceNotPermitted"


@pytest.mark.parametrize("status", [{}, {"phase": "Running"}])
def test_a_protected_namespace_is_not_even_asked(status: dict[str, Any]) -> None:
    target = {**SPEC["target"], "namespace": "kube-system"}
    seen, questions = observed(FakeCluster(), status, target=target)
    assert seen.namespace.reason == "NamespaceProtected"
    assert "namespace" not in questions


def test_a_url_that_leads_into_another_namespace_takes_its_owners_consent() -> None:
    target = {**SPEC["target"], "url": "http://api.elsewhere.svc"}
    seen, _ = observed(FakeCluster(), {}, target=target)
    assert seen.namespace.ok
    cluster = FakeCluster()
    cluster.staging.closed = {"elsewhere"}
    seen, _ = observed(cluster, {"phase": "Running"}, target=target)
    assert seen.namespace.message.startswith("spec.target.url http://api.elsewhere.svc leads there: ")


def test_a_proxy_in_another_namespace_gets_all_the_load_and_takes_its_owners_consent() -> None:
    load = {**SPEC["load"], "proxy": "http://squid.elsewhere:3128"}
    seen, _ = observed(FakeCluster(), {}, load=load)
    assert seen.namespace.ok
    cluster = FakeCluster()
    cluster.staging.closed = {"elsewhere"}
    seen, _ = observed(cluster, {"phase": "Running"}, load=load)
    assert seen.namespace.message.startswith("spec.load.proxy http://squid.elsewhere:3128 leads there: ")
    seen, questions = observed(cluster, {}, load=load | {"proxy": "http://squid.kube-system:3128"})
    assert (seen.namespace.reason, "namespace" in questions) == ("NamespaceProtected", False)


@pytest.mark.parametrize("url", ["http://kube-dns.kube-system:53", "http://stresscampaigns.operators"])
def test_no_url_leads_load_into_a_protected_namespace(url: str) -> None:
    cluster = FakeCluster()
    cluster.resources.apply("StressRun", run(target={**SPEC["target"], "url": url}))
    body = cluster.resources.bodies[RUN]
    observer = cluster.operator().runs.observer
    observer.own_namespaces = {"operators"}
    seen = asyncio.run(observer.observe(parsing.run_view(body), body))
    assert seen.namespace.reason == "NamespaceProtected"


def test_faults_take_a_consent_of_their_own() -> None:
    cluster = FakeCluster()
    cluster.staging.labels = {ALLOWED_LABEL: "load"}
    assert observed(cluster, {})[0].namespace.reason == "FaultsNotAllowed"
    assert observed(FakeCluster(), {}, faults=[])[0].namespace.ok


def test_whoever_wants_the_end_is_not_kept_waiting_by_questions() -> None:
    cluster = FakeCluster()
    cluster.resources.apply("StressRun", run())
    cluster.resources.annotate(RUN, ABORT_ANNOTATION, "now")
    assert observed(cluster, {"phase": "Running"})[1] == []


def test_the_moment_of_a_look_is_the_clocks() -> None:
    cluster = FakeCluster()
    cluster.clock.advance(7.0)
    assert observed(cluster, {})[0].now == BEGIN + 7.0


@pytest.mark.parametrize("status", [{}, {"phase": "Running"}, {"phase": "Analysing", "load": LOAD}])
def test_an_abort_is_seen_in_every_phase_that_it_can_end(status: dict[str, Any]) -> None:
    cluster = FakeCluster()
    assert observed(cluster, status)[0].abort is None
    cluster.resources.annotate(RUN, ABORT_ANNOTATION, "")
    assert observed(cluster, status)[0].abort == ""


def test_the_target_and_what_a_fault_breaks_are_told_apart() -> None:
    seen, _ = observed(FakeCluster(), {})
    assert [pod.name for pod in seen.target_pods] == ["agents-1"]
    assert [pod.name for pod in seen.fault_pods["db-away"]] == ["postgres-0"]


def test_a_fault_without_a_target_of_its_own_breaks_the_campaigns_target() -> None:
    own = {name: value for name, value in FAULT.items() if name != "target"}
    seen, _ = observed(FakeCluster(), {}, faults=[own])
    assert [pod.name for pod in seen.fault_pods["db-away"]] == ["agents-1"]


@pytest.mark.parametrize("proxy", [None, "http://proxy:3128"])
def test_the_target_is_looked_for_as_the_load_will_reach_it(proxy: str | None) -> None:
    cluster = FakeCluster()
    observed(cluster, {}, load={**SPEC["load"], **({"proxy": proxy} if proxy else {})})
    assert cluster.reach.through == [proxy]


API = {"name": "database", "selector": {"matchLabels": {"app": "postgres"}}}


def test_near_a_fault_the_target_and_the_neighbours_are_looked_at_too() -> None:
    cluster = FakeCluster()
    seen, _ = observed(cluster, {"phase": "Running", "load": LOAD}, neighbours=[API])
    assert seen.near_fault
    assert [pod.name for pod in seen.target_pods] == ["agents-1"]
    assert [pod.name for pod in seen.neighbour_pods["database"]] == ["postgres-0"]


@pytest.mark.parametrize(
    ("status", "after"), [({"load": LOAD}, 1000.0), ({}, 0.0)], ids=["long after", "not on yet"]
)
def test_far_from_faults_nobody_looks_at_pods_beside_them(status: dict[str, Any], after: float) -> None:
    cluster = FakeCluster()
    cluster.clock.advance(after)
    seen, _ = observed(cluster, {"phase": "Running", **status}, neighbours=[API])
    assert (seen.near_fault, seen.target_pods, seen.neighbour_pods) == (False, (), {})


def test_only_sidecars_of_this_very_run_are_seen() -> None:
    cluster = FakeCluster()
    cluster.resources.apply("StressRun", run())
    prefix = container_prefix(cluster.resources.bodies[RUN]["metadata"]["uid"])
    for name in (f"{prefix}db-away", f"{container_prefix('another run')}db-away", "debugger"):
        words = ["hold", FaultOrder("NetworkPartition", name, BEGIN, BEGIN + 9).text()]
        pod = cluster.staging.target["postgres-0"][1]
        asyncio.run(cluster.staging.inject("staging", pod.name, pod.uid, {"name": name, "args": words}))
    seen, _ = observed(cluster, {"phase": "Running"})
    assert [(one.fault, one.container) for one in seen.sidecars] == [("db-away", f"{prefix}db-away")]


@pytest.mark.parametrize(
    ("window", "start", "end"),
    [
        ({}, 0.0, 10.0),
        ({"during": "steady"}, 0.0, 10.0),
        ({"during": "db-away"}, 4.0, 6.0),
        ({"after": "db-away"}, 6.0, 10.0),
    ],
)
def test_prometheus_is_asked_for_the_checks_own_window(
    window: dict[str, str], start: float, end: float
) -> None:
    cluster = FakeCluster()
    checks = [*SPEC["checks"][:2], {**POOL, **window}]
    seen, _ = observed(cluster, {"phase": "Analysing", "load": LOAD}, checks=checks)
    assert cluster.metrics.asked == [("max(db_pool)", BEGIN + start, BEGIN + end)]
    answer = seen.answers["pool"]
    assert (set(answer.values), answer.covered, answer.partial) == ({0.5}, 1.0, None)


def test_prometheus_is_asked_for_the_window_that_a_check_compares_with_too() -> None:
    cluster = FakeCluster()
    drift = {**POOL, "during": "steady", "comparedTo": "db-away", "max": "120%"}
    seen, _ = observed(cluster, {"phase": "Analysing", "load": LOAD}, checks=[drift])
    assert cluster.metrics.asked == [
        ("max(db_pool)", BEGIN, BEGIN + 10.0),
        ("max(db_pool)", BEGIN + 4.0, BEGIN + 6.0),
    ]
    assert set(seen.answers) == {"pool", "pool/db-away"}


def latest_scrapes(until: float) -> History:
    """Each second the time of the latest scrape: there was none any more from so many seconds into the load on."""
    points = ((BEGIN + t, min(BEGIN + t, BEGIN + until)) for t in range(-300, 60))
    return History((Series({"of": "all"}, tuple(points)),))


def test_what_prometheus_fills_in_while_it_scrapes_nothing_is_no_answer() -> None:
    cluster = FakeCluster()
    cluster.metrics.scrapes = latest_scrapes(until=2)
    cluster.clock.advance(20.0)
    seen, _ = observed(cluster, {"phase": "Analysing", "load": LOAD}, checks=[POOL])
    assert seen.answers["pool"].covered == pytest.approx(6 / 11)
    cluster.metrics.scrapes = History(error="503")
    seen, _ = observed(cluster, {"phase": "Analysing", "load": LOAD}, checks=[POOL])
    assert seen.answers["pool"].error == "503"


def test_of_a_run_that_is_under_way_it_is_known_what_was_heard_at_the_last_look() -> None:
    cluster = FakeCluster()
    cluster.resources.apply("StressRun", run())
    body = cluster.resources.bodies[RUN] | {"status": {"phase": "Running"}}
    observer = cluster.operator().runs.observer
    first = asyncio.run(observer.observe(parsing.run_view(body), body))
    cluster.clock.advance(0.5)
    second = asyncio.run(observer.observe(parsing.run_view(body), body))
    assert (first.heard_before, second.heard_before) == (None, Heard(BEGIN))


def test_a_peak_between_the_steps_of_a_long_window_is_in_the_answer() -> None:
    cluster = FakeCluster()
    peak = History((Series({}, ((BEGIN + 900, 0.95),)),))
    cluster.metrics.series = peak  # to whatever is not the check's query as it was written
    load = {**SPEC["load"], "stages": [{"name": "steady", "users": 1, "duration": "1h"}]}
    status = {"phase": "Analysing", "load": LOAD}
    seen, _ = observed(cluster, status, checks=[POOL], load=load)
    assert ("max_over_time((max(db_pool)\n)[4s:1s])", BEGIN + 4, BEGIN + 3600, 4) in cluster.metrics.looked_up
    assert max(seen.answers["pool"].values) == 0.95
