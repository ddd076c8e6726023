"""What is noted of pods from look to look."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.api.pod_watch import MOST_CHANGES, MOST_HARMS, MOST_PODS, MOST_REVISIONS, PodWatch
from stresscampaigns.core.observation import Container, Heard, Pod
from stresscampaigns.core.pod_watch import BLIND, COARSE, UNCLEAR, groups_of, look, looked, near
from tests.unit.core.builders import T0, ready_pod, seen, template

A, B = ready_pod("a"), ready_pod("b")


def down(pod: Pod) -> Pod:
    return replace(pod, ready=False)


def restarted(pod: Pod, times: int) -> Pod:
    return replace(pod, containers=(Container("main", restarts=times),))


def looks(*of: tuple[Pod, ...], every: float = 1.0) -> PodWatch:
    """One look after the other at the group `target`."""
    watch = None
    for number, pods in enumerate(of):
        watch = look(watch, {"target": pods}, T0 + number * every)
    assert watch is not None
    return watch


def told(watch: PodWatch) -> list[tuple[str, str, float, float | None]]:
    return [
        (one.pod, one.kind, one.since - T0, None if one.until is None else one.until - T0)
        for one in watch.harms or []
    ]


def ready(watch: PodWatch) -> list[tuple[float, int]]:
    (group,) = watch.groups or []
    return [(one.since - T0, one.number) for one in group.ready or []]


def test_where_nothing_happens_nothing_is_noted() -> None:
    watch = looks((A, B), (A, B), (A, B))
    assert (told(watch), ready(watch), watch.left_out) == ([], [(0, 2)], None)


def test_a_pod_that_is_not_ready_for_a_while_is_noted_from_when_to_when() -> None:
    watch = looks((A, B), (A, down(B)), (A, down(B)), (A, B), (A, B))
    assert told(watch) == [("b", "Unready", 1, 3)]
    assert ready(watch) == [(0, 2), (1, 1), (3, 2)]


def test_a_pod_of_a_bad_revision_is_none_of_those_that_are_to_be_ready_again() -> None:
    bad = replace(ready_pod("c"), mark="uid-of-run.bad")
    watch = looks((A, B), (A, bad), (bad, ready_pod("d")), (A, B))
    assert ready(watch) == [(0, 2), (1, 1), (3, 2)]


def test_a_restart_is_noted_even_where_it_was_over_before_anyone_looked() -> None:
    watch = looks((restarted(A, 3),), (restarted(A, 5),), (restarted(A, 5),))
    assert told(watch) == [("a", "Restarted", 1, None)]
    assert (watch.harms or [])[0].count == 2


def test_a_pod_that_vanishes_is_noted_and_another_in_its_place_ends_the_shortage() -> None:
    watch = looks((A, B), (A,), (A, down(ready_pod("c"))), (A, ready_pod("c")))
    assert told(watch) == [("b", "Gone", 1, None)]
    assert ready(watch) == [(0, 2), (1, 1), (3, 2)]


def test_a_pod_on_its_way_out_is_gone() -> None:
    assert told(looks((A, B), (A, replace(B, deleting=True)))) == [("b", "Gone", 1, None)]


def test_a_jobs_pod_that_is_done_has_come_to_no_harm() -> None:
    done = replace(B, ready=False, ended=True, exit_code=0)
    assert told(looks((A, B), (A, done), (A,))) == []
    for harmed in (replace(done, exit_code=137), replace(done, deleting=True)):
        assert told(looks((A, B), (A, harmed))) == [("b", "Gone", 1, None)]


def test_a_pod_that_was_not_ready_at_the_first_look_has_not_become_so() -> None:
    watch = looks((A, down(B)), (A, down(B)), (A, B))
    assert (told(watch), ready(watch)) == ([], [(0, 1), (2, 2)])


def test_a_pod_that_vanishes_while_it_is_not_ready_is_not_so_for_ever() -> None:
    assert told(looks((A, B), (A, down(B)), (A,))) == [("b", "Unready", 1, 2), ("b", "Gone", 2, None)]


def test_a_look_in_which_nothing_has_changed_is_written_down_now_and_then() -> None:
    first = looks((A,))
    assert look(first, {"target": (A,)}, T0 + COARSE - 0.1) is first
    assert look(first, {"target": (A,)}, T0 + COARSE).looked_at == T0 + COARSE


def test_time_in_which_nobody_looked_is_noted() -> None:
    assert looks((A,), (A,), every=BLIND).blind is None
    (stretch,) = looks((A,), (A,), every=BLIND + 1).blind or []
    assert (stretch.since, stretch.until) == (T0, T0 + BLIND + 1)


@pytest.mark.parametrize(("every", "after"), [(1.0, None), (UNCLEAR, None), (UNCLEAR + 0.1, T0)])
def test_of_what_happened_while_nobody_looked_it_is_noted_since_when_it_may_have(
    every: float, after: float | None
) -> None:
    watch = looks((restarted(A, 0), B), (restarted(A, 1), down(B)), every=every)
    assert [(one.since, one.after) for one in watch.harms or []] == [(T0 + every, after)] * 2


def test_whoever_has_looked_just_before_knows_when_it_happened_though_that_was_not_written_down() -> None:
    last = looks((A, B))
    now = last.looked_at + UNCLEAR + 1
    at_once = seen(now, target_pods=(A, down(B)), heard_before=Heard(now - 0.5))
    assert [one.after for one in looked(last, at_once).harms or []] == [None]
    anew = seen(now, target_pods=(A, down(B)))
    assert [one.after for one in looked(last, anew).harms or []] == [last.looked_at]


def test_more_than_can_be_kept_is_said() -> None:
    watch = looks(*[(restarted(A, times),) for times in range(MOST_HARMS + 2)])
    assert (len(watch.harms or []), watch.left_out) == (MOST_HARMS, True)
    flapping = looks(*[(A, B) if number % 2 else (A,) for number in range(MOST_CHANGES + 2)])
    assert (len(ready(flapping)), flapping.left_out) == (MOST_CHANGES, True)
    rolled = looks(*[(replace(A, revision=str(number)),) for number in range(MOST_REVISIONS + 2)])
    assert [len(one.revisions or []) for one in rolled.groups or []] == [MOST_REVISIONS]
    many = tuple(ready_pod(str(number)) for number in range(MOST_PODS + 1))
    assert (len(looks(many).pods or []), looks(many).left_out) == (MOST_PODS, True)


states = st.lists(
    st.lists(st.sampled_from([A, down(A), B, down(B)]), max_size=2, unique_by=lambda p: p.name), max_size=12
)


@given(states)
def test_a_pod_is_never_twice_not_ready_at_a_time_and_only_changes_are_noted(
    of: list[list[Pod]],
) -> None:
    watch = looks((A, B), *map(tuple, of))
    unready = [one for one in told(watch) if one[1] == "Unready"]
    for name in ("a", "b"):
        own = [(since, until) for pod, _, since, until in unready if pod == name]
        assert all(until is not None and until <= since for (_, until), (since, _) in pairwise(own))
    assert all(since < later and number != then for (since, number), (later, then) in pairwise(ready(watch)))


@pytest.mark.parametrize(("t", "is_near"), [(39, False), (40, True), (55, True), (360, True), (361, False)])
def test_pods_are_looked_at_around_faults_alone(t: float, is_near: bool) -> None:
    assert near(template(), t) == is_near
    assert not near(template(faults=None), t)


def test_of_a_run_of_an_older_version_only_what_is_seen_from_now_on_is_known() -> None:
    group = {"name": "target", "wanted": 2, "short": [{"since": T0 - 9}]}
    old = PodWatch.model_validate({"looked_at": T0 - 1, "groups": [group]})
    assert ready(look(old, {"target": (A,)}, T0)) == [(0, 1)]


def test_the_target_the_faults_pods_and_the_neighbours_are_groups() -> None:
    watch = look(None, groups_of(seen(T0, target_pods=(A,), neighbour_pods={"api": (A, B)})), T0)
    assert [(one.name, [now.number for now in one.ready or []]) for one in watch.groups or []] == [
        ("target", [1]),
        ("fault:cut", [1]),
        ("neighbour:api", [2]),
    ]
    assert {one.name: one.groups for one in watch.pods or []}["a"] == ["target", "neighbour:api"]


def test_how_many_are_there_and_of_which_revision_is_noted_beside_who_is_ready() -> None:
    def of(pod: Pod, revision: str | None, **changes: Any) -> Pod:
        return replace(pod, revision=revision, **changes)

    new = of(ready_pod("c"), "new", ready=False)
    watch = looks(
        (of(A, "old"), of(B, "old")),
        (of(A, "old"), of(B, "old", deleting=True), new),
        (of(A, "old"), of(B, "old", ended=True), replace(new, ready=True), of(ready_pod("d"), None)),
        (replace(new, ready=True), of(ready_pod("e"), "bad", mark="uid-of-run.bad")),
    )
    (group,) = watch.groups or []
    assert [(one.since - T0, one.number) for one in group.there or []] == [(0, 2), (2, 3), (3, 2)]
    assert [(one.since - T0, one.name) for one in group.revisions or []] == [(0, "old"), (1, "new")]
