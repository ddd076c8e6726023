"""The operator's part in a search: a trial that passed here may have broken a check that only the operator can judge.

It says so in a file, some time after the trial, and is waited for: a load that was not sustained is no ground to go
higher, and trials are few. Not for ever: the operator may be away, and judges all trials once more when the load is
over. What comes later still counts from then on.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from stresscampaigns.api.load_plan import ANSWERED_WITHIN
from stresscampaigns.load.answers_file import answers_in
from stresscampaigns.load.capacity_search import RunningSearch

LOOK_SECONDS = 1.0
Rest = Callable[[float], bool]
"""Lets the load go on for so many seconds, with few users; False where it is over before its time."""


@dataclass(frozen=True)
class OperatorsAnswers:
    """From a file, which is not there while nothing is said."""

    file: Path

    def take_up(self, search: RunningSearch, rest: Rest) -> None:
        """What has been said of its trials, waiting for what is missing."""
        search.hear(answers_in(self.file))
        waited = 0.0
        while search.awaits_answers:
            if waited >= ANSWERED_WITHIN:
                search.give_up_waiting(waited)
            elif not rest(LOOK_SECONDS):
                return
            waited += LOOK_SECONDS
            search.hear(answers_in(self.file))
