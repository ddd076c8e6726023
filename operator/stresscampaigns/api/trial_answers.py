"""What the operator tells a search that is on: what checks said of its trials that the load cannot judge itself.

Words of the operator alone: they reach the coordinator as a file, out of a ConfigMap, which Kubernetes brings it within
a minute and a half.
"""

from pydantic import Field

from stresscampaigns.api.wire import Wire


class TrialAnswered(Wire):
    """One trial of which the operator has nothing more to say."""

    trial: int = Field(description="Its number, from 1, void ones among them.")
    broke: dict[str, str] = Field(
        default_factory=dict, description="Check that it broke → the number that broke it."
    )


class TrialAnswers(Wire):
    """All of them so far."""

    answers: list[TrialAnswered] = Field(default_factory=list)
