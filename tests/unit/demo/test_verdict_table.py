"""The demo's table of a finished run, to be read by a person."""

from typing import Any

from demo.campaign import table

CHECK = {
    "name": "p95",
    "verdict": "Passed",
    "value": "12ms",
    "threshold": "800ms",
    "window": "w",
    "source": "s",
}
FAULT = {
    "name": "db-away",
    "brokenAfter": "1s",
    "recoveredFromEnd": "3s",
    "pods": [{"harmed": 4, "unit": "packets dropped"}, {"harmed": None}, {"harmed": 3}],
}


def shown(**status: Any) -> list[str]:
    return table({"status": {"load": {"requests": 10, "startedAt": 1.0}, **status}}).splitlines()


def test_columns_are_aligned() -> None:
    header, row, *_ = shown(checks=[CHECK, {**CHECK, "name": "a-much-longer-name"}])
    assert header.index("VERDICT") == row.index("Passed")
    assert header.index("THRESHOLD") == row.index("800ms")


def test_a_check_without_a_number_shows_a_dash() -> None:
    row = shown(checks=[{key: value for key, value in CHECK.items() if key != "value"}])[1]
    assert row.split()[2] == "-"


def test_a_fault_says_what_it_dropped_over_all_pods_and_how_the_service_recovered() -> None:
    assert shown(faults=[FAULT])[-1] == (
        "fault db-away: 7 packets dropped, the service broke after 1s, from its end 3s"
    )


def test_lost_writes_are_listed_and_the_score_is_shown_or_why_there_is_none() -> None:
    written = {
        "acknowledged": 9,
        "kept": 8,
        "lost": 1,
        "unknown": 2,
        "recovered": 1,
        "lostElements": ["w-1 (…)"],
    }
    score = {"score": 93.5, "of": 100, "reason": "mean of 2 faults"}
    assert shown(dataLoss=written, resilience=score)[-3:] == [
        "writes: 9 acknowledged, 8 kept, 1 lost, 2 unknown, 1 recovered",
        "  lost: w-1 (…)",
        "resilience: 93.5 of 100, mean of 2 faults",
    ]
    assert shown(resilience={"of": 100, "reason": "no score: why"})[-1] == "resilience: no score: why"


def test_key_figures_are_shown_without_moments() -> None:
    assert "load: requests 10" in shown()


POOL = {
    "resource": "db-pool",
    "state": "Saturated",
    "used": "8",
    "limit": "8",
    "peak": "100%",
    "reachedAfter": "34s",
    "load": "40 users",
}


def test_the_bottleneck_every_resource_and_every_incident_are_shown() -> None:
    lines = shown(
        bottleneck="db-pool saturated first",
        saturation=[POOL, {"resource": "cpu", "state": "Unknown", "detail": "no source"}],
        incidents=[{"message": "agents-0/agents was OOM-killed"}],
    )
    assert lines[-4:] == [
        "bottleneck: db-pool saturated first",
        "  db-pool: Saturated, 100% of its limit, 8 in use, limit 8, saturated after 34s, at 40 users",
        "  cpu: Unknown, no source",
        "incident: agents-0/agents was OOM-killed",
    ]


LAW = {
    "measured": "5 to 80 users",
    **{key: {"value": 0.1, "low": 0.05, "high": 0.15} for key in ("alpha", "beta", "gamma")},
    "rSquared": 0.99,
    "peak": "120/s at 57 users",
}
SEARCH = {
    "lower": 60,
    "upper": 70,
    "throughput": "480/s",
    "perCore": "600/s per core",
    "trials": [{"users": 60, "passed": True, "throughput": "480/s", "p95": "200ms"}],
}


def test_a_search_for_the_capacity_is_shown_with_every_trial_and_its_law() -> None:
    assert shown(capacity={**SEARCH, "scalability": LAW})[-5:] == [
        "capacity: 60 users sustained, 70 not",
        "  throughput: 480/s",
        "  perCore: 600/s per core",
        "  60 users held: throughput 480/s, p95 200ms",
        "  scalability: alpha 0.1 (0.05 to 0.15), beta 0.1 (0.05 to 0.15), gamma 0.1 (0.05 to 0.15), R² 0.99, "
        "5 to 80 users measured, peak 120/s at 57 users",
    ]


def test_a_trial_that_was_left_out_is_shown_with_its_reason() -> None:
    left_out = {
        "users": 80,
        "void": True,
        "reason": "left out: load-0 used 93% of its core",
        "throughput": "9/s",
    }
    lines = shown(capacity={**SEARCH, "trials": [left_out]})
    assert lines[-2] == "  80 users left out: load-0 used 93% of its core: throughput 9/s"


def test_what_trials_were_judged_by_and_what_broke_first_is_shown() -> None:
    lines = shown(capacity={**SEARCH, "judgedBy": ["errors <= 1%", "p95 <= 1s"], "brokeFirst": ["p95"]})
    assert lines[-4:-2] == ["  judged by: errors <= 1%, p95 <= 1s", "  broke first: p95"]


def test_a_trial_that_is_undecided_is_shown_with_its_reason() -> None:
    undecided = {"users": 80, "undecided": True, "reason": "pool: no answer", "throughput": "9/s"}
    lines = shown(capacity={**SEARCH, "trials": [undecided]})
    assert lines[-2] == "  80 users pool: no answer: throughput 9/s"


def test_a_law_that_could_not_be_fitted_says_why() -> None:
    lines = shown(capacity={**SEARCH, "scalability": {"inconclusive": "3 levels"}})
    assert lines[-1] == "  scalability: 3 levels"


def test_a_run_that_measured_nothing_has_no_table() -> None:
    assert (
        table({"status": {"verdict": "Inconclusive", "message": "TargetNotFound: …"}})
        == "nothing was measured"
    )


def test_a_fault_that_never_was_in_force_says_why() -> None:
    refused = {"outcome": "Refused", "message": "nothing is mounted at /data"}
    assert shown(faults=[{"name": "full", "pods": [refused, refused]}])[-1] == (
        "fault full: Refused: nothing is mounted at /data"
    )
    assert shown(faults=[{"name": "full"}])[-1] == "fault full: into no pod"
