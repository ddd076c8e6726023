"""Rules about a fault: they hold as soon as what was seen breaks the bound for certain, and in no doubt."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.api.load_events import NotGood, Started
from stresscampaigns.api.pod_watch import PodWatch
from stresscampaigns.api.run import Clocks, FaultPod
from stresscampaigns.core.abort_faults import holding, seconds_of
from stresscampaigns.core.observation import Container, LoadView, Pod
from stresscampaigns.core.pod_watch import groups_of, look
from stresscampaigns.core.runs import decide
from tests.unit.core.builders import CUT, FAULT_END, FAULT_START, T0, ready_pod, run, seen, under_load
from tests.unit.core.measurements import ended_pod, fault_record

AGENTS, MAIL = ready_pod("agents-0"), ready_pod("mail-0")
NEIGHBOURS = [{"name": "mail", "selector": {"match_labels": {"app": "mail"}}}]
RESTARTS: dict[str, Any] = {"name": "falls", "restarts": {"fault": "cut"}, "above": 0}
CONTAINED: dict[str, Any] = {"name": "contained", "containment": {"fault": "*"}, "above": 0}
READY: dict[str, Any] = {"name": "ready", "pods_ready": {"fault": "cut"}, "above": "5s"}
RECOVERS: dict[str, Any] = {"name": "heals", "recovery": {"fault": "*"}, "above": "8s"}
IN_FORCE = ended_pod(ended_at=None, outcome=None)


def down(pod: Pod) -> Pod:
    return replace(pod, ready=False)


def restarted(pod: Pod) -> Pod:
    return replace(pod, containers=(Container("main", restarts=1, ended_reason="OOMKilled"),))


def surroundings(now: float, agents: Pod = AGENTS, mail: Pod = MAIL, *events: Any) -> Any:
    return seen(
        now,
        target_pods=(agents,),
        neighbour_pods={"mail": (mail,)},
        near_fault=True,
        load=LoadView(exists=True, events=(Started(at=T0), *events)),
    )


def watch_before() -> PodWatch:
    """All was well a moment before the fault."""
    return look(None, groups_of(surroundings(FAULT_START - 0.5)), FAULT_START - 0.5)


def found(rule: dict[str, Any], look_at: Any, *pods: FaultPod, **fault: Any) -> str | None:
    record = fault_record(*pods or (IN_FORCE,))
    status = under_load(faults=[record], pod_watch=watch_before())
    asked = run(status, abort_when=[rule], neighbours=NEIGHBOURS, faults=[CUT | fault])
    return holding(asked, look_at, look_at.now)


def test_a_restart_under_a_fault_in_force_is_the_end_with_number_and_pod() -> None:
    assert found(RESTARTS, surroundings(FAULT_START + 2, restarted(AGENTS))) == (
        "falls: 1 restarts and losses since start of cut, above 0: agents-0 restarted"
    )


def test_a_neighbour_that_is_harmed_is_the_end() -> None:
    assert found(CONTAINED, surroundings(FAULT_START + 2, mail=down(MAIL))) == (
        "contained: 1 pods of neighbours harmed since start of every fault, above 0: mail-0 was not ready"
    )


@pytest.mark.parametrize("rule", [RESTARTS, CONTAINED, READY, RECOVERS], ids=lambda rule: rule["name"])
@pytest.mark.parametrize("after", [0.0, 5.0, 30.0])
def test_where_all_is_well_nothing_ends(rule: dict[str, Any], after: float) -> None:
    assert found(rule, surroundings(FAULT_START + after)) is None
    assert found(rule, surroundings(FAULT_END + after), ended_pod()) is None


@pytest.mark.parametrize("rule", [RESTARTS, CONTAINED], ids=lambda rule: rule["name"])
def test_the_bound_itself_is_allowed(rule: dict[str, Any]) -> None:
    harmed = surroundings(FAULT_START + 2, restarted(AGENTS), down(MAIL))
    assert found(rule | {"above": 1}, harmed) is None


@pytest.mark.parametrize("rule", [RESTARTS, CONTAINED], ids=lambda rule: rule["name"])
def test_what_happens_before_the_fault_is_in_force_is_none_of_its_doing(rule: dict[str, Any]) -> None:
    harmed = surroundings(FAULT_START + 2, restarted(AGENTS), down(MAIL))
    assert found(rule, harmed, ended_pod(injected_at=None, ended_at=None, outcome=None)) is None


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (FAULT_END + 5, None),
        (FAULT_END + 5.5, "ready: pods of target not all ready again 5.5s after the end of cut, above 5s"),
    ],
)
def test_pods_that_are_not_ready_in_time_are_the_end_the_moment_the_time_is_over(
    now: float, words: str | None
) -> None:
    assert found(READY, surroundings(now, down(AGENTS)), ended_pod()) == words


def test_a_look_that_sees_no_change_counts_all_the_same() -> None:
    """It is not written down: so much would be written otherwise."""
    before = look(watch_before(), groups_of(surroundings(FAULT_END + 4, down(AGENTS))), FAULT_END + 4)
    status = under_load(faults=[fault_record()], pod_watch=before)
    asked = run(status, abort_when=[READY], neighbours=NEIGHBOURS)
    now = FAULT_END + 5.5
    assert holding(asked, surroundings(now, down(AGENTS)), now) is not None


def test_while_a_fault_is_in_force_no_time_after_its_end_has_passed() -> None:
    assert found(READY, surroundings(FAULT_END + 30, down(AGENTS)), IN_FORCE) is None


def test_nor_while_it_may_go_into_pods_in_place_of_those_that_it_ended() -> None:
    early = ended_pod(ended_at=FAULT_START + 1)
    late = surroundings(FAULT_END - 0.5, down(AGENTS))
    assert found(READY, late, early, new_pods="Include") is None
    assert found(READY, late, early, new_pods="Ignore") is not None


def not_good(*bad: tuple[int, int], since: int = 0, rule: str = "heals") -> NotGood:
    return NotGood(at=T0, rule=rule, since=since, bad=list(bad), completed=10, failed=4, p95_us=900_000)


def recovering(*bad: tuple[int, int], pod: FaultPod | None = None, **changes: Any) -> str | None:
    at = T0 + bad[-1][1] + 2
    return found(RECOVERS | changes, surroundings(at, AGENTS, MAIL, not_good(*bad)), pod or ended_pod())


@pytest.mark.parametrize("end", [61, 68])
def test_a_service_that_still_has_time_to_recover_goes_on(end: int) -> None:
    assert recovering((51, end)) is None


def test_a_service_that_is_not_good_when_its_time_is_over_is_the_end() -> None:
    assert recovering((51, 69)) == (
        "heals: not good again 9s after the end of cut (the last bad second, 68: 10 completed, 4 of them failed, "
        "p95 900ms), above 8s"
    )


def test_it_counts_from_the_faults_start_where_the_rule_says_so() -> None:
    from_start = {"recovery": {"fault": "cut", "since": "faultStart"}}
    assert (recovering((51, 58), pod=IN_FORCE, **from_start) or "").startswith(
        "heals: not good again 10s after the start of cut"
    )
    assert recovering((51, 55), pod=IN_FORCE, **from_start) is None


def test_a_service_that_has_recovered_in_time_may_break_again_later() -> None:
    assert recovering((51, 62), (70, 90)) is None


def test_one_that_broke_only_long_after_the_fault_is_late_as_in_the_verdict() -> None:
    assert recovering((75, 76)) == (
        "heals: not good again 16s after the end of cut (the last bad second, 75: 10 completed, 4 of them failed, "
        "p95 900ms), above 8s"
    )


@pytest.mark.parametrize(
    "pod",
    [IN_FORCE, ended_pod(injected_at=None, ended_at=None, outcome="Refused")],
    ids=["in force", "refused"],
)
def test_a_fault_that_has_not_ended_or_never_was_in_force_is_not_recovered_from_either(pod: FaultPod) -> None:
    assert recovering((51, 90), pod=pod) is None


def test_a_service_that_was_not_steady_before_has_nothing_to_recover_to() -> None:
    assert recovering((47, 48), (51, 90)) is None


def test_of_what_is_not_known_nothing_is_said() -> None:
    at = surroundings(T0 + 92, AGENTS, MAIL, not_good((51, 90), since=48))
    assert found(RECOVERS, at, ended_pod()) is not None
    unknown = surroundings(T0 + 92, AGENTS, MAIL, not_good((60, 90), since=52))
    assert found(RECOVERS, unknown, ended_pod()) is None


def test_what_another_rule_calls_good_does_not_count() -> None:
    other = surroundings(T0 + 92, AGENTS, MAIL, not_good((51, 90), rule="other"))
    assert found(RECOVERS, other, ended_pod()) is None


def test_a_service_that_stayed_good_is_not_late_however_long_the_fault_takes() -> None:
    from_start = RECOVERS | {"recovery": {"fault": "cut", "since": "faultStart"}, "above": "1s"}
    before = surroundings(FAULT_START + 9, AGENTS, MAIL, not_good((10, 11), since=0))
    assert found(from_start, before, IN_FORCE) is None


def test_nor_one_that_was_good_again_before_a_fault_that_overlaps() -> None:
    second = CUT | {"name": "again", "at": "58s", "duration": "20s"}
    records = [fault_record(), fault_record(ended_pod(injected_at=T0 + 58, ended_at=None, outcome=None))]
    records[1] = records[1].model_copy(update={"name": "again"})
    rule = RECOVERS | {"recovery": {"fault": "again", "since": "faultStart"}, "above": "10s"}
    asked = run(under_load(faults=records, pod_watch=watch_before()), abort_when=[rule], faults=[CUT, second])
    good_since_55 = surroundings(T0 + 70, AGENTS, MAIL, not_good((51, 55)))
    assert holding(asked, good_since_55, T0 + 70) is None
    bad_until_60 = surroundings(T0 + 70, AGENTS, MAIL, not_good((51, 60)))
    assert holding(asked, bad_until_60, T0 + 70) is not None


def test_the_run_that_ends_has_what_was_seen_in_its_record() -> None:
    status = under_load(faults=[fault_record(IN_FORCE)], pod_watch=watch_before())
    asked = run(status, abort_when=[RESTARTS], neighbours=NEIGHBOURS)
    decision = decide(asked, surroundings(FAULT_START + 2, restarted(AGENTS)))
    assert decision.status.verdict == "Aborted"
    assert (decision.status.message or "").startswith("aborted: abort rule falls: 1 restarts and losses")
    assert [one.kind for one in (decision.status.pod_watch or PodWatch(looked_at=0)).harms or []] == [
        "Restarted"
    ]
    assert [(said.reason, said.message) for said in decision.said] == [("Aborted", decision.status.message)]


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=1, max_size=6),
    st.sets(st.integers(0, 99)),
)
def test_joined_seconds_are_the_seconds(runs: list[tuple[int, int]], edges: set[int]) -> None:
    """Each is good or bad as it was told, none is left out, and at every edge one begins."""
    bad, t = [], 0
    for good, broken in runs:
        bad.append((t + good, t + good + broken))
        t += good + broken
    told = seconds_of(not_good(*bad), edges)
    each = {t: one.failed > 0 for one in told for t in range(one.t, one.t + one.length)}
    assert each == {t: any(a <= t < b for a, b in bad) for t in range(bad[-1][1])}
    assert {edge for edge in edges if edge < bad[-1][1]} <= {one.t for one in told}
    assert told[-1].length == 1


@pytest.mark.parametrize("clocks", [Clocks(faults=4.0), Clocks(load=-4.0)], ids=["a node's", "the load's"])
def test_by_clocks_that_are_apart_nothing_ends_as_no_check_would_fail(clocks: Clocks) -> None:
    """Of which moment a harm, or a bad second, is cannot be told."""
    harmed = surroundings(FAULT_START + 2, restarted(AGENTS), down(MAIL))
    late = surroundings(T0 + 90, AGENTS, MAIL, not_good((51, 88)))
    for rule, look_at, pod in (
        (RESTARTS, harmed, IN_FORCE),
        (CONTAINED, harmed, IN_FORCE),
        (RECOVERS, late, None),
    ):
        status = under_load(faults=[fault_record(pod or ended_pod())], pod_watch=watch_before())
        together = run(status, abort_when=[rule], neighbours=NEIGHBOURS)
        apart = replace(together, status=status.model_copy(update={"clocks": clocks}))
        assert holding(together, look_at, look_at.now)
        assert holding(apart, look_at, look_at.now) is None
