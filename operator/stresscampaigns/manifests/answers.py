"""What the load's coordinator is told while a search is on: a ConfigMap that it sees as a file."""

from collections.abc import Iterable

from stresscampaigns.api.capacity_record import TrialAnswer
from stresscampaigns.api.trial_answers import TrialAnswered, TrialAnswers
from stresscampaigns.core.plan import ANSWERS_KEY
from stresscampaigns.manifests.load import Owner, owned_object
from stresscampaigns.manifests.manifest import Manifest
from stresscampaigns.manifests.names import ANSWERS_ROLE


def answers_manifest(owner: Owner, answers: Iterable[TrialAnswer]) -> Manifest:
    """All answers so far. Not immutable: the kubelet would never look at it again."""
    told = [TrialAnswered(trial=one.trial, broke=one.broke or {}) for one in answers]
    manifest = owned_object("v1", "ConfigMap", owner, ANSWERS_ROLE)
    manifest["data"] = {ANSWERS_KEY: TrialAnswers(answers=told).model_dump_json()}
    return manifest
