"""`StressRun`: one execution of a campaign, and its record."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from stresscampaigns.api.base import Model, cel, object_name_rule, rules
from stresscampaigns.api.campaign import RunTemplate
from stresscampaigns.api.capacity_record import CapacityRecord, TrialAnswer
from stresscampaigns.api.live_use import UseRecord
from stresscampaigns.api.pod_watch import PodWatch
from stresscampaigns.api.recovery_record import (
    DataLossRecord,
    FaultMoments,
    Impact,
    RecoveryOutcome,
    RecoverySummary,
    Resilience,
)
from stresscampaigns.api.run_plan import RunPlan
from stresscampaigns.api.saturation import Incident, ResourceRecord, TargetPod
from stresscampaigns.api.selection import LONGEST_CAMPAIGN_NAME, LONGEST_RUN_NAME
from stresscampaigns.api.status import CheckResult, Condition, Verdict
from stresscampaigns.api.units import Duration

Phase = Literal["Pending", "Preparing", "Running", "Recovering", "Analysing", "Finished"]
Trigger = Literal["Schedule", "Spec", "Request", "Rehearsal", "DryRun"]


class Rehearsal(Model):
    """The run's time is compressed: it shows that the campaign works, and is no evidence for anything."""

    length: Duration = Field(description="About as long as all stages are to take.")
    speed: Annotated[str, StringConstraints(max_length=12)] = Field(
        description="How many times faster than the campaign, like `60x`."
    )


def _known(moment: str) -> str:
    """The API server takes leap seconds, for instance, of which our calendar knows nothing."""
    datetime.fromisoformat(moment)
    return moment


class StressRunSpec(Model):
    """What was asked, frozen."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            cel("self == oldSelf", "a run's spec is frozen: change the campaign and let it run again")
        )
    )
    campaign: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_CAMPAIGN_NAME)] = Field(
        description="Name of the campaign."
    )
    campaign_generation: int = Field(description="Generation of the campaign's spec that this copies.")
    trigger: Trigger = Field(
        description="Why it runs: its schedule, a change of the spec, a request, to rehearse, or to tell its plan."
    )
    intended_time: Annotated[str, AfterValidator(_known)] = Field(
        description="When it was meant to run.", json_schema_extra={"format": "date-time"}
    )
    rehearsal: Rehearsal | None = Field(
        default=None, description="In compressed time; left out: in the campaign's own."
    )
    dry_run: bool | None = Field(
        default=None, description="It tells what a run would do now, and does none of it."
    )
    template: RunTemplate = Field(
        description="The campaign's own words at that time, also where time is compressed."
    )


class TimelineEntry(Model):
    """Something that happened, and when."""

    time: str = Field(json_schema_extra={"format": "date-time"})
    event: str
    detail: str | None = None


class LoadSummary(Model):
    """The load's key figures; latencies from exact histograms over the whole run."""

    started_at: float | None = Field(default=None, description="First user spawned, seconds since the epoch.")
    finished_at: float | None = None
    model: Literal["closed", "open"] | None = Field(
        default=None, description="closed: latency from sending; open: from the intended time."
    )
    sent: int | None = Field(default=None, description="Requests begun, as the generator counted them.")
    server_counted: int | None = Field(
        default=None, description="Requests by the target's own counter, where load.serverCounter names it."
    )
    dropped: int | None = Field(default=None, description="Open model: arrivals for which no user was free.")
    late: int | None = Field(default=None, description="Open model: arrivals that the generator sent late.")
    stages_apart: str | None = Field(
        default=None,
        description="So far apart, at most, its workers began a stage. With one worker there is nothing to tell.",
    )
    requests: int | None = Field(default=None, description="Requests that ended, failed ones among them.")
    failures: int | None = None
    throughput: str | None = Field(default=None, description="Successful requests a second.")
    failure_kinds: dict[str, int] | None = Field(default=None, description="The most frequent failures.")
    task_errors: dict[str, int] | None = Field(
        default=None,
        description="What a Locust file's tasks raised outside of any request; the most frequent of it.",
    )
    peak_users: int | None = None
    p50: str | None = None
    p95: str | None = None
    p99: str | None = None
    max: str | None = None


class FaultPod(Model):
    """One pod that a fault was put into; or the Deployment that a BadRollout has changed."""

    pod: str
    uid: str
    node: str | None = None
    chosen_at: float | None = Field(default=None, description="When, seconds since the epoch.")
    since: float | None = Field(
        default=None,
        description="Of a pod that took another's place: when it was chosen, seconds since the epoch.",
    )
    asked_at: float | None = Field(
        default=None,
        description="Where the operator itself kills the pod, or rolls a Deployment back: when it was about to, "
        "seconds since the epoch.",
    )
    injected_at: float | None = Field(default=None, description="In force, seconds since the epoch.")
    ended_at: float | None = Field(default=None, description="Proven ended, seconds since the epoch.")
    harmed: int | None = Field(default=None, description="What it did, counted where it was done.")
    unit: str | None = Field(default=None, description="Of what, such as `packets dropped`.")
    outcome: Literal["Ended", "Refused", "Late", "Aborted", "Lost", "HeldBack"] | None = None
    message: str | None = None

    def lost(self, message: str) -> "FaultPod":
        """The same; nobody can prove what became of the fault, and why."""
        return self.model_copy(update={"outcome": "Lost", "message": message})


class SteadyState(Model):
    """Whether the service was well just before a fault, and what followed from that."""

    service: Literal["Good", "NotGood", "Unknown", "Excused", "NotLookedAt"] = Field(
        description="Unknown: nothing was told of it. Excused: it need not have got over an earlier fault. "
        "NotLookedAt: nobody looked in time."
    )
    held_back: bool = Field(description="The fault was: nothing is injected.")
    at: float = Field(description="When it was decided, seconds since the epoch.")
    detail: str = Field(description="The numbers behind it.")


class FaultRecord(Model):
    """What became of one fault."""

    name: str
    type: str | None = None
    settings: str | None = Field(default=None, description="What was asked of it, as the campaign says it.")
    namespace: str | None = Field(default=None, description="Of its pods; left out: the target's.")
    pods: list[FaultPod] | None = None
    starts_at: float | None = Field(default=None, description="Scheduled, seconds since the epoch.")
    ends_at: float | None = None
    steady_state: SteadyState | None = Field(
        default=None, description="The service before it; left out while undecided, and where nobody asks."
    )
    broken_after: str | None = Field(
        default=None, description="From the fault's start until the service was no longer good."
    )
    recovered_from_start: str | None = None
    recovered_from_end: str | None = None
    outcome: RecoveryOutcome | None = Field(
        default=None,
        description="Censored: the load ended before anyone could tell. Unsteady: the service was not good before.",
    )
    detail: str | None = Field(default=None, description="The numbers behind it.")
    detection: str | None = Field(
        default=None, description="When monitoring noticed it, where `detected` asks."
    )
    moments: FaultMoments | None = None
    impact: Impact | None = None

    @property
    def held_back(self) -> bool:
        """The service was not well before it."""
        return self.steady_state is not None and self.steady_state.held_back

    @property
    def into(self) -> str:
        """What its `pods` are."""
        return "Deployment" if self.type == "BadRollout" else "pod"


class RecordSummary(Model):
    """Where everything that was measured is kept, for later questions."""

    kept: bool = Field(
        description="It is in the ConfigMaps with the labels stresscampaigns.dev/run=<run> and "
        "stresscampaigns.dev/role=record."
    )
    slot: str | None = Field(
        default=None,
        description="It holds a histogram of every request's latencies for each slot of this length.",
    )
    problem: str | None = Field(default=None, description="Why it could not be kept.")


class Clocks(Model):
    """By how many seconds clocks are ahead of the operator's, at least; below 0: behind. Left out: not seen to be."""

    prometheus: float | None = None
    load: float | None = Field(default=None, description="The coordinator's.")
    faults: float | None = Field(default=None, description="Of a node on which a fault was held.")


class StressRunStatus(Model):
    """How the run went: phase, timeline, every check with its number, the key figures."""

    phase: Phase | None = Field(
        default=None,
        description="Pending: waits for its turn. Preparing: looks whether all is ready. Running: the load is on. "
        "Recovering: waits until every fault has ended. Analysing: answers the checks. Finished: nothing is left.",
    )
    verdict: Verdict | None = Field(
        default=None,
        description="Passed: every check was kept. Failed: one was not, by a number that can be trusted. Inconclusive: "
        "something was in the way of measuring; message and invalidBecause say what. Aborted: it was ended before its "
        "time.",
    )
    message: str | None = Field(
        default=None,
        description="Where the run stands, as a sentence; of one that could not be measured, why.",
    )
    observed_generation: int | None = Field(default=None, description="Of the spec that this is about.")
    start_time: str | None = Field(
        default=None,
        description="When the operator took it up.",
        json_schema_extra={"format": "date-time"},
    )
    phase_time: float | None = Field(default=None, description="When this phase began, seconds since epoch.")
    completion_time: str | None = Field(
        default=None,
        description="When load and faults were gone.",
        json_schema_extra={"format": "date-time"},
    )
    passed_checks: str | None = Field(default=None, description="Of how many checks: like `4/5`.")
    failed_checks: str | None = Field(
        default=None,
        description="Names of the checks that were not kept; those without an answer are not among them.",
    )
    invalid_because: list[str] | None = Field(
        default=None, max_length=32, description="Why the measurement cannot be trusted, if so."
    )
    plan: RunPlan | None = Field(default=None, description="Of a dry run: what a run would do.")
    load: LoadSummary | None = None
    clocks: Clocks | None = None
    capacity: CapacityRecord | None = Field(default=None, description="What the search for it found.")
    trial_answers: list[TrialAnswer] | None = Field(
        default=None,
        max_length=50,
        description="What the load was told of its trials while it searched: of those that passed by what it counts.",
    )
    target_pods: list[TargetPod] | None = Field(
        default=None, max_length=100, description="The target's pods when the load was created."
    )
    live_use: UseRecord | None = Field(
        default=None,
        description="Memory and CPU of the target's containers by metrics.k8s.io, where Prometheus has none.",
    )
    bottleneck: str | None = Field(
        default=None, description="Which resource saturated first, and at what load; what could not be seen."
    )
    saturation: list[ResourceRecord] | None = Field(
        default=None, max_length=32, description="How near each resource came to its limit."
    )
    incidents: list[Incident] | None = Field(
        default=None, max_length=32, description="Restarts, OOM kills and losses of the target's pods."
    )
    faults: list[FaultRecord] | None = Field(
        default=None, description="What became of each: its pods, its times, how the service got over it."
    )
    recovery: RecoverySummary | None = Field(default=None, description="All faults together.")
    data_loss: DataLossRecord | None = None
    resilience: Resilience | None = None
    pod_watch: PodWatch | None = Field(
        default=None, description="Pods of the target, the faults and the neighbours, around the faults."
    )
    checks: list[CheckResult] | None = Field(
        default=None, description="Each with its number and its verdict."
    )
    record: RecordSummary | None = None
    timeline: list[TimelineEntry] | None = Field(
        default=None, max_length=200, description="What happened, oldest first; the newest 200."
    )
    conditions: list[Condition] | None = Field(
        default=None,
        description="Passed, Completed, AllRecovered, ResultsValid; of a dry run Completed and Planned.",
        json_schema_extra={"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"]},
    )


class StressRun(Model):
    """One execution of a campaign."""

    model_config = ConfigDict(json_schema_extra=rules(object_name_rule(LONGEST_RUN_NAME)))
    spec: StressRunSpec
    status: StressRunStatus | None = None
