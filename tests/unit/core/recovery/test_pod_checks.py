"""Restarts, readiness and neighbours: what was seen is a fact; that nothing happened takes having looked."""

from typing import Any

import pytest

from stresscampaigns.api.pod_watch import PodWatch, Stretch
from stresscampaigns.api.status import CheckResult
from stresscampaigns.core.checks import judge
from tests.unit.core.builders import CUT, T0, check, template
from tests.unit.core.measurements import ended_pod, evidence, fault_record, result
from tests.unit.core.recovery.two_faults import BOTH, measured, picture, slow_record
from tests.unit.core.recovery.watches import counts, group, harm, watch

NEIGHBOURS = [{"name": name, "selector": {"match_labels": {"app": name}}} for name in ("api", "mail")]
WITH_NEIGHBOURS = template(faults=[CUT], neighbours=NEIGHBOURS[:1])
WELL = watch()
LONG: dict[str, Any] = {
    "stages": [{"name": "all", "users": 20, "duration": "1000s"}],
    "scenarios": [{"name": "http"}],
}


def asked(kind: str, over: PodWatch | None, bound: Any = 0, **question: Any) -> CheckResult:
    wanted = check(**{kind: {"fault": "cut"} | question}, max=bound)
    return judge(wanted, evidence(template=WITH_NEIGHBOURS, watch=over))


KINDS = pytest.mark.parametrize("kind", ["restarts", "pods_ready", "containment"])


@KINDS
def test_where_nothing_happened_the_check_passes(kind: str) -> None:
    assert asked(kind, WELL, "0s" if kind == "pods_ready" else 0).verdict == "Passed"


@KINDS
@pytest.mark.parametrize(
    "over",
    [
        None,
        watch(left_out=True),
        watch(looked_at=T0 + 70),
        watch(blind=[Stretch(since=T0 + 40, until=T0 + 70)]),
    ],
    ids=["nobody looked", "more than is kept", "looked too shortly", "blind in between"],
)
def test_where_not_all_was_seen_there_is_no_answer(kind: str, over: PodWatch | None) -> None:
    assert asked(kind, over, "0s" if kind == "pods_ready" else 0).verdict == "Inconclusive"


def test_being_blind_while_no_fault_is_about_does_not_matter() -> None:
    assert asked("restarts", watch(blind=[Stretch(since=T0 + 10, until=T0 + 48)])).verdict == "Passed"


@KINDS
def test_a_fault_that_met_nothing_to_break_gives_no_answer(kind: str) -> None:
    wanted = check(**{kind: {"fault": "cut"}}, max="0s" if kind == "pods_ready" else 0)
    nobody = [fault_record(ended_pod(harmed=0))]
    told = judge(wanted, evidence(template=WITH_NEIGHBOURS, faults=nobody, watch=WELL))
    assert (told.verdict, told.message) == ("Inconclusive", "it: no answer: fault cut met nothing to break")


@KINDS
def test_a_fault_that_was_not_in_force_gives_no_answer(kind: str) -> None:
    wanted = check(**{kind: {"fault": "cut"}}, max="0s" if kind == "pods_ready" else 0)
    nowhere = [fault_record(ended_pod(injected_at=None))]
    told = judge(wanted, evidence(template=WITH_NEIGHBOURS, faults=nowhere, watch=WELL))
    assert (told.verdict, told.message) == ("Inconclusive", "it: no answer: fault cut was not in force")


@pytest.mark.parametrize("kind", ["restarts", "containment"])
@pytest.mark.parametrize(("at", "verdict"), [(49, "Inconclusive"), (55, "Failed"), (90, "Failed")])
def test_what_a_fault_has_harmed_that_was_lost_in_its_only_pod_is_a_fact(
    kind: str, at: float, verdict: str
) -> None:
    lost = [fault_record(ended_pod(ended_at=None, harmed=None, outcome="Lost"))]
    over = watch(harm("Restarted", at, groups=["target", "neighbour:api"]))
    wanted = check(**{kind: {"fault": "cut"}}, max=0)
    told = judge(wanted, evidence(template=WITH_NEIGHBOURS, faults=lost, watch=over))
    assert told.verdict == verdict
    if verdict == "Inconclusive":
        assert told.message == "it: no answer: fault cut is not known to have ended"


def test_restarts_and_losses_of_the_target_are_counted_and_named() -> None:
    assert asked("restarts", WELL).message == "it: 0 restarts and losses since start of cut keeps <= 0"
    told = asked("restarts", watch(harm("Restarted", 55, count=2), harm("Gone", 70, pod="agents-1")))
    assert told.message == (
        "it: 3 restarts and losses since start of cut breaks <= 0: agents-0 restarted, agents-1 is gone"
    )


@pytest.mark.parametrize(
    "no_restart",
    [harm("Unready", 55), harm("Restarted", 49), harm("Restarted", 55, group="fault:cut")],
    ids=["only not ready", "before the fault", "not of the target"],
)
def test_what_is_no_restart_of_the_target_under_the_fault_is_not_counted(no_restart: Any) -> None:
    assert asked("restarts", watch(no_restart)).verdict == "Passed"


def test_a_node_whose_clock_is_as_far_ahead_as_it_may_be_excuses_no_restart() -> None:
    assert asked("restarts", watch(harm("Restarted", 49.1))).verdict == "Failed"


def test_a_restart_that_was_seen_fails_though_not_all_was_seen() -> None:
    assert asked("restarts", watch(harm("Restarted", 55), left_out=True)).verdict == "Failed"


def test_pods_are_ready_again_when_as_many_are_as_before() -> None:
    over = watch(groups=(group("target", (52, 63)), group("fault:cut", (51, 68.5))))
    told = asked("pods_ready", over, "10s")
    assert (told.verdict, told.value) == ("Passed", "8.5s")
    assert asked("pods_ready", over, "8s").verdict == "Failed"


def test_pods_that_were_ready_again_before_the_faults_end_took_no_time() -> None:
    assert asked("pods_ready", watch(groups=(group("target", (51, 59)),)), "1s").value == "0ms"


def test_pods_that_are_not_ready_when_the_load_ends_fail_only_beyond_the_bound() -> None:
    over = watch(groups=(group("target", (51, None)),))
    told = asked("pods_ready", over, "30s")
    assert (told.verdict, told.value) == ("Failed", "not ready again")
    assert told.message == "it: pods of target not all ready again 40s after the end of cut"
    assert asked("pods_ready", over, "60s").verdict == "Inconclusive"


@KINDS
@pytest.mark.parametrize(
    "over", [None, watch(looked_at=T0 + 70)], ids=["nobody looked", "not for long enough"]
)
def test_that_too_little_happened_is_not_known_either_where_not_all_was_seen(
    kind: str, over: PodWatch | None
) -> None:
    wanted = check(**{kind: {"fault": "cut"}}, min="1s" if kind == "pods_ready" else 1)
    assert judge(wanted, evidence(template=WITH_NEIGHBOURS, watch=over)).verdict == "Inconclusive"
    assert judge(wanted, evidence(template=WITH_NEIGHBOURS, watch=WELL)).verdict == "Failed"


def test_pods_that_are_not_ready_yet_may_take_as_long_as_is_asked_for() -> None:
    over = watch(groups=(group("target", (51, None)),))
    wanted = check(pods_ready={"fault": "cut"}, min="60s")
    assert judge(wanted, evidence(template=WITH_NEIGHBOURS, watch=over)).verdict == "Inconclusive"


def scaled(kind: str, *ready: tuple[float, int], bound: Any = "2s") -> CheckResult:
    """Of a run with two faults, from 50 s to 60 s and from 75 s to 80 s, what is said of the second one."""
    names = ("target", "fault:slow") if kind == "pods_ready" else ("neighbour:api",)
    over = watch(groups=tuple(counts(name, *ready) for name in names))
    known = BOTH.model_copy(update={"neighbours": WITH_NEIGHBOURS.neighbours})
    return judge(
        check(**{kind: {"fault": "slow"}}, max=bound), measured(picture(), template=known, watch=over)
    )


@pytest.mark.parametrize(
    ("ready", "verdict"),
    [
        ([(40, 2), (70, 6), (76, 2)], "Failed"),
        ([(40, 2), (70, 6), (76, 2), (81, 6)], "Passed"),
        ([(40, 6), (62, 2)], "Passed"),
        ([(40, 6), (62, 2), (76, 1)], "Failed"),
        ([(40, 6), (74.5, 2)], "Failed"),
        ([(76, 2)], "Inconclusive"),
    ],
    ids=["more since", "more since, and again", "fewer since", "fewer, and again", "just before", "unseen"],
)
def test_as_many_are_to_be_ready_again_as_before_this_very_fault(ready: Any, verdict: str) -> None:
    """An autoscaler may have made more of them, or fewer, since the run's first look."""
    assert scaled("pods_ready", *ready).verdict == verdict


@pytest.mark.parametrize(("ready", "verdict"), [([(40, 1)], "Passed"), ([(40, 1), (61, 0)], "Inconclusive")])
def test_a_neighbour_that_was_gone_before_the_fault_was_not_spared_by_it(ready: Any, verdict: str) -> None:
    assert scaled("containment", *ready, bound=0).verdict == verdict


def test_of_faults_that_overlap_each_is_to_leave_as_many_as_there_were_before_the_first() -> None:
    over = watch(groups=tuple(counts(name, (40, 3), (52, 1)) for name in ("target", "fault:slow")))
    both = measured(picture(), fault_record(), slow_record(start=58), template=BOTH, watch=over)
    assert judge(check(pods_ready={"fault": "slow"}, max="5s"), both).verdict == "Failed"


def away(since: float, until: float, short: tuple[float, float | None], **changes: Any) -> PodWatch:
    """A watch of an operator that was away for a while, over a shortage of pods."""
    blind = [Stretch(since=T0 + since, until=T0 + until)]
    return watch(groups=(group("target", short),), blind=blind, **changes)


def test_while_nobody_looked_pods_may_have_become_ready_long_ago() -> None:
    over = away(60.5, 100, (51, 100))
    told = asked("pods_ready", over, "20s")
    assert told.verdict == "Inconclusive"
    assert told.message.startswith("it: no answer: for 40s around fault cut nobody looked at the pods")
    assert asked("pods_ready", over, "400ms").verdict == "Failed"


def test_pods_that_were_last_seen_not_ready_are_not_so_until_the_loads_end() -> None:
    over = watch(groups=(group("target", (51, None)),), looked_at=T0 + 65)
    assert asked("pods_ready", over, "20s").verdict == "Inconclusive"
    assert asked("pods_ready", over, "4s").message == (
        "it: pods of target not all ready again 5s after the end of cut"
    )


def test_of_a_shortage_whose_end_nobody_saw_no_number_is_told_however_short_the_absence() -> None:
    told = asked("pods_ready", away(44, 64, (42, 64)), "1s")
    assert told.message.startswith(
        "it: no answer: pods of target were not all ready again when nobody looked any more"
    )
    assert asked("pods_ready", away(44, 59.5, (42, 59.5)), "1s").value == "0ms"


@pytest.mark.parametrize("kind", ["Unready", "Restarted", "Gone"])
def test_whatever_happens_to_a_neighbour_is_a_breach(kind: str) -> None:
    told = asked("containment", watch(harm(kind, 55, group="neighbour:api", pod="api-0")))
    assert (told.verdict, told.value) == ("Failed", "1 pods of neighbours harmed")


def test_a_neighbour_that_the_fault_was_put_into_is_no_neighbour() -> None:
    hit = harm("Unready", 55, group="neighbour:api", pod="postgres-0")
    assert asked("containment", watch(hit)).verdict == "Passed"


def test_a_pod_that_is_harmed_twice_is_one_pod() -> None:
    both = [harm(kind, 55, group="neighbour:api", pod="api-0") for kind in ("Unready", "Restarted")]
    assert asked("containment", watch(*both), 1).verdict == "Passed"


def test_a_neighbour_without_a_pod_gives_no_answer() -> None:
    told = asked("containment", watch(groups=(group("neighbour:api", wanted=0),)))
    assert told.message == "it: no answer: no pod of neighbour:api was ready before fault cut"


def test_only_the_neighbours_that_are_asked_for_count() -> None:
    known = template(faults=[CUT], neighbours=NEIGHBOURS)
    over = watch(
        harm("Gone", 55, group="neighbour:mail"), groups=(group("neighbour:api"), group("neighbour:mail"))
    )
    wanted = check(containment={"fault": "cut", "neighbours": ["api"]}, max=0)
    assert judge(wanted, evidence(template=known, watch=over)).verdict == "Passed"
    every = check(containment={"fault": "cut"}, max=0)
    assert judge(every, evidence(template=known, watch=over)).verdict == "Failed"


def test_over_all_faults_what_happened_in_between_belongs_to_the_one_before() -> None:
    def told(fault: str, at: float) -> str:
        over = measured(picture(), template=BOTH, watch=watch(harm("Restarted", at)))
        return judge(check(restarts={"fault": fault}, max=0), over).verdict

    assert [told("cut", 70), told("slow", 70), told("*", 70)] == ["Failed", "Passed", "Failed"]
    assert [told("cut", 77), told("slow", 77), told("*", 77)] == ["Passed", "Failed", "Failed"]


COUNTING = pytest.mark.parametrize("kind", ["restarts", "containment"])


def unlooked(after: float, since: float) -> PodWatch:
    """A restart seen at some moment that may have been at any since the last look before."""
    group_ = {"groups": ["target", "neighbour:api"]}
    return watch(harm("Restarted", since, after=T0 + after, **group_))


@COUNTING
@pytest.mark.parametrize(
    ("after", "since", "verdict"),
    [(40, 52, "Inconclusive"), (50, 58, "Failed"), (92, 103, "Inconclusive"), (40, 48, "Passed")],
    ids=["perhaps before the fault", "under it", "perhaps after the load", "before it"],
)
def test_what_nobody_saw_happen_is_the_faults_only_where_it_was_in_its_time_for_certain(
    kind: str, after: float, since: float, verdict: str
) -> None:
    """An operator that was away for less than it takes to be called blind."""
    told = asked(kind, unlooked(after, since))
    assert told.verdict == verdict
    if verdict == "Inconclusive":
        assert "agents-0 restarted, but whether in the time of fault cut nobody saw" in told.message


@COUNTING
def test_what_may_have_been_a_faults_and_was_seen_only_under_the_next_is_no_pass_of_either(kind: str) -> None:
    """`cut` is looked at from 50 s to 75 s, `slow` from then on."""
    known = BOTH.model_copy(update={"neighbours": WITH_NEIGHBOURS.neighbours})
    every = tuple(group(name) for name in ("target", "fault:cut", "fault:slow", "neighbour:api"))
    of = measured(
        picture(), template=known, watch=unlooked(66, 78).model_copy(update={"groups": list(every)})
    )
    for fault in ("cut", "slow"):
        assert judge(check(**{kind: {"fault": fault}}, max=0), of).verdict == "Inconclusive"


def test_between_two_faults_nobody_looks_and_neither_is_in_doubt_for_it() -> None:
    """From 300 s after its end on nothing is asked of the first; the last look was noted up to 5 s before."""
    far = template(faults=[CUT, {**CUT, "name": "slow", "at": "700s"}], load=LONG)
    records = [fault_record(), slow_record(start=700, end=710)]
    over = unlooked(356, 690).model_copy(update={"looked_at": T0 + 1000})
    of = evidence(template=far, faults=records, watch=over, result=result(finished=T0 + 1000))
    for fault in ("cut", "slow"):
        assert judge(check(restarts={"fault": fault}, max=0), of).verdict == "Passed"


@KINDS
def test_where_there_is_no_fault_that_nothing_was_harmed_says_nothing(kind: str) -> None:
    """An empty list is let in, and `*` is all of it."""
    nothing = template(faults=[], neighbours=NEIGHBOURS[:1])
    wanted = check(**{kind: {"fault": "*"}}, max="0s" if kind == "pods_ready" else 0)
    assert judge(wanted, evidence(template=nothing, faults=[], watch=WELL)).verdict == "Inconclusive"


def test_where_there_are_no_neighbours_none_was_spared() -> None:
    wanted = check(containment={"fault": "cut"}, max=0)
    alone = evidence(template=template(faults=[CUT], neighbours=[]), watch=WELL)
    assert judge(wanted, alone).verdict == "Inconclusive"
