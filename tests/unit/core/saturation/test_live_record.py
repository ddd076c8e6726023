"""Samples of metrics.k8s.io as they are noted: each once, none from outside of the load, and never too many."""

from itertools import accumulate

from hypothesis import given, settings
from hypothesis import strategies as st

from stresscampaigns.api.live_use import MOST_LINES, UseLine, UseRecord
from stresscampaigns.core.observation import ContainerUse, History, LiveUse
from stresscampaigns.core.saturation.live_record import noted, waits
from tests.unit.core.builders import T0
from tests.unit.core.saturation.histories import PODS, history
from tests.unit.core.saturation.live_samples import MOMENTS, record, sample

NOT_SERVED = LiveUse(problem="the cluster does not serve metrics.k8s.io")
STEPS = st.lists(
    st.tuples(
        st.integers(0, 60), st.floats(0, 200), st.floats(0, 4), st.floats(1, 60), st.sampled_from("ab")
    ),
    max_size=80,
)
"""Of each sample how long after the one before its window ends; memory, cores, window, container."""


def following(steps: list[tuple[int, float, float, float, str]]) -> list[ContainerUse]:
    moments = accumulate(step[0] for step in steps)
    return [
        sample(float(at), memory, cores, window, container=container)
        for at, (_, memory, cores, window, container) in zip(moments, steps, strict=True)
    ]


def lines(kept: UseRecord | None) -> list[UseLine]:
    return (kept.lines if kept else None) or []


def line(kept: UseRecord | None) -> UseLine:
    (only,) = lines(kept)
    return only


def test_a_sample_is_noted_with_its_window_from_the_start_of_the_load() -> None:
    found = line(record([sample(20, memory=40, cores=0.25, window=12.5)]))
    assert (found.pod, found.container, found.taken) == ("agents-0", "agents", 1)
    assert (found.since, found.until, found.seen) == ([7.5], [20.0], [12.5])
    assert (found.memory, found.cpu) == ([40 * 2**20], [0.25])


def test_a_sample_that_is_told_again_counts_once() -> None:
    once = record([sample(15), sample(30)])
    assert record([sample(15), sample(15), sample(30), sample(15), sample(30)]) == once
    assert line(once).taken == 2


def test_nothing_new_leaves_the_record_untouched() -> None:
    kept = record([sample(15)])
    assert noted(kept, LiveUse((sample(15),)), T0, None) is kept
    assert noted(None, LiveUse(), T0, None) is None


def test_what_was_before_the_load_or_after_it_is_not_noted() -> None:
    assert record([sample(-10), sample(0), sample(116)], end=T0 + 100) is None
    assert line(record([sample(5), sample(114)], end=T0 + 100)).until == [5, 114]


def test_of_windows_that_overlap_only_what_is_new_is_seen() -> None:
    assert line(record([sample(60, window=60), sample(65, window=60)])).seen == [60, 5]


def test_where_nobody_answers_it_is_said_until_somebody_does() -> None:
    kept = noted(None, NOT_SERVED, T0, None)
    assert kept is not None
    assert (kept.problem, kept.lines) == (NOT_SERVED.problem, None)
    again = noted(kept, LiveUse((sample(15),)), T0, None)
    assert again is not None
    assert again.problem is None
    kept = noted(again, NOT_SERVED, T0, None)
    assert kept is not None
    assert (kept.lines, kept.problem) == (again.lines, NOT_SERVED.problem)


def test_no_more_containers_are_noted_than_a_status_holds_and_that_is_said() -> None:
    many = [sample(15, pod=f"agents-{number}") for number in range(MOST_LINES + 1)]
    assert record(many[:-1]) == noted(None, LiveUse(tuple(many[:-1])), T0, None)
    kept = noted(None, LiveUse(tuple(many)), T0, None)
    assert kept is not None
    assert (len(lines(kept)), kept.left_out) == (MOST_LINES, True)
    later = noted(kept, LiveUse((sample(30, pod="agents-0"),)), T0, None)
    assert later is not None
    assert (lines(later)[0].until, later.left_out) == ([15, 30], True)


@settings(deadline=None)
@given(STEPS.map(following))
def test_however_many_there_are_few_are_kept_with_the_highest_and_all_the_time_that_was_seen(
    samples: list[ContainerUse],
) -> None:
    every, few = record(samples), record(samples, most=10)
    assert sum(len(one.until) for one in lines(few)) <= 10
    for whole, joined in zip(lines(every), lines(few), strict=True):
        assert (joined.taken, joined.until[-1], joined.since[0]) == (
            whole.taken,
            whole.until[-1],
            whole.since[0],
        )
        assert (max(joined.memory), max(joined.cpu)) == (max(whole.memory), max(whole.cpu))
        assert abs(sum(joined.seen) - sum(whole.seen)) < 0.1 * len(whole.seen)


def test_they_are_joined_no_further_than_it_takes() -> None:
    kept = record(map(sample, MOMENTS), most=20)
    assert kept is not None
    assert (kept.slot, len(line(kept).until)) == (32, 19)
    assert record(map(sample, MOMENTS), most=40) == record(map(sample, MOMENTS))


@settings(deadline=None)
@given(STEPS.map(following))
def test_what_is_noted_is_in_the_order_of_time_and_no_second_is_seen_twice(
    samples: list[ContainerUse],
) -> None:
    for one in lines(record(samples)):
        assert one.until == sorted(set(one.until))
        before = [one.since[0], *one.until[:-1]]
        assert all(
            seen <= until - last + 0.2 for seen, until, last in zip(one.seen, one.until, before, strict=True)
        )


WHOLE = [sample(at) for at in MOMENTS]


def waited_for(samples: list[ContainerUse], histories: dict[str, History] | None = None) -> bool:
    kept = record(samples)
    return kept is not None and waits(kept, histories or {}, PODS, 600.0)


def test_the_end_waits_for_the_sample_that_reaches_it() -> None:
    assert waited_for(WHOLE[:-1])
    assert not waited_for(WHOLE)


def test_nobody_waits_for_a_pod_that_is_gone_or_for_an_api_that_is_away() -> None:
    assert not waited_for([sample(15, pod="agents-9")])
    kept = noted(record(WHOLE[:-1]), NOT_SERVED, T0, None)
    assert kept is not None
    assert not waits(kept, {}, PODS, 600.0)


def test_nobody_waits_for_what_prometheus_knows() -> None:
    memory, cpu = {"memory/used": history(1.0)}, {"cpu/used": history(1.0)}
    assert waited_for(WHOLE[:-1], memory)
    assert not waited_for(WHOLE[:-1], memory | cpu)
