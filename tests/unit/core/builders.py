"""One campaign, its run, and what is seen of it, as plain values.

The load lasts 100 s: 40 s of `low`, 60 s of `high`. The fault `cut` is in force from 50 s to 60 s.
"""

from typing import Any

from stresscampaigns.api.campaign import RunTemplate, StressCampaignSpec
from stresscampaigns.api.check_spec import Check
from stresscampaigns.api.fault_protocol import FaultReport
from stresscampaigns.api.load_events import BeforeFault
from stresscampaigns.api.run import LoadSummary, StressRunSpec, StressRunStatus
from stresscampaigns.core.observation import LoadView, Observation, Pod, Sidecar
from stresscampaigns.core.progress import RunView

T0 = 1_800_000_000.0
"""2027-01-15T08:00:00Z, the start of the load."""
FAULT_START, FAULT_END, LOAD_END = T0 + 50, T0 + 60, T0 + 100

CUT: dict[str, Any] = {
    "name": "cut",
    "type": "NetworkPartition",
    "at": "50s",
    "duration": "10s",
    "port": 5432,
    "target": {"selector": {"match_labels": {"app": "postgres"}}},
}
ERRORS: dict[str, Any] = {"name": "errors", "error_rate": {}, "max": "1%"}
CHECKS: list[dict[str, Any]] = [
    ERRORS,
    {"name": "p95", "latency": {"percentile": 95}, "max": "800ms"},
    {"name": "rate", "throughput": {}, "min": "0.5"},
    {"name": "recovers", "recovery": {"fault": "cut"}, "max": "15s"},
    {"name": "pool", "query": "max(db_pool_in_use)", "max": "0.9"},
]


def words(**changes: Any) -> dict[str, Any]:
    """What a campaign asks for."""
    asked = {
        "target": {"url": "http://agents:8080", "selector": {"match_labels": {"app": "agents"}}},
        "prometheus": {"url": "http://prometheus:9090"},
        "load": {
            "stages": [
                {"name": "low", "users": 5, "duration": "40s"},
                {"name": "high", "users": 20, "ramp": "10s", "duration": "1m"},
            ],
            "scenarios": [{"name": "http"}],
        },
        "faults": [CUT],
        "checks": CHECKS,
        "start_timeout": "2m",
    }
    return asked | changes


def template(**changes: Any) -> RunTemplate:
    """What one run does."""
    return RunTemplate.model_validate(words(**changes))


def campaign_spec(**changes: Any) -> StressCampaignSpec:
    """What to do, and when."""
    return StressCampaignSpec.model_validate(words(**changes))


def check(**question: Any) -> Check:
    """One check, called `it`."""
    return Check.model_validate({"name": "it", **question})


def run(status: StressRunStatus | None = None, **changes: Any) -> RunView:
    """A run of it."""
    spec = StressRunSpec(
        campaign="weekly",
        campaign_generation=1,
        trigger="Spec",
        intended_time="2027-01-15T07:59:00Z",
        template=template(**changes),
    )
    return RunView("weekly-g1", "staging", "uid-of-run", 1, spec, status or StressRunStatus())


def under_load(**changes: Any) -> StressRunStatus:
    """The status of a run whose load has started."""
    fields = {"phase": "Running", "phase_time": T0 - 5, "load": LoadSummary(started_at=T0)}
    return StressRunStatus.model_validate(fields | changes)


def ready_pod(name: str) -> Pod:
    """A pod that serves."""
    return Pod(name, f"uid-{name}", ready=True)


def told(t: int, failed: int = 0, completed: int = 10) -> BeforeFault:
    """What the load says of a second before a fault."""
    return BeforeFault(at=T0 + t + 2.25, t=t, completed=completed, failed=failed, p95_us=10_000)


WELL = tuple(told(t) for t in range(45, 50))
"""The seconds before the fault, all of them good."""


def seen(now: float, **changes: Any) -> Observation:
    """Surroundings in which all is well."""
    fields: dict[str, Any] = {
        "target_pods": (ready_pod("agents-0"),),
        "fault_pods": {"cut": (ready_pod("postgres-0"),)},
        "load": LoadView(exists=True, events=WELL),
    }
    return Observation(now=now, **(fields | changes))


def sidecar(state: Any = "Running", pod: str = "postgres-0", **report: Any) -> Sidecar:
    """The fault's container in a pod, and what it has reported."""
    return Sidecar("cut", pod, f"uid-{pod}", "stress-0-cut", "staging", state, FaultReport(**report))
