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
    "pods": [{"packetsDropped": 4}, {"packetsDropped": None}, {"packetsDropped": 3}],
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
