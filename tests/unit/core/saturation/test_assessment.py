"""A resource against its limit: one sample is enough to be saturated; not to be takes all of them."""

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stresscampaigns.core.observation import Container, History, Pod, Series
from stresscampaigns.core.saturation.assessment import Assessment, assess
from stresscampaigns.core.saturation.uses import Use, all_uses
from tests.unit.core.builders import T0, template
from tests.unit.core.saturation.histories import CALM, MIB, POOL, history, pod, series, use


def assessed(one: Use, start: float = 0.0, end: float = 100.0) -> Assessment:
    return assess(one, start, end, 1)


@pytest.mark.parametrize(("used", "state"), [(7.19, "NotSaturated"), (7.2, "Saturated"), (8, "Saturated")])
def test_from_ninety_percent_on_a_resource_is_saturated(used: float, state: str) -> None:
    assert assessed(use("db-pool", used=history(used, app="agents"))).state == state


def test_the_peak_and_the_moment_it_first_saturated_are_told() -> None:
    found = assessed(
        use("db-pool", used=history(lambda t: 8 if t == 70 else 7.5 if t >= 40 else 1, app="agents"))
    )
    assert found.reached == 40
    assert found.peak is not None
    assert (found.peak.sample.t, found.peak.ratio, found.peak.where) == (70, 1.0, "app=agents")


def test_only_the_window_that_is_asked_for_counts() -> None:
    busy = use("db-pool", used=history(lambda t: 8 if t >= 60 else 1, app="agents"))
    assert assessed(busy, 0, 50).state == "NotSaturated"
    assert assessed(busy, 50, 100).reached == 60


@settings(deadline=None)
@given(st.integers(2, 90), st.floats(-0.5, 0.5), st.floats(0, 500), st.floats(3, 20))
def test_in_long_steps_a_window_is_all_seen_and_what_was_before_it_is_none_of_it(
    step: int, off: float, start: float, steps: float
) -> None:
    """Each sample is the highest value since the one before; all was in use until the window began."""
    end = start + steps * step
    moments = [off + number * step for number in range(int(end // step) + 3)]
    low, full = 1.0, 8.0
    values = ((at, full if at - step < start - 0.5 else low) for at in moments)
    told = Series({"app": "agents"}, tuple((T0 + at, value) for at, value in values))
    limit = Series({"app": "agents"}, tuple((T0 + at, 8.0) for at in moments))
    found = assess(use("db-pool", used=History((told,)), limit=History((limit,))), start, end, step)
    assert (found.state, found.gaps) == ("NotSaturated", ())


def test_a_window_shorter_than_the_steps_has_not_been_seen() -> None:
    told = use("db-pool", used=history(1, range(0, 101, 20), app="agents"))
    assert assess(told, 41, 59, 20).state == "Unknown"


def test_each_series_is_compared_with_the_limit_of_the_same_labels() -> None:
    used = History((series(4, pod="a", __name__="in_use"), series(4, pod="b", __name__="in_use")))
    limit = History((series(100, pod="a", __name__="size"), series(4, pod="b", __name__="size")))
    found = assessed(use("db-pool", used=used, limit=limit))
    assert found.peak is not None
    assert (found.state, found.peak.where) == ("Saturated", "b")


def test_a_series_without_its_limit_is_a_gap() -> None:
    used = History((series(1, pod="a"), series(1, pod="b")))
    limit = History((series(9, pod="a"), series(9, pod="c")))
    found = assessed(use("db-pool", used=used, limit=limit))
    assert (found.state, found.gaps) == (
        "Unknown",
        ("1 series of `used` have no series of `limit` with the same labels",),
    )


def test_the_only_limit_that_is_told_is_no_others_where_it_is_ones_own() -> None:
    """That of b has vanished."""
    used = History((series(4, pod="a"), series(4, pod="b")))
    of_a = assessed(use("db-pool", used=used, limit=history(8, pod="a")))
    assert of_a.gaps[0] == "1 series of `used` have no series of `limit` with the same labels"
    for labels in ({"app": "agents"}, {"pod": "exporter"}):
        of_all = assessed(use("db-pool", used=used, limit=history(8, **labels)))
        assert (of_all.state, of_all.gaps) == ("NotSaturated", ())


def test_what_waits_is_shown_and_decides_nothing() -> None:
    found = assessed(use("db-pool", waiting=history(lambda t: t / 10, app="agents")))
    assert (found.state, found.waiting) == ("NotSaturated", 10.0)


def test_the_longest_wait_of_the_window_is_shown_and_decides_nothing() -> None:
    slow = use("db-pool", waitTime=history(lambda t: t / 100, app="agents"))
    found = assessed(slow)
    assert (found.state, found.wait_time, found.waiting) == ("NotSaturated", 1.0, None)
    assert assessed(slow, 0, 50).wait_time == 0.5


@pytest.mark.parametrize("part", ["waiting", "waitTime"])
def test_where_nobody_came_nobody_waited(part: str) -> None:
    """A quantile of nothing is NaN, and would be the highest of all."""
    one = use("db-pool", **{part: history(lambda t: math.nan if t < 50 else 0.25, app="agents")})
    assert 0.25 in (assessed(one).waiting, assessed(one).wait_time)
    assert assessed(one).remark is None


@pytest.mark.parametrize(
    "nothing",
    [
        History(),
        History(error="prometheus: 503"),
        history(math.nan, app="agents"),
        history(5, range(60), app="agents"),
    ],
    ids=["no series", "an error", "NaN", "a hole"],
)
@pytest.mark.parametrize("part", ["used", "limit"])
def test_without_data_a_resource_is_unknown_never_fine(nothing: History, part: str) -> None:
    found = assessed(use("db-pool", **{part: nothing}))
    assert found.state == "Unknown"
    assert found.gaps


def test_what_saturated_before_the_hole_has_saturated() -> None:
    assert assessed(use("db-pool", used=history(8, range(20), app="agents"))).state == "Saturated"


def test_memory_and_cpu_have_the_limits_that_kubernetes_knows() -> None:
    full = assessed(use("memory", used=history(95 * MIB)))
    assert full.peak is not None
    assert (full.state, full.peak.limit, full.peak.where) == ("Saturated", 100 * MIB, "agents-0/agents")
    assert assessed(use("cpu", used=history(0.44))).state == "NotSaturated"
    assert assessed(use("cpu", used=history(0.46))).state == "Saturated"


def test_a_process_that_tells_its_own_memory_is_in_the_only_container() -> None:
    assert assessed(use("memory", used=history(95 * MIB, pod="agents-0"))).state == "Saturated"


def test_of_two_containers_nobody_knows_which_the_process_is_in() -> None:
    two = Pod(
        "agents-0", "u", containers=(Container("a", memory_limit=1.0), Container("b", memory_limit=9.0))
    )
    found = assessed(use("memory", (two,), used=history(95 * MIB, pod="agents-0")))
    assert found.state == "Unknown"
    assert "which of pod agents-0's containers" in found.gaps[0]


@pytest.mark.parametrize("name", ["memory", "cpu"])
def test_one_container_does_not_stand_in_for_another_of_its_pod_that_nobody_tells_of(name: str) -> None:
    proxy = Container("proxy", memory_limit=100 * MIB, cpu_limit=0.5)
    pods = (replace(pod(), containers=(*pod().containers, proxy)),)
    alone, both = history(0.1), History((series(0.1), series(0.1, pod="agents-0", container="proxy")))
    found = use(name, pods, ("agents-0",), used=alone)
    assert found.gaps == ("nothing is told of agents-0/proxy",)
    assert assess(found, 0, 100, 1).state == "Unknown"
    assert use(name, pods, ("agents-0",), used=both).gaps == ()
    assert use(name, pods, (), used=alone).gaps == ()


def test_without_a_limit_it_is_said_that_there_is_none() -> None:
    found = assessed(use("cpu", (pod(cpu_limit=None),)))
    assert (found.state, found.gaps[0]) == ("Unknown", "no limit is set: it can take what its node has")


def test_the_limit_of_a_pod_that_is_gone_is_not_known() -> None:
    assert "is gone" in assessed(use("memory", used=history(1.0, pod="agents-9"))).gaps[0]


def test_a_pod_that_was_there_all_the_time_must_have_been_seen_all_the_time() -> None:
    found = assessed(use("memory", (pod(), pod("agents-1")), ("agents-0", "agents-1")))
    assert (found.state, found.gaps) == ("Unknown", ("pod agents-1 was seen for only 0% of the time",))


@pytest.mark.parametrize(("share", "state"), [(0.24, "NotSaturated"), (0.25, "Saturated")])
def test_cpu_that_is_throttled_in_every_fourth_period_is_saturated(share: float, state: str) -> None:
    assert assessed(use("cpu-throttling", used=history(share))).state == state


@settings(deadline=None)
@given(st.lists(st.floats(0, 10), min_size=101, max_size=101), st.integers(0, 100))
def test_not_saturated_means_that_every_second_was_seen_below_the_threshold(
    values: list[float], seen: int
) -> None:
    found = assessed(use("db-pool", used=history(lambda t: values[t], range(seen), app="agents")))
    if found.state == "NotSaturated":
        assert seen >= 95
        assert max(values[:seen]) < 7.2


def pools(second: range, changed: tuple[str, ...] = ()) -> Assessment:
    """Two pods' pools, of which the second one was seen for these seconds alone."""
    used = History((series(2, pod="agents-0"), series(2, second, pod="agents-1")))
    found = all_uses(
        template(saturation=[POOL]),
        CALM | {"db-pool/used": used, "db-pool/limit": history(8, app="agents")},
        (pod(),),
        (),
        T0,
        changed,
    )
    return assessed(next(one for one in found if one.name == "db-pool"))


@pytest.mark.parametrize("seen", [range(50), range(50, 101)], ids=["vanished", "came late"])
def test_a_pods_pool_that_was_not_seen_half_of_the_time_is_not_covered_by_the_others(seen: range) -> None:
    found = pools(seen)
    assert found.state == "Unknown"
    assert found.gaps[0].startswith("agents-1 was seen for only 5")
    assert pools(seen, changed=("agents-1",)).state == "NotSaturated"
    assert pools(range(101)).gaps == ()


def test_a_pod_of_the_target_of_which_nothing_is_told_is_not_covered_by_the_others() -> None:
    told = CALM | {"db-pool/used": history(2, pod="agents-0"), "db-pool/limit": history(8, app="agents")}
    none_in_it = {"db-pool/limit": History((series(8, pod="agents-0"), series(0, pod="agents-1")))}

    def pool(*steady: str, changed: tuple[str, ...] = (), known: dict[str, History] = told) -> Assessment:
        pods = (pod(), pod("agents-1"))
        found = all_uses(template(saturation=[POOL]), known, pods, steady, T0, changed)
        return assessed(next(one for one in found if one.name == "db-pool"))

    assert pool("agents-0", "agents-1").gaps == ("pod agents-1 was seen for only 0% of the time",)
    assert pool("agents-0", "agents-1", changed=("agents-1",)).gaps == ()
    assert pool("agents-1").gaps == ()
    assert pool("agents-0", "agents-1", known=told | none_in_it).gaps == ()


def with_nothing_in(name: str, pods: tuple[Pod, ...], late: float = 0, seen: int = 101) -> Use:
    """A pod whose pool is 0 of 0, in the second half of the load of another size, beside agents-0 and its pool."""
    used = History((series(2, pod="agents-0"), series(0, range(seen), pod=name)))
    limit = History((series(8, pod="agents-0"), series(lambda t: late if t > 50 else 0, pod=name)))
    told = CALM | {"db-pool/used": used, "db-pool/limit": limit}
    found = all_uses(template(saturation=[POOL]), told, pods, ("agents-0",), T0)
    return next(one for one in found if one.name == "db-pool")


def test_a_pod_of_others_that_exports_the_metric_and_has_none_of_it_is_left_out_and_named() -> None:
    found = assessed(with_nothing_in("external-0", (pod(),)))
    assert (found.state, found.gaps) == ("NotSaturated", ())
    assert found.remark == "left out, 0 of 0 and not of the target: external-0"


def test_a_pool_of_none_in_a_pod_of_the_target_is_no_pool_that_was_kept() -> None:
    """All who need it wait for it, and none of it is in use."""
    found = assessed(with_nothing_in("agents-1", (pod(), pod("agents-1"))))
    assert found.state == "Unknown"
    assert found.gaps[0].startswith("agents-1 has 0 of 0 all the time")


@pytest.mark.parametrize(
    "changes",
    [{"late": 4}, {"seen": 50}],
    ids=["it came late", "its pod came and went"],
)
def test_what_may_be_there_is_not_left_out(changes: dict[str, Any]) -> None:
    assert assessed(with_nothing_in("external-0", (pod(),), **changes)).state == "Unknown"


def test_of_a_resource_that_nobody_has_nothing_is_known() -> None:
    nothing = history(0, pod="external-0")
    assert assessed(use("db-pool", used=nothing, limit=nothing)).state == "Unknown"
