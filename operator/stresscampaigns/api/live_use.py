"""What a run notes of the memory and CPU that the target's containers use, as metrics.k8s.io tells it under load."""

from pydantic import Field

from stresscampaigns.api.base import Model

MOST_LINES = 50
"""So many containers are noted."""
MOST_POINTS = 4_000
"""Of all containers together: some 150 kB of a status."""


class UseLine(Model):
    """One container: columns of one length, a place for each sample, in the order of time.

    Times in seconds from the start of the load. A sample is of a window: CPU is a mean over it.
    """

    pod: str
    container: str
    since: list[float] = Field(max_length=MOST_POINTS, description="When the sample's window began.")
    until: list[float] = Field(max_length=MOST_POINTS, description="When it ended.")
    seen: list[float] = Field(
        max_length=MOST_POINTS, description="Seconds of it that no sample before had told of."
    )
    memory: list[int] = Field(max_length=MOST_POINTS, description="Working set at its end, bytes.")
    cpu: list[float] = Field(max_length=MOST_POINTS, description="Cores.")
    taken: int = Field(description="Samples, before any were joined.")


class UseRecord(Model):
    """The samples of a run, and why there are none."""

    lines: list[UseLine] | None = Field(default=None, max_length=MOST_LINES)
    slot: int | None = Field(
        default=None,
        description="Of samples that end in one slot of so many seconds the highest memory and CPU are kept.",
    )
    left_out: bool | None = Field(default=None, description="There were more containers than are kept.")
    problem: str | None = Field(default=None, description="Why metrics.k8s.io told nothing when last asked.")
