"""One run at a time for a target: of all that want it, exactly one goes first."""

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stresscampaigns.core.observation import Probe
from stresscampaigns.runtime import parsing
from stresscampaigns.runtime.rivals import rival
from stresscampaigns.runtime.store import Key
from tests.unit.runtime.competing import EARLY, LATE, key, phases, wanting
from tests.unit.runtime.examples import FAULT, RUN, SPEC, run
from tests.unit.runtime.fake_cluster import FakeCluster
from tests.unit.runtime.run_endings import gone, in_a_fault


def elsewhere(namespace: str) -> dict[str, Any]:
    """The same, in another namespace."""
    return {"target": {**SPEC["target"], "namespace": namespace}}


def test_of_two_that_wait_the_one_that_was_meant_earlier_goes_first() -> None:
    cluster = FakeCluster()
    later = wanting(cluster, "a", LATE)
    wanting(cluster, "b", EARLY)
    assert phases(cluster) == {"a": "Pending", "b": "Running"}
    assert cluster.status(later)["message"] == "waits for run staging/b on the same target to finish"


def test_one_that_is_under_way_goes_on_whatever_was_meant_earlier() -> None:
    cluster = FakeCluster()
    wanting(cluster, "b", LATE)
    phases(cluster)
    wanting(cluster, "a", EARLY)
    assert phases(cluster) == {"a": "Pending", "b": "Running"}


def test_when_one_is_over_the_next_begins() -> None:
    cluster = FakeCluster()
    for name, intended in (("a", LATE), ("b", EARLY)):
        wanting(cluster, name, intended)
    asyncio.run(
        cluster.operator().until(lambda: cluster.status(key("a")).get("phase") == "Finished", steps=100)
    )
    ends = [cluster.status(key(name))["load"]["finishedAt"] for name in ("b", "a")]
    assert ends[0] <= cluster.status(key("a"))["load"]["startedAt"] < ends[1]
    assert cluster.status(key("a"))["verdict"] == cluster.status(key("b"))["verdict"] == "Passed"


def test_runs_against_different_namespaces_do_not_wait_for_each_other() -> None:
    cluster = FakeCluster()
    wanting(cluster, "a", EARLY)
    wanting(cluster, "b", LATE, **elsewhere("prod"))
    assert phases(cluster) == {"a": "Running", "b": "Running"}


@pytest.mark.parametrize(("home", "away", "first"), [(EARLY, LATE, "a"), (LATE, EARLY, "b")])
def test_a_run_from_elsewhere_against_the_same_namespace_is_a_rival(home: str, away: str, first: str) -> None:
    cluster = FakeCluster()
    wanting(cluster, "a", home)
    manifest = run("b", away, **elsewhere("staging"))
    manifest["metadata"]["namespace"] = "team"
    cluster.resources.apply("StressRun", manifest)
    assert phases(cluster) == {"a": "Pending", "b": "Pending", first: "Running"}


@pytest.mark.parametrize("phase", [None, "Pending", "Preparing"])
def test_a_run_is_no_rival_of_its_own(phase: str | None) -> None:
    cluster = FakeCluster()
    alone = wanting(cluster, "a", EARLY)
    body = cluster.resources.bodies[alone] | {"status": {"phase": phase} if phase else {}}
    cluster.resources.bodies[alone] = body
    observer = cluster.operator().runs.observer
    assert asyncio.run(observer.observe(parsing.run_view(body), body)).rival is None


@pytest.mark.parametrize("phase", ["Preparing", "Running", "Recovering", "Analysing"])
def test_one_that_is_under_way_is_waited_for_in_every_phase(phase: str) -> None:
    cluster = FakeCluster()
    wanting(cluster, "a", EARLY)
    wanting(cluster, "b", LATE)
    cluster.resources.bodies[key("b")]["status"] = {"phase": phase, "load": {"startedAt": 1.0}}
    operator = cluster.operator()
    asyncio.run(operator.runs.reconcile(key("a")))
    assert cluster.status(key("a"))["phase"] == "Pending"


def from_elsewhere(cluster: FakeCluster, name: str, intended: str, **changes: Any) -> Key:
    """A run of namespace `team` that wants the target in ours."""
    manifest = run(name, intended, **elsewhere("staging"), **changes)
    manifest["metadata"]["namespace"] = "team"
    return cluster.resources.apply("StressRun", manifest)


def test_nobody_waits_for_a_run_that_may_not_begin_however_long_it_wants_to_wait() -> None:
    """Who may write campaigns in any namespace at all could keep all others' from theirs."""
    cluster = FakeCluster()
    cluster.staging.unbound = {"team"}
    from_elsewhere(cluster, "b", EARLY, startTimeout="24h")
    wanting(cluster, "a", LATE)
    phases(cluster)
    assert phases(cluster) == {"a": "Running", "b": "Pending"}


@pytest.mark.parametrize("before", ["Pending", "Preparing"])
def test_once_it_is_let_in_it_waits_for_its_turn_like_any_other(before: str) -> None:
    cluster = FakeCluster()
    cluster.staging.unbound = {"team"}
    there = from_elsewhere(cluster, "b", EARLY)
    cluster.resources.bodies[there] |= {"status": {"phase": before, "phaseTime": cluster.clock.now()}}
    phases(cluster)
    wanting(cluster, "a", LATE)
    assert phases(cluster) == {"a": "Running", "b": "Pending"}
    cluster.staging.unbound = set()
    assert phases(cluster) == {"a": "Running", "b": "Pending"}
    assert cluster.status(there)["message"] == "waits for run staging/a on the same target to finish"


def test_one_that_is_never_let_in_ends_when_it_has_waited_for_long_enough() -> None:
    cluster = FakeCluster()
    cluster.staging.unbound = {"team"}
    there = from_elsewhere(cluster, "b", EARLY, startTimeout="1m")
    status = cluster.finish(there)
    assert (status["verdict"], status["message"]) == (
        "Inconclusive",
        "NamespaceNotPermitted: no rights in team",
    )


def test_nobody_waits_for_one_of_which_nobody_can_find_out_whether_it_may() -> None:
    cluster = FakeCluster()
    there = from_elsewhere(cluster, "b", EARLY)
    wanting(cluster, "a", LATE)
    operator, permitted = cluster.operator(), cluster.staging.permitted

    async def never_in_team(namespace: str) -> Probe:
        if namespace == "team":
            raise RuntimeError("whatever it is")
        return await permitted(namespace)

    cluster.staging.permitted = never_in_team  # type: ignore[method-assign]

    async def look() -> None:
        with pytest.raises(RuntimeError):
            await operator.runs.reconcile(there)
        await operator.runs.reconcile(key("a"))

    asyncio.run(look())
    assert cluster.status(key("a"))["phase"] == "Running"


def test_faults_in_other_pods_of_the_same_namespace_are_no_reason_to_go_beside_each_other() -> None:
    cluster = FakeCluster()
    elsewhere_in_it = {"selector": {"matchLabels": {"app": "queue"}}}
    cluster.staging.add_pod("app=queue", "queue-0")
    wanting(cluster, "a", EARLY)
    wanting(
        cluster,
        "b",
        LATE,
        target={**SPEC["target"], **elsewhere_in_it},
        faults=[FAULT | {"target": elsewhere_in_it}],
    )
    assert phases(cluster) == {"a": "Running", "b": "Pending"}


def test_one_that_is_being_deleted_is_waited_for_until_its_fault_has_ended() -> None:
    cluster = in_a_fault()
    wanting(cluster, "next", LATE)
    cluster.resources.delete(RUN)
    operator = cluster.operator()
    asyncio.run(operator.runs.reconcile(key("next")))
    assert cluster.status(key("next"))["phase"] == "Pending"
    asyncio.run(operator.until(lambda: gone(cluster)))
    assert not cluster.staging.in_force()
    assert phases(cluster) == {"next": "Running"}


def test_one_that_comes_while_the_load_of_another_is_being_made_waits_however_early_it_was_meant() -> None:
    cluster = FakeCluster()
    wanting(cluster, "b", LATE)
    operator, create = cluster.operator(), cluster.staging.create

    async def meanwhile(manifests: Any) -> None:
        cluster.staging.create = create  # type: ignore[method-assign]
        wanting(cluster, "a", EARLY)
        operator.relist()
        await operator.runs.reconcile(key("a"))
        await create(manifests)

    cluster.staging.create = meanwhile  # type: ignore[method-assign]
    asyncio.run(operator.runs.reconcile(key("b")))
    assert {name: cluster.status(key(name))["phase"] for name in "ab"} == {"a": "Pending", "b": "Running"}


def test_one_that_has_its_turn_keeps_it_though_nobody_could_write_that_down() -> None:
    """Its load may be there already. Else each would wait for the other, until both have waited for too long."""
    cluster = FakeCluster()
    late = wanting(cluster, "b", LATE)
    operator = cluster.operator()
    b = parsing.run_view(cluster.resources.bodies[late])
    assert rival(operator.store, b) is None
    early = wanting(cluster, "a", EARLY)
    operator.relist()
    a = parsing.run_view(cluster.resources.bodies[early])
    assert (rival(operator.store, a), rival(operator.store, b)) == ("staging/b", None)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from([EARLY, LATE]), min_size=1, max_size=5))
def test_of_any_number_exactly_one_goes_first(intended: list[str]) -> None:
    cluster = FakeCluster()
    for index, moment in enumerate(intended):
        wanting(cluster, f"run-{index}", moment)
    assert sorted(str(phase) for phase in phases(cluster).values()) == [
        *["Pending"] * (len(intended) - 1),
        "Running",
    ]
