"""A window is covered where every series of it is: the others must not stand in for one that has vanished."""

from dataclasses import replace
from typing import Any

import pytest

from stresscampaigns.api.pod_watch import PodHarm, PodWatch
from stresscampaigns.core.coverage import answer, changed_pods, lasting_pods, unseen_pods, with_extremes
from stresscampaigns.core.observation import Answer, Container, History, Pod, Series
from stresscampaigns.core.saturation.incidents import MOST_PODS, at_start
from stresscampaigns.core.saturation.questions import Question
from tests.unit.core.builders import T0, ready_pod, run, under_load

ASKED = Question("in_use", T0, T0 + 99, 1)
WHOLE = range(100)


def series(seconds: range = WHOLE, **labels: str) -> Series:
    return Series(labels, tuple((T0 + second, 0.5) for second in seconds))


def told(*found: Series, changed: tuple[str, ...] = (), asked: Question = ASKED) -> Answer:
    return answer(History(found), asked, changed)


def test_every_sample_of_every_series_is_in_the_answer() -> None:
    both = told(series(pod="a"), replace(series(pod="b"), points=((T0, 0.7),)), changed=("b",))
    assert (both.values, both.covered, both.partial) == ((0.5,) * 100 + (0.7,), 1.0, None)


def test_a_hole_shows_in_what_is_covered_and_a_moment_counts_once() -> None:
    assert told(series(range(60)), series(range(30, 80), pod="b")).covered == 0.8


@pytest.mark.parametrize("step", [1, 3])
def test_a_window_is_as_long_as_its_steps(step: int) -> None:
    asked = replace(ASKED, start=T0 + 0.4, step=step)
    assert told(series(range(0, 100, step)), asked=asked).covered == 1.0


def test_extremes_between_the_steps_are_values_and_cover_nothing() -> None:
    found = with_extremes(told(series(range(60))), [History((Series({}, ((T0 + 70, 9.0),)),))])
    assert (max(found.values), found.covered) == (9.0, 0.6)
    assert with_extremes(told(series()), [History(error="503")]).error == "503"


def test_nothing_is_no_answer_and_an_error_stays_one() -> None:
    assert told() == Answer()
    assert answer(History(error="503"), ASKED, ()) == Answer(error="503")


@pytest.mark.parametrize(
    "seen", [range(50), range(50, 100), range(0, 100, 2)], ids=["vanished", "came late", "torn"]
)
@pytest.mark.parametrize("labels", [{"pod": "b"}, {"instance": "10.0.0.7:8080"}, {}])
def test_a_series_of_which_half_is_missing_is_told_of(seen: range, labels: dict[str, str]) -> None:
    found = told(series(pod="a"), series(seen, **labels))
    assert found.covered == 1.0
    assert found.partial is not None
    assert found.partial.endswith("for only 50% of the window")
    assert all(f'{name}="{value}"' in found.partial for name, value in labels.items())


def test_nearly_all_of_a_series_is_enough() -> None:
    assert told(series(pod="a"), series(range(95), pod="b")).partial is None
    assert told(series(pod="a"), series(range(94), pod="b")).partial is not None


@pytest.mark.parametrize("seen", [range(50), range(50, 100)], ids=["went", "came"])
def test_a_pod_that_kubernetes_tells_went_or_came_covers_its_own_time(seen: range) -> None:
    assert told(series(pod="a"), series(seen, pod="b"), changed=("b",)).partial is None


def test_within_its_own_time_nothing_may_be_missing() -> None:
    torn = Series({"pod": "b"}, series(range(20)).points + series(range(40, 60)).points)
    partial = told(series(pod="a"), torn, changed=("b",)).partial
    assert partial == 'the series {pod="b"} for only 67% of the window'


def pods(*found: Pod, **status: Any) -> frozenset[str]:
    """Which have changed, since the load began with two pods."""
    began = at_start([served("a"), served("b")])
    return changed_pods(run(under_load(target_pods=began, **status)), found)


def served(name: str, restarts: int = 1) -> Pod:
    return replace(ready_pod(name), containers=(Container("agents", restarts=restarts),))


@pytest.mark.parametrize(
    ("now", "changed"),
    [
        ((served("a"), served("b")), set()),
        ((served("a"),), {"b"}),
        ((served("a"), served("b"), served("c")), {"c"}),
        ((served("a"), served("b", restarts=2)), {"b"}),
        ((served("a"), replace(served("b"), uid="another")), {"b"}),
    ],
    ids=["none", "gone", "new", "restarted", "replaced under its name"],
)
def test_pods_change_when_they_go_come_or_restart(now: tuple[Pod, ...], changed: set[str]) -> None:
    assert pods(*now) == changed


def test_a_pod_beside_the_target_that_a_fault_took_is_known_too() -> None:
    harm = {"pod": "postgres-0", "uid": "u", "groups": ["fault:cut"], "since": T0}
    kept = [PodHarm(kind="Gone", **harm), PodHarm(kind="Unready", **(harm | {"pod": "mail-0"}))]
    watch = PodWatch(looked_at=T0 + 90, harms=kept)
    assert pods(served("a"), served("b"), pod_watch=watch) == {"postgres-0"}


def test_of_more_pods_than_a_status_keeps_none_is_said_to_have_come() -> None:
    """The others were there, too: a series of theirs that vanishes is no newcomer's."""
    many = [ready_pod(f"agents-{number}") for number in range(MOST_PODS + 2)]
    crowded, newcomer = (run(under_load(target_pods=at_start(some))) for some in (many, many[:3]))
    assert changed_pods(crowded, many) == frozenset()
    assert changed_pods(newcomer, many[:4]) == {"agents-3"}


@pytest.mark.parametrize(
    ("labels", "missing"),
    [
        ([{"pod": "a"}], ["b"]),
        ([{"pod": "a"}, {"pod": "b"}], []),
        ([{"pod": "a", "namespace": "staging"}, {"pod": "b", "namespace": "elsewhere"}], ["b"]),
        ([{"pod": "a", "namespace": "elsewhere"}], []),
        ([{"pod": "postgres-0"}], []),
        ([{"instance": "10.0.0.7:8080"}, {}], []),
        ([], []),
    ],
    ids=["one of two", "both", "a namesake", "only a namesake", "of others", "by other labels", "nothing"],
)
def test_where_a_pod_of_the_target_has_a_series_each_of_them_must(
    labels: list[dict[str, str]], missing: list[str]
) -> None:
    assert unseen_pods(labels, "staging", {"a", "b"}) == missing


def test_only_pods_that_were_there_all_the_time_must_have_one() -> None:
    pending, evicted = replace(served("e"), ready=False), replace(served("f"), ready=False, ended=True)
    before = [served("a"), served("b"), served("c"), pending, replace(evicted, ended=False)]
    now = (served("a"), served("b", restarts=2), served("d"), pending, evicted)
    assert lasting_pods(run(under_load(target_pods=at_start(before))), now) == {"a"}


def test_a_pod_without_a_series_is_told_by_its_name() -> None:
    found = answer(History((series(pod="a"),)), ASKED, (), ["b", "c"])
    assert (found.covered, found.partial) == (1.0, "series of other pods of the target, and none of b, c")
