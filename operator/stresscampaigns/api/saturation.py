"""What can saturate: the resources that a campaign names, and what a run writes down about each."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from stresscampaigns.api.base import Model, cel, rules
from stresscampaigns.api.selection import Name

BUILT_IN = ("memory", "cpu", "cpu-throttling", "file-descriptors")
"""Looked at in every run; a `saturation` check can ask for them."""
RATE_LIMIT = "rate-limit"
RESERVED = (*BUILT_IN, RATE_LIMIT)

Promql = Annotated[str, StringConstraints(min_length=1, max_length=1000)]

_NOT_RESERVED = cel(
    f"!(self.name in {list(RESERVED)})",
    f"{', '.join(RESERVED)} are looked at in any case: give this resource another name",
    ".name",
)


class Resource(Model):
    """A bounded resource of the service's own: a connection pool, a semaphore, a queue."""

    model_config = ConfigDict(json_schema_extra=rules(_NOT_RESERVED))
    name: Name = Field(description="For instance db-pool.")
    used: Promql = Field(
        description="PromQL: how much of it is in use. Several series are matched with those of `limit` by labels."
    )
    limit: Promql = Field(description="PromQL: how much of it there is; one series alone is for all.")
    waiting: Promql | None = Field(
        default=None, description="PromQL: how many wait for it. Shown, not judged."
    )
    wait_time: Promql | None = Field(
        default=None,
        description="PromQL: how long one waits for it, in seconds, such as a percentile. Shown, not judged.",
    )


class SaturationQuestion(Model):
    """Which share of a resource's limit is in use, at its highest?"""

    resource: Name = Field(description=f"A name from `saturation`, or one of {', '.join(BUILT_IN)}.")


class ResourceRecord(Model):
    """One resource in one run: how near it came to its limit, and when."""

    resource: str
    state: Literal["Saturated", "NotSaturated", "Unknown"] = Field(
        description="Unknown: not all of it could be seen, and what was seen was not saturated."
    )
    source: str | None = Field(
        default=None,
        description="Prometheus; metrics.k8s.io and how often; Kubernetes; or the load generator.",
    )
    peak: str | None = Field(default=None, description="Highest use, as a share of the limit.")
    used: str | None = Field(default=None, description="What was in use then.")
    limit: str | None = None
    where: str | None = Field(default=None, description="Pod and container, or the series' labels.")
    reached_after: str | None = Field(
        default=None, description="From the start of the load until it first counted as saturated."
    )
    load: str | None = Field(default=None, description="The load at that moment.")
    waiting: str | None = Field(default=None, description="The most that waited for it.")
    wait_time: str | None = Field(default=None, description="The longest wait that its query tells of.")
    slope: str | None = Field(
        default=None, description="Growth in the second half of the load, with its 95 % interval."
    )
    detail: str | None = Field(default=None, description="What could not be seen, and why.")


class TargetPod(Model):
    """A pod of the target as it was when the load was created."""

    name: str
    uid: str
    restarts: dict[str, int] | None = Field(default=None, description="Container → restarts so far.")


class Incident(Model):
    """Something that happened to a pod of the target while the load was on."""

    pod: str
    container: str | None = None
    kind: Literal["OOMKilled", "Restarted", "Gone"]
    count: int | None = Field(default=None, description="Restarts while the load was on.")
    after: str | None = Field(default=None, description="Of the last one, from the start of the load.")
    message: str
