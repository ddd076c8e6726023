"""What a search for the capacity has shown, as a run writes it down."""

from pydantic import Field

from stresscampaigns.api.base import Model


class TrialRecord(Model):
    """One trial of a search for the capacity."""

    users: int
    passed: bool | None = Field(
        default=None, description="Sustained; not there where the trial was left out, or is undecided."
    )
    void: bool | None = Field(
        default=None,
        description="Left out and repeated: the load generator was at its limit, or had other users.",
    )
    undecided: bool | None = Field(
        default=None, description="Nothing says that it was not sustained, but a check has no answer to it."
    )
    reason: str = Field(description="What was seen, or why it was left out, with the numbers.")
    broke: list[str] | None = Field(default=None, description="The checks that it broke.")
    throughput: str = Field(description="Successful requests a second.")
    p50: str | None = None
    p95: str | None = None
    p99: str | None = None


class TrialAnswer(Model):
    """What checks that the load cannot judge said of one trial, so that it searches on by it."""

    trial: int = Field(description="Its number in the search, from 1.")
    broke: dict[str, str] | None = Field(
        default=None, description="Check that it broke → the number that broke it."
    )
    unknown: str | None = Field(default=None, description="Why there was no answer in time, if so.")


class Coefficient(Model):
    """A number that was fitted, and its 95 % interval."""

    value: float
    low: float
    high: float


class ScalabilityRecord(Model):
    """The Universal Scalability Law fitted to the trials; nothing is said about loads that were not measured."""

    measured: str | None = Field(default=None, description="The range of users that the trials cover.")
    alpha: Coefficient | None = Field(default=None, description="Contention: the share that waits in line.")
    beta: Coefficient | None = Field(default=None, description="Coherency: the cost of agreeing.")
    gamma: Coefficient | None = Field(default=None, description="Throughput of one user alone, a second.")
    r_squared: float | None = Field(default=None, description="Share of the variance that the law explains.")
    peak: str | None = Field(default=None, description="Where throughput is highest, or why that is open.")
    inconclusive: str | None = Field(default=None, description="Why no law could be fitted, if so.")


class CapacityRecord(Model):
    """The highest load that is sustained: bounds that were measured, and the trials behind them."""

    lower: int | None = Field(default=None, description="Users sustained, confirmed.")
    upper: int | None = Field(default=None, description="Users not sustained.")
    complete: bool = Field(description="The bounds are as near and as well confirmed as asked.")
    judged_by: list[str] | None = Field(
        default=None,
        description="What every trial was judged by: checks by their names, with their thresholds, and bounds of "
        "load.capacity.",
    )
    broke_first: list[str] | None = Field(
        default=None,
        description="Which of them broke at the upper bound, the lowest load that was not sustained.",
    )
    notes: list[str] | None = None
    throughput: str | None = Field(
        default=None, description="At the lower bound: the least of its trials that passed."
    )
    per_core: str | None = Field(
        default=None, description="Throughput at the lower bound by the cores that the target used then."
    )
    per_gigabyte: str | None = Field(
        default=None, description="Throughput at the lower bound by the memory that the target used then."
    )
    failure: str | None = Field(default=None, description="What broke at the upper bound, and what was full.")
    scalability: ScalabilityRecord | None = None
    trials: list[TrialRecord] | None = Field(default=None, max_length=50)
