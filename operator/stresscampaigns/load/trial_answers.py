"""The operator's part in a search: a trial that passed here may have broken a check that only the operator can judge.

It says so in a file, later than the trial. Each answer is taken up as it comes: the trial has failed then, and the
search goes on as if it had been known at once. At the end the answers that are missing are waited for, not for ever:
the operator may be away, and judges all trials once more when the load is over.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from stresscampaigns.api.load_plan import ANSWERED_WITHIN, MOST_AWAITED
from stresscampaigns.api.trial_answers import TrialAnswered, TrialAnswers
from stresscampaigns.load.capacity_search import RunningSearch

LOOK_SECONDS = 1.0
Rest = Callable[[float], bool]
"""Lets the load go on for so many seconds, with few users; False where it is over before its time."""


@dataclass
class OperatorsAnswers:
    """From a file, which is not there while nothing is said."""

    file: str | None
    _patience: float = MOST_AWAITED
    """Seconds for all that is still to be waited for."""

    def take_up(self, search: RunningSearch, rest: Rest) -> None:
        """Whatever has been said by now; where the search would end, whatever is missing, too."""
        if self.file is None:
            return
        search.hear(self._read())
        if search.ends_too_early:
            waited = self._await(search, rest, min(ANSWERED_WITHIN, self._patience))
            self._patience -= waited

    def _await(self, search: RunningSearch, rest: Rest, longest: float) -> float:
        waited = 0.0
        while search.ends_too_early:
            if waited >= longest:
                search.give_up_waiting(waited)
            elif not rest(LOOK_SECONDS):
                break
            waited += LOOK_SECONDS
            search.hear(self._read())
        return waited

    def _read(self) -> list[TrialAnswered]:
        try:
            return TrialAnswers.model_validate_json(Path(self.file or "").read_text()).answers
        except (OSError, ValidationError):
            return []
