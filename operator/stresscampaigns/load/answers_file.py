"""The file in which a coordinator finds what the operator says of its trials; the operator's own command writes it."""

import fcntl
from pathlib import Path

from pydantic import ValidationError

from stresscampaigns.api.trial_answers import TrialAnswered, TrialAnswers


def answers_in(file: Path) -> list[TrialAnswered]:
    """What has been said so far: nothing where there is no such file, or none that can be read."""
    try:
        return TrialAnswers.model_validate_json(file.read_text()).answers
    except (OSError, ValidationError):
        return []


def write_down(file: Path, words: str) -> None:
    """Beside all that was said before: words that were given up may only have been slow, and come after newer ones.

    Raises:
        ValueError: the words make no sense.
        OSError: nothing can be written there.
    """
    told = TrialAnswers.model_validate_json(words).answers
    with open(file.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        known = {one.trial: one for one in [*answers_in(file), *told]}
        beside = file.with_suffix(".new")
        beside.write_text(TrialAnswers(answers=list(known.values())).model_dump_json())
        beside.replace(file)  # the coordinator may be reading
