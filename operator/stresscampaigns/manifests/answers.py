"""How a load that searches is told what only the operator can judge of its trials."""

from collections.abc import Iterable

from stresscampaigns.api.capacity_record import TrialAnswer
from stresscampaigns.api.load_pod import ANSWERS_FILE
from stresscampaigns.api.trial_answers import TrialAnswered, TrialAnswers
from stresscampaigns.manifests.load import LOAD_COMMAND

_MOST_CHECKS = 3
_LONGEST_VALUE = 40
"""Characters. The words are part of a URL on their way, of which a proxy in front of the API server may take little:
those of 50 trials stay below 32 KB. Whatever else a trial broke is said of it once the load is over."""


def answer_command(answers: Iterable[TrialAnswer]) -> list[str]:
    """What writes these answers down in the coordinator's container."""
    told = [TrialAnswered(trial=one.trial, broke=_shortened(one.broke or {})) for one in answers]
    words = TrialAnswers(answers=told).model_dump_json(exclude_defaults=True)
    return [*LOAD_COMMAND, "answer", "--file", ANSWERS_FILE, words]


def _shortened(broke: dict[str, str]) -> dict[str, str]:
    return {name: value[:_LONGEST_VALUE] for name, value in list(broke.items())[:_MOST_CHECKS]}
