"""Never more pods broken at once than allowed, whatever the faults."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stresscampaigns.api.campaign import RunTemplate
from stresscampaigns.api.run import FaultPod, FaultRecord, StressRunStatus
from stresscampaigns.core import readiness
from stresscampaigns.core.actions import InjectFault
from stresscampaigns.core.fault_limits import Limit, beyond, beyond_plan
from stresscampaigns.core.injection import LEAD, advance
from stresscampaigns.core.observation import Pod
from stresscampaigns.core.progress import Decision
from tests.unit.core.builders import (
    CUT,
    FAULT_END,
    FAULT_START,
    T0,
    ready_pod,
    run,
    seen,
    template,
    under_load,
)

FOUR = tuple(ready_pod(f"db-{number}") for number in range(4))
HALF = {"max_share": "50%"}


def fault(name: str, at: int = 50, duration: int = 10, **changes: Any) -> dict[str, Any]:
    return {**CUT, "name": name, "at": f"{at}s", "duration": f"{duration}s", **changes}


def refused(owners: float, pods: tuple[Pod, ...], *faults: dict[str, Any], share: str = "100%") -> str | None:
    asked = template(faults=list(faults), fault_limits={"max_share": share}, checks=[ERRORS])
    return beyond_plan(asked, Limit.of(asked, owners), {one["name"]: pods for one in faults})


ERRORS = {"name": "errors", "error_rate": {}, "max": "1%"}


def test_without_a_limit_all_pods_may_be_broken_a_single_one_too() -> None:
    assert refused(1.0, FOUR, fault("a", mode="all")) is None
    assert refused(1.0, FOUR[:1], fault("a")) is None


@pytest.mark.parametrize(("value", "too_many"), [(1, False), (2, False), (3, True)])
def test_a_share_is_rounded_down(value: int, too_many: bool) -> None:
    asked = fault("a", mode="fixed", value=value)
    assert (refused(1.0, FOUR, asked, share="50%") is not None) is too_many
    assert (refused(1.0, (*FOUR, ready_pod("db-4")), asked, share="50%") is not None) is too_many


def test_who_set_the_limit_is_named_and_the_lower_one_counts() -> None:
    all_of_them = fault("a", mode="all")
    campaigns = refused(0.75, FOUR, all_of_them, share="50%")
    owners = refused(0.25, FOUR, all_of_them, share="50%")
    pods = "break 4 of 4 pods at once (db-0, db-1, db-2, db-3)"
    assert campaigns == f"fault a would {pods}; spec.faultLimits.maxShare allows 2 (50%)"
    assert owners == (
        f"fault a would {pods}; the namespace's annotation stresscampaigns.dev/max-fault-share allows 1 (25%)"
    )


def test_faults_at_the_same_time_count_together_and_one_pod_once() -> None:
    at_once = (fault("a", mode="fixed", value=2), fault("b", mode="fixed", value=2, seed=7))
    assert "faults a, b would break 3 of 4" in (refused(1.0, FOUR, *at_once, share="50%") or "")
    same = (fault("a", mode="fixed", value=2), fault("b", mode="fixed", value=2))
    assert refused(1.0, FOUR, *same, share="50%") is None


def test_a_rollout_hits_all_pods_of_its_deployment() -> None:
    rollout = {"name": "a", "type": "BadRollout", "at": "50s", "duration": "10s", "deployment": "db"}
    assert refused(1.0, FOUR, {**rollout, "image": "db:2"}) is None
    assert "break 4 of 4 pods" in (refused(1.0, FOUR, {**rollout, "image": "db:2"}, share="75%") or "")


def test_beside_a_rollout_that_is_out_no_more_pods_are_hit_than_allowed() -> None:
    hit = FaultRecord(
        name="a",
        type="BadRollout",
        pods=[FaultPod(pod="db", uid="uid-of-the-deployment")],
        starts_at=FAULT_START,
        ends_at=FAULT_END,
    )
    limit, pods = Limit(0.9, "somebody"), {"a": FOUR, "b": FOUR}
    words = beyond(limit, FOUR[:1], [hit], pods, (FAULT_START, FAULT_END))
    assert "break 4 of 4 pods" in (words or "")
    for outcome in ("Ended", "HeldBack"):
        over = hit.model_copy(update={"pods": [FaultPod(pod="db", uid="u", outcome=outcome)]})
        assert beyond(limit, FOUR[:1], [over], pods, (FAULT_START, FAULT_END)) is None


def test_one_after_the_other_may_hit_different_pods() -> None:
    in_turn = (fault("a", mode="fixed", value=2), fault("b", at=60, mode="fixed", value=2, seed=7))
    assert refused(1.0, FOUR, *in_turn, share="50%") is None


def test_a_pod_that_is_not_ready_is_none_that_could_serve_in_the_others_place() -> None:
    tired = (*FOUR[:2], Pod("db-2", "uid-db-2"), Pod("db-3", "uid-db-3"))
    assert "break 2 of 2" in (refused(1.0, tired, fault("a", mode="all"), share="50%") or "")


def test_too_many_are_refused_before_the_start() -> None:
    pods = {"cut": FOUR}
    asked = run(faults=[CUT | {"mode": "all"}], fault_limits=HALF)
    problem = readiness.problem(asked, seen(T0, fault_pods=pods))
    assert problem is not None
    assert (problem.reason, "break 4 of 4" in problem.message) == ("FaultShareExceeded", True)
    owners = readiness.problem(run(faults=[CUT | {"mode": "all"}]), seen(T0, fault_pods=pods, most_share=0.5))
    assert owners is not None


def test_when_pods_have_gone_meanwhile_the_fault_is_refused_at_its_time_and_says_so() -> None:
    asked = run(under_load(), faults=[CUT | {"mode": "fixed", "value": 2}], fault_limits=HALF)
    decision = advance(asked, seen(FAULT_START - 1, fault_pods={"cut": FOUR[:3]}))
    (record,) = decision.status.faults or []
    assert [(pod.outcome, pod.message) for pod in record.pods or []] == [
        (
            "Refused",
            "it would break 2 of 3 pods at once (db-0, db-1); spec.faultLimits.maxShare allows 1 (50%)",
        )
    ]
    assert [said.reason for said in decision.said] == ["FaultRefused"]
    assert decision.actions == ()


def chosen_of(decision: Decision) -> dict[str, list[str]]:
    return {
        record.name: [pod.pod for pod in record.pods or []] if record.pods else []
        for record in decision.status.faults or []
    }


def test_of_two_that_choose_at_the_same_look_the_second_counts_the_firsts_pods() -> None:
    both = [fault("a", mode="fixed", value=2), fault("b", mode="fixed", value=2, seed=7)]
    asked = run(under_load(), faults=both, fault_limits=HALF, checks=[ERRORS])
    decision = advance(asked, seen(FAULT_START - 1, fault_pods={"a": FOUR, "b": FOUR}))
    assert chosen_of(decision) == {"a": ["db-0", "db-1"], "b": ["-"]}


def test_one_that_is_over_when_the_next_begins_is_not_counted_though_it_is_still_on_at_the_choice() -> None:
    in_turn = [fault("a", mode="fixed", value=2), fault("b", at=60, mode="fixed", value=2, seed=7)]
    asked = run(under_load(), faults=in_turn, fault_limits=HALF, checks=[ERRORS])
    pods = {"a": FOUR, "b": FOUR}
    first = advance(asked, seen(FAULT_START - 1, fault_pods=pods))
    after = advance(
        run(first.status, faults=in_turn, fault_limits=HALF, checks=[ERRORS]),
        seen(FAULT_END - 1, fault_pods=pods),
    )
    assert chosen_of(after)["b"] != ["-"]


faults_of_all_kinds = st.lists(
    st.builds(
        lambda at, duration, mode, value, seed, new: {
            "at": at,
            "duration": duration,
            "mode": mode,
            "seed": seed,
            "new_pods": new,
            "when_not_steady": "Inject",
            **({"value": value} if mode in ("fixed", "fixed-percent", "random-max-percent") else {}),
        },
        st.integers(0, 60),
        st.integers(1, 40),
        st.sampled_from(["one", "all", "fixed", "fixed-percent", "random-max-percent"]),
        st.integers(1, 100),
        st.integers(0, 5),
        st.sampled_from(["Ignore", "Include"]),
    ),
    min_size=1,
    max_size=4,
)
incarnations = st.lists(
    st.lists(st.sampled_from(["starting", "a", "b"]), min_size=5, max_size=5), min_size=4, max_size=12
)
"""What five places of pods hold, look by look: one that is not ready, or which of two that are."""


def pods_of(look: list[str]) -> tuple[Pod, ...]:
    names = [f"db-{number}-{which}" for number, which in enumerate(look)]
    return tuple(Pod(name, f"uid-{name}", ready=not name.endswith("starting")) for name in names)


def asked_for(faults: list[dict[str, Any]], share: int) -> RunTemplate:
    made = [fault(f"f{number}", **one) for number, one in enumerate(faults)]
    return template(faults=made, fault_limits={"max_share": f"{share}%"}, checks=[ERRORS])


@settings(deadline=None, max_examples=150)
@given(faults_of_all_kinds, incarnations, st.integers(1, 100), st.integers(0, 100))
def test_whatever_the_faults_and_whichever_pods_come_and_go_no_more_are_chosen_than_allowed(
    faults: list[dict[str, Any]], looks: list[list[str]], share: int, owners: int
) -> None:
    asked = asked_for(faults, share)
    words = {"faults": [one.to_wire() for one in asked.faults or []], "fault_limits": asked.fault_limits}
    status: StressRunStatus = under_load()
    in_force: list[tuple[str, float, float]] = []
    for number, look in enumerate(looks):
        now = T0 - LEAD + 108 * number / len(looks)
        pods = pods_of(look)
        before = {(record.name, pod.uid) for record in status.faults or [] for pod in record.pods or []}
        found = seen(now, fault_pods={one.name: pods for one in asked.faults or []}, most_share=owners / 100)
        decision = advance(run(status, checks=[ERRORS], **words), found)
        status = decision.status
        fresh = [
            (pod.uid, max(record.starts_at or 0.0, pod.since or 0.0), record.ends_at or 0.0)
            for record in status.faults or []
            for pod in record.pods or []
            if pod.outcome is None and (record.name, pod.uid) not in before
        ]
        in_force += fresh
        assert all(isinstance(action, InjectFault) and action.pod != "-" for action in decision.actions)
        for _, start, _ in fresh:
            hit = {uid for uid, begin, end in in_force if begin <= start < end}
            could_serve = {pod.uid for pod in pods if pod.ready} | (hit & {pod.uid for pod in pods})
            assert len(hit & could_serve) <= min(share, owners) / 100 * len(could_serve) + 1e-9
