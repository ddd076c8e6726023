"""The bottleneck in a sentence: which resource saturated first, at what load, and what nobody could see."""

from dataclasses import replace
from typing import Any

import pytest

from stresscampaigns.api.load_result import LoadResult, Second
from stresscampaigns.api.saturation import ResourceRecord
from stresscampaigns.core.observation import History, Observation, Pod
from stresscampaigns.core.saturation.incidents import at_start
from stresscampaigns.core.saturation.report import Report, report
from stresscampaigns.core.saturation.uses import all_uses
from tests.unit.core.builders import LOAD_END, T0, run, seen, template, under_load
from tests.unit.core.measurements import requests, result, windows
from tests.unit.core.saturation.histories import CALM, MIB, PODS, POOL, history, pod

RISING = [Second(t=t, completed=10, failed=0, p95_us=1, users=t + 1) for t in range(100)]
OPEN = {
    "stages": [
        {"name": "low", "rate": 10, "duration": "40s"},
        {"name": "high", "rate": 30, "ramp": "20s", "duration": "1m"},
    ],
    "scenarios": [{"name": "http"}],
}


def reported(
    changes: dict[str, History] | None = None,
    pods: tuple[Pod, ...] = PODS,
    measured: LoadResult | None = None,
    **asked: Any,
) -> Report:
    view = run(under_load(target_pods=at_start(PODS)), saturation=[POOL], **asked)
    histories = CALM | (changes or {})
    observation: Observation = seen(LOAD_END + 1, target_pods=pods, histories=histories)
    uses = all_uses(view.template, histories, pods, ["agents-0"], T0)
    return report(view, observation, measured or result(seconds=RISING), uses)


def of(name: str, told: Report) -> ResourceRecord:
    return next(one for one in told.records if one.resource == name)


def test_where_all_was_seen_and_nothing_saturated_the_highest_is_told() -> None:
    told = reported()
    assert told.bottleneck == "nothing saturated; highest was memory: 50% of 100 MiB in agents-0/agents"
    assert told.alarm == []


def test_what_saturated_first_is_told_with_its_moment_and_the_users_then() -> None:
    full = {
        "db-pool/used": history(lambda t: 8 if t >= 34 else 1, app="agents"),
        "cpu/used": history(lambda t: t / 100),
    }
    told = reported(full)
    assert told.bottleneck == (
        "db-pool saturated first: 100% of 8 in app=agents, 34s into the load, at 35 users; "
        "then cpu, 45s into the load, at 46 users"
    )
    record = of("db-pool", told)
    assert (record.state, record.peak, record.used, record.limit) == ("Saturated", "100%", "8", "8")
    assert (record.reached_after, record.load, record.source) == ("34s", "35 users", "Prometheus")


@pytest.mark.parametrize(("moment", "rate"), [(20, "10"), (50, "20"), (60, "30"), (90, "30")])
def test_in_the_open_model_the_load_is_its_planned_rate(moment: int, rate: str) -> None:
    full = {"db-pool/used": history(lambda t: 8 if t >= moment else 1, app="agents")}
    told = reported(full, measured=result(model="open"), load=OPEN)
    assert of("db-pool", told).load == f"{rate} arrivals/s"


def test_what_could_not_be_seen_is_said() -> None:
    told = reported({"cpu-throttling/used": History()})
    assert told.bottleneck.startswith("nothing saturated of what was seen; highest was memory")
    assert told.bottleneck.endswith("not seen whole: cpu-throttling")
    assert of("cpu-throttling", told).detail == (
        "no source: Prometheus has no container_cpu_cfs_periods_total of the target's pods"
    )


def test_who_waits_cannot_be_seen_and_that_decides_nothing() -> None:
    told = of("db-pool", reported({"db-pool/waiting": History(error="parse error")}))
    assert (told.state, told.waiting, told.detail) == ("NotSaturated", None, "waiting: parse error")


def test_how_long_one_waited_cannot_be_seen_beside_who_waits() -> None:
    nothing = History()
    told = of("db-pool", reported({"db-pool/waiting": nothing, "db-pool/waitTime": nothing}))
    assert (told.state, told.wait_time) == ("NotSaturated", None)
    assert told.detail == "waiting: it has no data in Prometheus; waitTime: it has no data in Prometheus"


def test_how_many_waited_and_for_how_long_stand_in_the_resource_s_record() -> None:
    waits = {
        "db-pool/waiting": history(3, app="agents"),
        "db-pool/waitTime": history(0.25, app="agents"),
    }
    told = of("db-pool", reported(waits))
    assert (told.waiting, told.wait_time) == ("3", "250ms")


def test_where_nothing_could_be_seen_the_bottleneck_is_unknown() -> None:
    told = reported(dict.fromkeys(CALM, History(error="503")))
    assert told.bottleneck == (
        "unknown: no source, or no limit, for memory, cpu, cpu-throttling, file-descriptors, db-pool"
    )
    assert {one.state for one in told.records if one.resource != "rate-limit"} == {"Unknown"}


KILLED = (pod(restarts=1, ended_reason="OOMKilled", ended_at=T0 + 30),)


def test_an_oom_kill_is_memory_at_its_limit_though_no_sample_saw_it() -> None:
    told = reported({"memory/used": History()}, KILLED)
    assert told.bottleneck.startswith("memory saturated first: OOM-killed, 30s into the load, at 31 users")
    record = of("memory", told)
    assert (record.state, record.source, record.reached_after) == ("Saturated", "Kubernetes", "30s")


def test_nobody_overlooks_an_oom_kill() -> None:
    assert reported({}, KILLED).alarm == [
        "while the load was on: agents-0/agents was OOM-killed 30s into the load"
    ]


def test_refusals_are_counted_from_the_load_and_timed_by_the_services_counter() -> None:
    entries = [requests([1] * 90), requests([1] * 10, name="GET /limited refused")]
    counter = history(lambda t: max(0, t - 20), pod="agents-0")
    told = reported(
        {"rate-limit/used": counter}, measured=result(seconds=RISING, windows=windows({"whole": entries}))
    )
    assert told.bottleneck.startswith(
        "rate-limit saturated first: 10 requests refused with 429, 10%, 21s into the load, at 22 users"
    )


def test_refusals_that_nobody_timed_are_told_all_the_same() -> None:
    failed = requests([1] * 100).model_copy(update={"failures": {"HTTP 429": 4}})
    told = reported(measured=result(seconds=RISING, windows=windows({"whole": [failed]})))
    assert (
        "rate-limit saturated: 4 requests refused with 429, 4%, nobody counted from when on"
        in told.bottleneck
    )
    assert (of("rate-limit", told).state, of("rate-limit", told).reached_after) == ("Saturated", None)


def test_a_counter_that_stood_high_before_the_load_is_no_refusal_of_this_load() -> None:
    counter = history(7, pod="agents-0")
    assert of("rate-limit", reported({"rate-limit/used": counter})).state == "NotSaturated"


GROWS = {"memory/used": history(lambda t: (20 + t / 5) * MIB)}


def test_memory_that_grows_while_the_load_does_not_is_told_with_its_slope() -> None:
    told = reported(GROWS, measured=result())
    assert (
        "memory of agents-0/agents grows by 755 MB/h (755 to 755) while the load does not" in told.bottleneck
    )


def test_memory_that_grows_with_the_load_is_no_leak() -> None:
    told = reported(GROWS)
    assert "grows" not in told.bottleneck
    assert of("memory", told).slope == "755 MB/h (755 to 755)"


def test_growth_that_is_small_beside_the_limit_is_no_leak() -> None:
    told = reported({"memory/used": history(lambda t: (20 + t / 50) * MIB)}, measured=result())
    assert "grows" not in told.bottleneck


def test_memory_that_only_swings_is_no_leak() -> None:
    told = reported(
        {"memory/used": history(lambda t: (50 + 20 * (t * 37 % 11)) * MIB / 3)}, measured=result()
    )
    assert "grows" not in told.bottleneck


def test_memory_that_a_collector_frees_again_is_no_leak() -> None:
    """It comes down once within the second half, and is higher at its end than at its beginning."""
    told = reported(
        {"memory/used": history(lambda t: (20 + 50 * ((t + 21) / 33 % 1)) * MIB)}, measured=result()
    )
    assert "grows" not in told.bottleneck


def test_memory_that_is_taken_once_is_no_leak() -> None:
    told = reported(
        {"memory/used": history(lambda t: (20 + 30 * (t > 75) + t * 37 % 11 / 100) * MIB)}, measured=result()
    )
    assert "grows" not in told.bottleneck


def test_a_pod_that_is_gone_is_an_incident() -> None:
    replaced = replace(pod("agents-1"), uid="another")
    assert [one.kind for one in reported({}, (replaced,)).incidents] == ["Gone"]


def test_no_template_needs_resources_of_its_own() -> None:
    assert [one.name for one in all_uses(template(), CALM, PODS, [], T0)] == [
        "memory",
        "cpu",
        "cpu-throttling",
        "file-descriptors",
    ]
