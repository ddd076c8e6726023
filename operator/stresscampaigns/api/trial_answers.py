"""What the operator tells a search that is on: what checks said of its trials that the load cannot judge itself.

Words of the operator alone: it writes them into a file in the coordinator's container.
"""

from pydantic import Field

from stresscampaigns.api.wire import Wire


class TrialAnswered(Wire):
    """One trial of which the operator has nothing more to say."""

    trial: int = Field(description="Its number, from 1, void ones among them.")
    broke: dict[str, str] = Field(
        default_factory=dict,
        description="Check that it broke → the number that broke it; not all of them, where there are many.",
    )


class TrialAnswers(Wire):
    """All of them so far."""

    answers: list[TrialAnswered] = Field(default_factory=list)
