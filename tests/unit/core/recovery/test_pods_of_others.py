"""What somebody else does to pods in the middle, scaling them down or rolling them out, is no fault's doing."""

from typing import Any

import pytest

from stresscampaigns.api.pod_watch import PodGroup, PodHarm, ReadyPods, Revision
from stresscampaigns.api.status import CheckResult
from stresscampaigns.core.checks import judge
from stresscampaigns.core.recovery.resilience import resilience
from tests.unit.core.builders import CUT, T0, check, template
from tests.unit.core.measurements import evidence, fault_record
from tests.unit.core.recovery.two_faults import BOTH, measured, picture, slow_record
from tests.unit.core.recovery.watches import counts, group, harm, watch

NEIGHBOURS = [{"name": "api", "selector": {"match_labels": {"app": "api"}}}]
WITH_NEIGHBOURS = template(faults=[CUT], neighbours=NEIGHBOURS)
GONE = harm("Gone", 65, pod="agents-2")
FULL = [(40.0, 3)]
FEWER = [(40.0, 3), (65.0, 2)]


def scaled(name: str, ready: Any, there: Any, *revisions: float) -> PodGroup:
    """How many were ready, and how many there, from when on; and when each revision was first seen."""
    numbers = [ReadyPods(since=T0 + at, number=number) for at, number in there]
    seen = [Revision(since=T0 + at, name=str(at)) for at in revisions]
    return counts(name, *ready).model_copy(update={"there": numbers, "revisions": seen or None})


def ready_again(ready: Any, there: Any, *harms: PodHarm, bound: str = "10s") -> CheckResult:
    over = watch(*harms, groups=(scaled("target", ready, there), group("fault:cut")))
    return judge(check(pods_ready={"fault": "cut"}, max=bound), evidence(watch=over))


def test_of_pods_that_somebody_scaled_down_nobody_knows_whether_all_would_be_ready_again() -> None:
    told = ready_again(FEWER, FEWER, GONE)
    assert told.verdict == "Inconclusive"
    assert (
        "of target fewer pods are there than before fault cut, all of them ready: somebody scaled"
        in told.message
    )


@pytest.mark.parametrize(
    ("ready", "there", "harms"),
    [
        (FEWER, FULL, (GONE,)),
        (FEWER, FEWER, (harm("Gone", 55, pod="postgres-0"),)),
        (FEWER, FEWER, ()),
        ([(40, 3), (55, 1), (75, 2)], [(40, 3), (65, 2)], (GONE,)),
        (FEWER, [], (GONE,)),
    ],
    ids=["one is not ready", "killed by us", "nobody is gone", "ready too late", "not known"],
)
def test_fewer_that_are_ready_fail_where_no_scaling_explains_it(ready: Any, there: Any, harms: Any) -> None:
    assert ready_again(ready, there, *harms).verdict == "Failed"


def test_who_was_scaled_down_in_the_seconds_before_the_fault_is_not_waited_for() -> None:
    before = [(36.0, 6), (46.0, 3)]
    assert ready_again(before, before, harm("Gone", 46, pod="agents-5")).verdict == "Inconclusive"


@pytest.mark.parametrize(
    ("until", "bound", "verdict"),
    [(75, "10s", "Inconclusive"), (75, "20s", "Passed"), (None, "10s", "Inconclusive"), (57, "0s", "Passed")],
)
def test_a_shortage_while_another_fault_is_in_force_fails_no_check_of_the_first(
    until: float | None, bound: str, verdict: str
) -> None:
    """`cut` from 50 s to 60 s, `slow` from 58 s to 70 s, which answers for it."""
    over = watch(groups=tuple(group(name, (51, until)) for name in ("target", "fault:cut", "fault:slow")))
    both = measured(picture(), fault_record(), slow_record(58, 70), template=BOTH, watch=over)
    assert judge(check(pods_ready={"fault": "cut"}, max=bound), both).verdict == verdict
    last = judge(check(pods_ready={"fault": "slow"}, max="4s"), both).verdict
    assert last == ("Passed" if until == 57 else "Failed")


def contained(of: PodGroup, *harms: PodHarm) -> CheckResult:
    over = watch(*harms, groups=(of, group("target"), group("fault:cut")))
    known = evidence(template=WITH_NEIGHBOURS, watch=over)
    told = judge(check(containment={"fault": "cut"}, max=0), known)
    record = fault_record().model_copy(update={"outcome": "Recovered"})
    score = resilience([record], known, [], rehearsal=False)
    assert score is not None
    assert told.verdict == "Failed" or (score.score is None) == (told.verdict == "Inconclusive")
    return told


AWAY = harm("Gone", 65, group="neighbour:api", pod="api-2")


@pytest.mark.parametrize(
    ("there", "revisions", "words"),
    [
        (FULL, (40, 64), "a new revision of neighbour:api came around fault cut"),
        (FEWER, (40,), "scaled it down"),
    ],
    ids=["rolled out", "scaled down"],
)
def test_a_neighbour_that_somebody_rolls_out_or_scales_down_is_not_harmed_and_not_known_to_be_spared(
    there: Any, revisions: tuple[float, ...], words: str
) -> None:
    told = contained(scaled("neighbour:api", there, there, *revisions), AWAY)
    assert (told.verdict, words in told.message) == ("Inconclusive", True)


@pytest.mark.parametrize("kind", ["Unready", "Restarted"])
def test_what_else_happens_to_it_is_a_breach_all_the_same(kind: str) -> None:
    of = scaled("neighbour:api", FULL, FULL, 40, 64)
    assert contained(of, AWAY, harm(kind, 66, group="neighbour:api", pod="api-0")).verdict == "Failed"


@pytest.mark.parametrize(
    "revisions", [(), (40,), (20, 30), (40, 40)], ids=["none", "one", "before", "two at first"]
)
def test_a_pod_of_a_neighbour_in_whose_place_comes_one_of_the_same_revision_was_harmed(
    revisions: tuple[float, ...],
) -> None:
    there = [(40, 3), (65, 2), (66, 3)]
    assert contained(scaled("neighbour:api", there, there, *revisions), AWAY).verdict == "Failed"


def test_a_rollout_that_took_no_pod_leaves_no_doubt() -> None:
    assert contained(scaled("neighbour:api", FULL, FULL, 40, 64)).verdict == "Passed"
