"""The search for the capacity: between which loads, in which trials, what a sustained load keeps.

That is the campaign's checks, and what stands here beside them.
"""

from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from stresscampaigns.api.base import Model, cel, rules
from stresscampaigns.api.units import DURATION_PATTERN, Duration, Percentile, at_most, written_as


class CapacityLatency(Model):
    """A latency that a sustained load keeps."""

    percentile: Percentile = 95
    max: Duration = Field(default="1s", description="At most this.")


class Capacity(Model):
    """After the stages: the highest number of concurrent users that the target sustains."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            cel("self.lowest <= self.highest", "lowest must not be more than highest", ".lowest"),
            cel(
                "duration(self.trial) <= duration(self.confirm)",
                "a trial that confirms must not be shorter than the others: make confirm longer or trial shorter",
                ".confirm",
                unless=f"!({written_as(DURATION_PATTERN, 'self.trial', 'self.confirm')})",
            ),
            cel(
                "self.confirmations < self.mostTrials",
                "mostTrials must be more than confirmations",
                ".mostTrials",
            ),
        )
    )
    lowest: int = Field(default=1, ge=1, le=100_000, description="Users of the first trial.")
    highest: int = Field(ge=1, le=100_000, description="No trial has more users.")
    trial: Duration = Field(default="20s", description="Length of a trial.")
    confirm: Duration = Field(default="60s", description="Length of a trial that confirms the lower bound.")
    confirmations: int = Field(default=3, ge=1, le=10, description="So many of them make it a result.")
    most_trials: int = Field(
        default=20, ge=2, le=50, description="The search ends after so many trials, void ones among them."
    )
    settle: Duration = Field(
        default="3s",
        description="Users are there so long before a trial counts.",
        json_schema_extra=rules(at_most("1h")),
    )
    error_rate: Annotated[str, StringConstraints(pattern=r"^[0-9]+(\.[0-9]+)?%$", max_length=12)] | None = (
        Field(
            default=None,
            description="A trial that is sustained keeps the campaign's checks, and at most this share of its requests "
            "fails. Left out: 1%, unless a check bounds the errors of all requests, over the whole run.",
        )
    )
    latency: CapacityLatency | None = Field(
        default=None,
        description="… and latency is at most this. Left out: of the 95th percentile 1s, unless a check bounds the "
        "latency of all requests, over the whole run.",
    )
