"""`StressCampaign`: the standing order."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from stresscampaigns.api.abort_rule import AbortRule
from stresscampaigns.api.base import (
    URL_PATTERN,
    Model,
    cel,
    no_link_local,
    object_name_rule,
    rules,
    unique_names,
)
from stresscampaigns.api.check_spec import Check
from stresscampaigns.api.cross_rules import CROSS_RULES
from stresscampaigns.api.fault_parts import FaultLimits
from stresscampaigns.api.fault_spec import Fault
from stresscampaigns.api.load_plan import WHOLE
from stresscampaigns.api.load_spec import Load
from stresscampaigns.api.pod_watch import Neighbour
from stresscampaigns.api.saturation import Resource
from stresscampaigns.api.selection import (
    LONGEST_CAMPAIGN_NAME,
    NO_SYSTEM_NAMESPACE,
    LabelSelector,
    Namespace,
)
from stresscampaigns.api.status import Condition, SlotOutcome, Verdict
from stresscampaigns.api.units import Duration, at_most

Url = Annotated[
    str,
    StringConstraints(pattern=URL_PATTERN, min_length=8, max_length=500),
]
_URL_RULE = rules(no_link_local())
_SCHEDULE_RULE = rules(
    cel(
        r"self.matches('^\\S+( +\\S+){4}$')",
        "schedule needs five fields (minute hour day-of-month month day-of-week), like '0 2 * * 6'",
    )
)


class Target(Model):
    """The system under stress."""

    namespace: Namespace | None = Field(
        default=None,
        description="Its namespace, whose owner must have let load, and faults, in; left out: the campaign's own.",
        json_schema_extra=rules(NO_SYSTEM_NAMESPACE),
    )
    url: Url = Field(description="Where the load goes.", json_schema_extra=_URL_RULE)
    selector: LabelSelector = Field(description="Its pods; at least one must be ready before the start.")


class Prometheus(Model):
    """Where to ask what happened."""

    url: Url = Field(description="Base URL of Prometheus' HTTP API.", json_schema_extra=_URL_RULE)


class RunTemplate(Model):
    """What one run does. A run keeps a frozen copy."""

    model_config = ConfigDict(json_schema_extra=rules(*CROSS_RULES))
    target: Target
    prometheus: Prometheus | None = Field(
        default=None,
        description="Left out: nothing is asked of Prometheus; memory and CPU in use are told by metrics.k8s.io, "
        "where the cluster serves it.",
    )
    load: Load
    faults: list[Fault] | None = Field(
        default=None,
        max_length=16,
        description="What is broken while the load runs.",
        json_schema_extra=rules(
            unique_names("faults"),
            cel(
                f"self.all(f, f.name != '{WHOLE}')",
                f"no fault can be called {WHOLE}: that is the window of the whole load",
            ),
        ),
    )
    fault_limits: FaultLimits = Field(
        default=FaultLimits(), description="How much the faults may break at once."
    )
    checks: list[Check] = Field(
        min_length=1,
        max_length=32,
        description="The questions whose answers make the verdict.",
        json_schema_extra=rules(unique_names("checks")),
    )
    saturation: list[Resource] | None = Field(
        default=None,
        max_length=12,
        description="Resources of the service's own that can saturate, beside memory, CPU and file descriptors.",
        json_schema_extra=rules(unique_names("resources")),
    )
    abort_when: list[AbortRule] | None = Field(
        default=None,
        max_length=16,
        description="When one of these holds, load and faults end at once and the run is Aborted.",
        json_schema_extra=rules(unique_names("abort rules")),
    )
    neighbours: list[Neighbour] | None = Field(
        default=None,
        max_length=8,
        description="Pods beside the target that no fault may harm; a containment check asks for them.",
        json_schema_extra=rules(unique_names("neighbours")),
    )
    start_timeout: Duration = Field(
        default="2m",
        description="How long a run waits for its target, Prometheus and its own pods before it ends "
        "as Inconclusive; meanwhile no other run has its turn in the same namespace.",
        json_schema_extra=rules(at_most("24h")),
    )


class StressCampaignSpec(RunTemplate):
    """What to do, and when."""

    schedule: Annotated[str, StringConstraints(max_length=100)] | None = Field(
        default=None,
        description="When to run, as cron's five fields; left out: once for each change of the spec.",
        json_schema_extra=_SCHEDULE_RULE,
    )
    time_zone: Annotated[str, StringConstraints(min_length=1, max_length=60)] = Field(
        default="Etc/UTC", description="Time zone of the schedule, by its IANA name."
    )
    suspend: bool = Field(default=False, description="No new runs while true; a run under way goes on.")
    dry_run: bool = Field(
        default=False, description="Runs tell what they would do, pods by name, and do none of it."
    )
    concurrency_policy: Literal["Forbid"] = Field(
        default="Forbid", description="Forbid: a slot is skipped while the last run is still active."
    )
    starting_deadline_seconds: int = Field(
        default=300,
        ge=1,
        le=604_800,
        description="A run that could not be created this long after its time is missed rather than begun late. How "
        "long one that is there waits for its turn, as Pending, is not bound.",
    )
    successful_runs_history_limit: int = Field(
        default=10, ge=0, le=100, description="How many passed runs are kept."
    )
    failed_runs_history_limit: int = Field(
        default=10, ge=0, le=100, description="How many runs with any other verdict are kept."
    )
    rehearsals_history_limit: int = Field(
        default=3,
        ge=0,
        le=100,
        description="How many rehearsals and dry runs are kept, whatever came of them.",
    )

    def template(self) -> RunTemplate:
        """The part that a run freezes."""
        fields = {name: getattr(self, name) for name in RunTemplate.model_fields}
        return RunTemplate.model_construct(**fields)


CampaignPhase = Literal["Scheduled", "Running", "Suspended", "Complete", "Invalid"]


class LastRun(Model):
    """The newest run that has begun."""

    name: str
    time: str = Field(description="Its intended time.", json_schema_extra={"format": "date-time"})
    verdict: Verdict | None = None
    failed_checks: list[str] | None = None


class StressCampaignStatus(Model):
    """What became of the order so far."""

    phase: CampaignPhase | None = Field(
        default=None,
        description="Scheduled: waits for its next slot. Running: a run is under way. Suspended: by suspend. Complete: "
        "no run is to come. Invalid: the spec cannot be used; the condition Stalled says why.",
    )
    observed_generation: int | None = Field(default=None, description="Of the spec that this is about.")
    verdict: Verdict | None = Field(default=None, description="Of the newest finished run.")
    verdict_time: str | None = Field(
        default=None, description="Intended time of that run, be it there or not."
    )
    verdict_generation: int | None = Field(
        default=None,
        description="Of the spec that was judged: another one than observedGeneration, where the spec has "
        "changed since.",
    )
    last_run: LastRun | None = None
    active_run: str | None = Field(default=None, description="Name of the run that is under way.")
    next_run: str | None = Field(default=None, description="The next slot of the schedule, in UTC.")
    failed_checks: str | None = Field(default=None, description="Of the newest finished run.")
    last_slot: str | None = Field(
        default=None, description="Up to when the slots of the schedule were handled."
    )
    last_schedule: str | None = Field(default=None, description="Of which schedule, and in which time zone.")
    last_generation: int | None = Field(default=None, description="Newest generation that got its run.")
    last_request: str | None = Field(default=None, description="Newest run-now annotation that got its run.")
    last_rehearsal: str | None = Field(
        default=None, description="Newest rehearse annotation that was dealt with."
    )
    last_dry_run: str | None = Field(
        default=None, description="Newest dry-run annotation that got its answer."
    )
    slots: list[SlotOutcome] | None = Field(
        default=None, max_length=20, description="What became of the newest slots of the schedule, and why."
    )
    conditions: list[Condition] | None = Field(
        default=None,
        description="Ready: the spec is in force. Reconciling: a run is under way. Stalled: something is in the way.",
        json_schema_extra={"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"]},
    )


class StressCampaign(Model):
    """A standing order: stress this target so, check this, at these times."""

    model_config = ConfigDict(json_schema_extra=rules(object_name_rule(LONGEST_CAMPAIGN_NAME)))
    spec: StressCampaignSpec
    status: StressCampaignStatus | None = None
