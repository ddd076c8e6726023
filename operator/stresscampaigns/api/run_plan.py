"""What a run would do, told by a dry run: before there is any load or fault."""

from pydantic import Field

from stresscampaigns.api.base import Model
from stresscampaigns.api.units import Duration


class PlannedStretch(Model):
    """A stage, or the time after a fault; from the start of the load."""

    name: str
    start: Duration
    end: Duration


class PlannedFault(Model):
    """A fault, and the pods that it would be put into if it were chosen now."""

    name: str
    type: str
    settings: str | None = None
    start: Duration = Field(description="From the start of the load.")
    end: Duration
    namespace: str | None = Field(default=None, description="The pods'; left out: the target's.")
    pods: list[str] | None = Field(
        default=None, description="Left out where the namespace could not be looked at."
    )
    ready: int | None = Field(default=None, description="So many ready pods its selector picks.")
    steady_state: str | None = Field(
        default=None, description="From when to when the service is looked at before it, or why it is not."
    )


class RunPlan(Model):
    """The whole."""

    load: str = Field(description="At its peak, like `up to 30 users`.")
    workers: int = Field(description="Load-generator pods, beside the coordinator.")
    length: Duration
    windows: list[PlannedStretch] = Field(max_length=64)
    faults: list[PlannedFault] | None = Field(default=None, max_length=16)
    in_the_way: list[str] | None = Field(
        default=None, max_length=32, description="What would keep a run from starting now."
    )
