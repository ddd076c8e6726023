"""What was measured in one run: the load's exact result, the fault's record, Prometheus' answers."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from stresscampaigns.api.load_result import LoadResult, RequestStats, Second, WindowStats
from stresscampaigns.api.run import FaultPod, FaultRecord, SteadyState
from stresscampaigns.core.evidence import Evidence
from stresscampaigns.core.observation import Answer
from stresscampaigns.stats.histogram import empty, encode
from tests.unit.core.builders import FAULT_END, FAULT_START, LOAD_END, T0, template

BOUNDS = {
    "whole": (0, 100),
    "low": (0, 40),
    "high": (40, 100),
    "cut": (50, 60),
    "after:cut": (60, 100),
}


def ended_pod(**changes: Any) -> FaultPod:
    """A pod in which the fault has come and gone as asked."""
    fields = {
        "pod": "postgres-0",
        "uid": "uid-postgres-0",
        "injected_at": FAULT_START,
        "ended_at": FAULT_END,
        "harmed": 7,
        "unit": "packets dropped",
        "outcome": "Ended",
    }
    return FaultPod.model_validate(fields | changes)


def fault_record(*pods: FaultPod) -> FaultRecord:
    """What became of the fault."""
    chosen = list(pods) or [ended_pod()]
    return FaultRecord(name="cut", pods=chosen, starts_at=FAULT_START, ends_at=FAULT_END)


LET_BEGIN = SteadyState(service="Good", held_back=False, at=FAULT_START - 1.5, detail="all was well")


def let_begin(*pods: FaultPod) -> FaultRecord:
    """The same, once it was seen that the service was well before it."""
    return fault_record(*pods).model_copy(update={"steady_state": LET_BEGIN})


def requests(
    latencies_ms: Iterable[float], failed: int = 0, name: str = "GET /", scenario: str = "http"
) -> RequestStats:
    """Requests of one name that took so long; the first `failed` of them failed."""
    histogram, counts = empty(), Counter(round(latency * 1000) for latency in latencies_ms)
    for microseconds, times in counts.items():
        histogram.record_value(microseconds, times)
    kinds = {"HTTP 500": failed} if failed else {}
    count = counts.total()
    return RequestStats(
        scenario=scenario, name=name, count=count, failures=kinds, histogram=encode(histogram)
    )


def task_errors(number: int, kind: str = "KeyError", scenario: str = "http") -> RequestStats:
    """A task of a Locust file that raised outside of any request."""
    return RequestStats(
        scenario=scenario, name="task visit", count=0, errors={kind: number}, histogram=encode(empty())
    )


def windows(entries: Mapping[str, list[RequestStats]] | None = None) -> list[WindowStats]:
    """Every window; where nothing is said, a hundred good requests of 10 ms."""
    good = [requests([10.0] * 100)]
    found = dict.fromkeys(BOUNDS, good) | dict(entries or {})
    return [
        WindowStats(name=name, start=start, end=end, requests=found[name])
        for name, (start, end) in BOUNDS.items()
    ]


def seconds(picture: str) -> list[Second]:
    """`+` is a good second, `-` one of errors, `.` one in which nothing completed, a blank one without users."""
    kinds = {"+": (10, 0, 20), "-": (10, 5, 20), ".": (0, 0, 20), " ": (0, 0, 0)}
    return [
        Second(t=t, completed=completed, failed=failed, p95_us=10_000, users=users)
        for t, (completed, failed, users) in enumerate(kinds[kind] for kind in picture)
    ]


RECOVERED = "+" * 51 + "-" * 12 + "+" * 37
"""Broken from second 51 to second 62: good again 3 s after the fault's end."""


def result(**changes: Any) -> LoadResult:
    """A load of 100 s without a flaw, in which the service broke and recovered."""
    fields: dict[str, Any] = {
        "started": T0,
        "finished": LOAD_END,
        "workers_expected": 2,
        "workers_lost": 0,
        "windows": windows(),
        "seconds": seconds(RECOVERED),
    }
    return LoadResult(**(fields | changes))


GOOD_ANSWERS = {"pool": Answer((0.5, 0.7), covered=1.0)}


def evidence(**changes: Any) -> Evidence:
    """All that was measured in a run that went well."""
    fields: dict[str, Any] = {
        "template": template(),
        "started_at": T0,
        "result": result(),
        "faults": [fault_record()],
        "answers": GOOD_ANSWERS,
    }
    return Evidence(**(fields | changes))
