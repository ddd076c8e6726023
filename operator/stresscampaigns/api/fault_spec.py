"""The faults of a campaign: what is broken, where, from when, for how long."""

from typing import Literal

from pydantic import ConfigDict, Field

from stresscampaigns.api.base import Model, cel, rules
from stresscampaigns.api.selection import Mode, Name, PodTarget
from stresscampaigns.api.units import Duration, seconds

_POSITIVE = cel(
    "duration(self.duration) > duration('0s')", "a fault needs a duration of more than 0s", ".duration"
)


class Fault(Model):
    """One fault. It ends by itself: whoever holds it owns its deadline."""

    model_config = ConfigDict(json_schema_extra=rules(_POSITIVE))
    name: Name = Field(description="Name of the fault; checks refer to it.")
    type: Literal["NetworkPartition"] = Field(
        description="NetworkPartition: packets to `port` are dropped in the picked pods, both those that "
        "arrive and those that leave, on every interface but loopback."
    )
    at: Duration = Field(description="When it begins, counted from the start of the load.")
    duration: Duration = Field(description="How long it lasts.")
    port: int = Field(ge=1, le=65535, description="The TCP port whose traffic is dropped.")
    target: PodTarget | None = Field(
        default=None, description="The pods to break; left out: those of the campaign's target."
    )
    mode: Mode = Field(
        default="one", description="`one`: the first of the picked pods by name; `all`: every one."
    )

    @property
    def start_seconds(self) -> float:
        """Begin, in seconds from the start of the load."""
        return seconds(self.at)

    @property
    def end_seconds(self) -> float:
        """End, in seconds from the start of the load."""
        return self.start_seconds + seconds(self.duration)
