"""A load's record as the API server would hold it, and the raw latencies behind it."""

from collections.abc import Mapping, Sequence
from typing import Any

from stresscampaigns.api.load_result import LoadResult
from stresscampaigns.api.run import StressRunStatus
from stresscampaigns.manifests.load import Images, Owner
from stresscampaigns.manifests.record import record_manifests
from stresscampaigns.stats.histogram import encode
from stresscampaigns.stats.slots import GrowingSlots
from tests.unit.stats.latencies import histogram_of

NAMES = ("GET /workflows/[id]", "POST /workflows")
SECONDS = 40


def latencies(second: int, name: str) -> list[float]:
    """Ten requests a second, each slower than all before."""
    return [0.001 * (10 * second + n + 1) + NAMES.index(name) for n in range(10)]


def result(most_slots: int = 720, scenarios: Sequence[str] = ("Agent",)) -> LoadResult:
    """40 seconds of two kinds of requests; one of ten fails. Each further scenario is 5 s slower than that before."""
    slots = GrowingSlots(most_slots)
    for second in range(SECONDS):
        for name in NAMES:
            for number, scenario in enumerate(scenarios):
                seen = [latency + 5 * number for latency in latencies(second, name)]
                slots.add(second, (scenario, name), 10, 1, encode(histogram_of(seen)))
    return LoadResult(
        started=0,
        finished=SECONDS,
        workers_expected=1,
        workers_lost=0,
        windows=[],
        seconds=[],
        slots=slots.packed(),
    )


SPEC: Mapping[str, Any] = {"campaign": "smoke"}


def manifests(
    run: str = "smoke-g1", load: LoadResult | None = None, spec: Mapping[str, Any] = SPEC
) -> list[dict[str, Any]]:
    """What the operator would create for a run that passed."""
    owner = Owner(run, f"uid-{run}", "staging", "smoke")
    status = StressRunStatus(phase="Analysing", verdict="Passed", message="all 3 checks passed")
    return record_manifests(owner, spec, status, load, Images("load:1", "fault:1"))


def listed(*items: dict[str, Any]) -> dict[str, Any]:
    """As `kubectl get -o json` prints them."""
    return {"kind": "List", "apiVersion": "v1", "items": list(items)}
