"""What a run writes down about its faults: moments, harm, how often the service recovered, what was lost, a score."""

from typing import Literal

from pydantic import Field

from stresscampaigns.api.base import Model
from stresscampaigns.api.written_set import MOST_LISTED

FORMULA_VERSION = 2
MOST_NAMED = 50
"""So many of the lost elements, and of the duplicated ones, a status names."""
RecoveryOutcome = Literal["Recovered", "NotRecovered", "Censored", "Unsteady", "NotInForce"]


class FaultMoments(Model):
    """Epoch seconds; what did not come to that, or was not seen, is left out."""

    injected: float | None = Field(default=None, description="When it was to begin, as asked.")
    acknowledged: float | None = Field(
        default=None, description="In force in the first pod, by its sidecar's word."
    )
    broken: float | None = Field(default=None, description="The first second that was not good.")
    detected: float | None = Field(
        default=None, description="When `detected` first came to a value other than 0."
    )
    ended: float | None = Field(default=None, description="Proven ended in the last pod.")
    recovered: float | None = Field(
        default=None, description="The first of enough good seconds after both the end and the breaking."
    )


class Impact(Model):
    """What a fault did: requests from its start to the recovery, pods from its start on."""

    requests: int = Field(description="Requests that ended in that time.")
    failed: int = Field(description="Of these: failed.")
    share: str | None = Field(default=None, description="Failed, as a share.")
    failed_by_name: dict[str, int] | None = Field(
        default=None,
        description="Failed ones by `scenario: name`; where a slot is longer than 1 s, of whole slots.",
    )
    pods: list[str] | None = Field(
        default=None, max_length=32, description="Pods of the target and those hit: what happened to them."
    )
    neighbours: list[str] | None = Field(
        default=None, max_length=32, description="Pods of neighbours that it was not put into: the same."
    )
    unknown: str | None = Field(default=None, description="Why more may have happened to pods than is told.")


class RecoverySummary(Model):
    """All faults of the run. What was not recovered from is in no mean: it stands beside it."""

    faults: int
    recovered: int
    not_recovered: int = Field(description="Not good again, when it should have been.")
    censored: int = Field(description="The load ended, or the next fault began, before anyone could tell.")
    unknown: int = Field(description="Not in force, or the service was not steady before it.")
    success_rate: str = Field(description="Recovered from, of those of which that is known.")
    median_from_end: str | None = Field(
        default=None, description="Of those recovered from; says how many were not."
    )
    worst_from_end: str | None = None
    median_from_start: str | None = None
    worst_from_start: str | None = None


class DataLossRecord(Model):
    """What became of the unique elements that the load wrote."""

    attempted: int
    acknowledged: int
    unknown: int
    refused: int
    kept: int = Field(description="Acknowledged, and there afterwards.")
    lost: int = Field(description="Acknowledged, and not there.")
    recovered: int = Field(description="Not acknowledged, yet there.")
    duplicated: int
    unexpected: int
    never_read: int = Field(description="Acknowledged, and not read back in time.")
    lost_elements: list[str] | None = Field(
        default=None,
        max_length=MOST_NAMED,
        description=f"The first of them; the run's record lists {MOST_LISTED}.",
    )
    duplicated_elements: list[str] | None = Field(
        default=None, max_length=MOST_NAMED, description="The first of them, as above."
    )
    problem: str | None = Field(default=None, description="Why not all was read back.")


class FaultScore(Model):
    """One fault's part of the score, each from 0 to 1."""

    fault: str
    recovered: float = Field(description="1: good again; 0: not.")
    served: float = Field(description="Share of requests that succeeded from its start to the recovery.")
    contained: float | None = Field(
        default=None,
        description="1: no neighbour's pod was harmed; 0: one was. Left out where no neighbour is named.",
    )


class Resilience(Model):
    """The score, or why there is none. Its formula is in docs/recovery.md."""

    score: float | None = None
    of: Literal[100] = 100
    formula_version: int = FORMULA_VERSION
    reason: str = Field(description="How it comes about, or why there is none.")
    faults: list[FaultScore] | None = Field(default=None, max_length=16)
