"""A stage: a stretch of the load."""

from pydantic import ConfigDict, Field

from stresscampaigns.api.base import Model, cel, rules
from stresscampaigns.api.selection import Name
from stresscampaigns.api.units import DURATION_PATTERN, Duration, written_as

MOST_USERS = 100_000
MOST_RATE = 1_000_000

_RAMP_FITS = cel(
    "!has(self.ramp) || duration(self.ramp) <= duration(self.duration)",
    "the ramp must not be longer than its stage: make duration longer or ramp shorter",
    ".ramp",
    unless=f"!({written_as(DURATION_PATTERN, 'self.ramp', 'self.duration')})",
)
_POSITIVE = cel(
    "duration(self.duration) > duration('0s')",
    "a stage needs a duration of more than 0s",
    ".duration",
    unless=f"!({written_as(DURATION_PATTERN, 'self.duration')})",
)
_USERS_OR_RATE = cel(
    "has(self.users) != has(self.rate)",
    "give either users (closed model: concurrent users) or rate (open model: arrivals a second)",
)


class Stage(Model):
    """A stretch of the load: users or arrivals a second, reached by a ramp, held until the stage ends."""

    model_config = ConfigDict(json_schema_extra=rules(_RAMP_FITS, _POSITIVE, _USERS_OR_RATE))
    name: Name = Field(description="Name of the stage; a check can look at it with `during`.")
    users: int | None = Field(
        default=None,
        ge=0,
        le=MOST_USERS,
        description="Closed model: concurrent users at the end of the ramp; each waits for its answer.",
    )
    rate: float | None = Field(
        default=None,
        ge=0,
        le=MOST_RATE,
        description="Open model: arrivals a second at the end of the ramp, whether earlier ones were answered "
        "or not. Latency counts from the intended time.",
    )
    ramp: Duration | None = Field(
        default=None,
        description="Time in which the load goes in a straight line from the last stage's to this one's; "
        "left out: at once.",
    )
    duration: Duration = Field(description="Length of the whole stage, its ramp included.")
