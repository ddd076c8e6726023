"""Memory and CPU against their limits by what metrics.k8s.io told, where Prometheus has nothing of them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stresscampaigns.api.live_use import UseRecord
from stresscampaigns.api.status import CheckResult
from stresscampaigns.core.checks import judge
from stresscampaigns.core.observation import Container, History, LiveUse, Pod
from stresscampaigns.core.saturation.growth import growth
from stresscampaigns.core.saturation.live_record import noted
from stresscampaigns.core.saturation.records import resource_record
from stresscampaigns.core.saturation.windows import LEAST_SAMPLES
from tests.unit.core.builders import T0, check, template
from tests.unit.core.measurements import evidence, result
from tests.unit.core.saturation.histories import MIB, PODS, history, pod
from tests.unit.core.saturation.live_samples import LENGTH, MOMENTS, assessed, record, sample, use

CALM = record(map(sample, MOMENTS))


@pytest.mark.parametrize("resource", ["memory", "cpu"])
def test_what_was_seen_whole_and_below_its_limit_is_not_saturated(resource: str) -> None:
    found = assessed(use(resource, CALM))
    assert (found.state, found.gaps, found.samples) == ("NotSaturated", (), len(MOMENTS))


def test_one_sample_is_enough_to_be_saturated_at_the_limit_that_kubernetes_knows() -> None:
    hot = record([sample(15, cores=0.46), sample(30, memory=95)])
    memory, cpu = assessed(use("memory", hot)), assessed(use("cpu", hot))
    assert (memory.state, memory.reached, cpu.state, cpu.reached) == ("Saturated", 30, "Saturated", 15)
    assert memory.peak is not None
    assert (memory.peak.limit, memory.peak.where) == (100 * MIB, "agents-0/agents")


def test_who_told_it_and_how_often_stands_in_the_record() -> None:
    told = resource_record(assessed(use("memory", CALM)), str, None)
    assert (told.source, told.used, told.peak) == ("metrics.k8s.io, every 15s", "50 MiB", "50%")


def test_what_prometheus_tells_goes_before() -> None:
    assert use("memory", CALM, used=history(95 * MIB)).source == "Prometheus"


def test_where_nobody_tells_anything_both_are_said() -> None:
    found = use("cpu", UseRecord(problem="the cluster does not serve metrics.k8s.io"))
    assert found.gaps == ("Prometheus was not asked; the cluster does not serve metrics.k8s.io",)
    nothing = use("cpu", None, used=History())
    assert nothing.gaps[0].endswith("; metrics.k8s.io has told nothing of the target's pods")
    assert assessed(nothing).state == "Unknown"


@pytest.mark.parametrize("resource", ["cpu-throttling", "file-descriptors"])
def test_what_it_cannot_tell_stays_unknown_and_that_is_said(resource: str) -> None:
    found = assessed(use(resource, CALM, used=History()))
    assert found.state == "Unknown"
    assert found.gaps[0].endswith("of the target's pods; metrics.k8s.io does not tell it")


def test_without_a_limit_or_with_containers_left_out_nothing_is_fine() -> None:
    unlimited = assessed(use("cpu", CALM, (pod(cpu_limit=None),)))
    assert (unlimited.state, unlimited.gaps) == (
        "Unknown",
        ("no limit is set: it can take what its node has",),
    )
    assert CALM is not None
    cut = assessed(use("cpu", CALM.model_copy(update={"left_out": True})))
    assert (cut.state, cut.gaps) == ("Unknown", ("there were more containers than the 1 that are kept",))


def test_a_pod_that_was_there_all_the_time_must_have_been_seen_all_the_time() -> None:
    found = assessed(use("memory", CALM, (*PODS, pod("agents-1")), ("agents-0", "agents-1")))
    assert (found.state, found.gaps) == (
        "Unknown",
        (f"pod agents-1 was seen in 0 whole samples: it takes {LEAST_SAMPLES}",),
    )


def test_containers_that_used_the_same_at_the_same_time_are_told_apart_by_their_limits() -> None:
    two = Pod("agents-0", "u", containers=(Container("agents", cpu_limit=0.5), Container("proxy")))
    samples = [sample(at, container=name) for at in MOMENTS for name in ("agents", "proxy")]
    found = assessed(use("cpu", record(samples), (two,)))
    assert (found.state, found.gaps) == ("Unknown", ("no limit is set: it can take what its node has",))


def test_a_container_that_is_never_told_of_is_not_seen() -> None:
    limited = [Container(name, memory_limit=100 * MIB) for name in ("agents", "proxy")]
    found = assessed(use("memory", CALM, (Pod("agents-0", "u", containers=tuple(limited)),)))
    assert (found.state, found.gaps) == ("Unknown", ("nothing is told of agents-0/proxy",))


def test_an_api_that_fell_silent_is_told_beside_the_hole_that_it_left() -> None:
    kept = noted(
        record(map(sample, MOMENTS[:20])), LiveUse(problem="metrics.k8s.io does not answer"), T0, None
    )
    told = resource_record(assessed(use("memory", kept)), str, None)
    assert told.detail == (
        "pod agents-0 was seen for only 54% of the time; seen for only 54% of the time; "
        "metrics.k8s.io does not answer"
    )


def test_pods_that_took_each_others_place_must_have_been_seen_together() -> None:
    half = len(MOMENTS) // 2
    turns = [sample(at, pod="agents-0" if at <= MOMENTS[half - 1] else "agents-1") for at in MOMENTS]
    both = (*PODS, pod("agents-1"))
    assert assessed(use("memory", record(turns), both, ())).state == "NotSaturated"
    holed = assessed(use("memory", record(turns[:15] + turns[22:]), both, ()))
    assert holed.gaps == ("seen for only 82% of the time",)


@pytest.mark.parametrize("cores", [0.1, 5.0])
def test_a_window_that_began_before_what_is_asked_for_says_nothing_of_it(cores: float) -> None:
    before = record([sample(10, cores=cores), *(sample(at + 10) for at in MOMENTS)])
    found = assessed(use("cpu", before))
    assert (found.state, found.samples) == ("NotSaturated", len(MOMENTS) - 1)


@pytest.mark.parametrize(
    ("lost", "gaps"), [(1, ()), (3, ("pod agents-0 was seen for only 85% of the time",))]
)
def test_one_window_may_be_lost_at_an_edge_and_no_more(lost: int, gaps: tuple[str, ...]) -> None:
    late, early = (record(map(sample, some)) for some in (MOMENTS[lost:], MOMENTS[: 10 - lost]))
    assert assessed(use("memory", late), 0, 150).gaps[:1] == gaps
    assert assessed(use("memory", early), 0, 150).gaps[:1] == gaps


@settings(deadline=None)
@given(st.sets(st.integers(0, len(MOMENTS) - 1)))
def test_not_saturated_means_that_hardly_a_window_is_missing(missing: set[int]) -> None:
    kept = [sample(at) for number, at in enumerate(MOMENTS) if number not in missing]
    found = assessed(use("memory", record(kept)))
    unseen = len(missing) * 15.0 - 2 * 1.5 * 15.0
    if found.state == "NotSaturated":
        assert unseen <= 0.05 * LENGTH
    if len(missing) <= 2:
        assert found.state == "NotSaturated"


@settings(deadline=None)
@given(
    st.lists(st.floats(0, 120), min_size=len(MOMENTS), max_size=len(MOMENTS)),
    st.integers(5, 60),
    st.tuples(st.integers(0, 40), st.integers(0, 40)),
)
def test_what_samples_that_were_joined_call_saturated_all_of_them_do(
    used: list[float], most: int, stretch: tuple[int, int]
) -> None:
    samples = [sample(at, memory=value) for at, value in zip(MOMENTS, used, strict=True)]
    start, end = sorted(15.0 * place for place in stretch)
    joined = assessed(use("memory", record(samples, most=most)), start, end)
    every = assessed(use("memory", record(samples)), start, end)
    assert every.state == "Saturated" or joined.state != "Saturated"
    if joined.peak and every.peak:
        assert joined.peak.ratio <= every.peak.ratio


def test_memory_that_grows_is_seen_to_grow() -> None:
    rising = record(sample(at, memory=20 + at / 30) for at in MOMENTS)
    found = growth(use("memory", rising), LENGTH / 2, LENGTH)
    assert found is not None
    assert (found.words, found.material) == ("126 MB/h (126 to 126)", True)


def test_of_a_short_load_there_are_too_few_samples_for_a_slope() -> None:
    assert growth(use("memory", CALM), 0, 120) is None


def asked(kept: UseRecord | None, **question: str) -> CheckResult:
    wanted = check(saturation={"resource": "memory"}, **({"max": "90%"} | question))
    return judge(wanted, evidence(template=template(), result=result(), uses=[use("memory", kept)]))


@pytest.mark.parametrize(("peak", "verdict"), [(90, "Passed"), (91, "Failed")])
def test_a_check_is_answered_by_it_and_says_so(peak: float, verdict: str) -> None:
    told = asked(record(sample(at, memory=peak if at == 45 else 50) for at in MOMENTS))
    assert (told.verdict, told.value, told.source) == (verdict, f"{peak}%", "metrics.k8s.io, every 15s")


def test_too_few_samples_are_no_pass_but_one_beyond_the_bound_fails() -> None:
    few = asked(record([sample(15), sample(30), sample(45)]))
    assert (few.verdict, few.source) == ("Inconclusive", "metrics.k8s.io, every 15s")
    assert "seen in 3 whole samples: it takes 4" in few.message
    assert asked(record([sample(15, memory=95)])).verdict == "Failed"
    assert asked(CALM, during="low").verdict == "Inconclusive"


def test_the_start_of_the_load_is_where_the_clock_of_its_samples_begins() -> None:
    assert CALM is not None
    assert CALM.lines is not None
    assert CALM.lines[0].since[0] == 0.0
    assert sample(15).at == T0 + 15
