"""What both resources' statuses are made of: conditions with times, verdicts, checks with numbers."""

from typing import Literal

from pydantic import Field

from stresscampaigns.api.base import Model

Verdict = Literal["Passed", "Failed", "Inconclusive", "Aborted"]
Outcome = Literal["Passed", "Failed", "Inconclusive"]


class Condition(Model):
    """A fact about the object, as Kubernetes' own conditions."""

    type: str
    status: Literal["True", "False", "Unknown"]
    reason: str = Field(description="One word for machines.")
    message: str = Field(description="A sentence for people.")
    last_transition_time: str = Field(
        description="When status last changed.", json_schema_extra={"format": "date-time"}
    )
    observed_generation: int | None = None


class CheckResult(Model):
    """The answer to a check, with the numbers behind it."""

    name: str = Field(description="Of the check.")
    verdict: Outcome = Field(
        description="Passed: within its bound. Failed: not. Inconclusive: there is no answer; the message says why."
    )
    value: str | None = Field(default=None, description="What was measured.")
    threshold: str = Field(description="What was asked for, like `<= 800ms`.")
    window: str = Field(description="The stretch of the run that was looked at.")
    source: str = Field(description="Where the number comes from.")
    samples: int | None = Field(default=None, description="Requests or samples behind the number.")
    message: str = Field(description="The answer as a sentence.")


class SlotOutcome(Model):
    """What became of one slot of the schedule."""

    time: str = Field(description="The intended time.", json_schema_extra={"format": "date-time"})
    outcome: Literal["Ran", "Skipped", "Missed"]
    run: str | None = None
    reason: str | None = None
