"""A check of the whole run beside a search for the capacity, which overloads on purpose.

It is asked of the stages, as without a search, and of each trial at the lower bound: a sustained load keeps it. Where
it broke above that, it is what limits the capacity, and no failure of the run.
"""

from collections.abc import Callable, Sequence

from stresscampaigns.api.check_spec import Check
from stresscampaigns.api.load_plan import ALL_STAGES, trial_window
from stresscampaigns.api.load_result import CapacityResult
from stresscampaigns.api.status import CheckResult
from stresscampaigns.core.capacity.bounds import telling
from stresscampaigns.core.evidence import Evidence

_WORST_FIRST = ("Failed", "Inconclusive", "Passed")


def judge(
    check: Check, evidence: Evidence, found: CapacityResult, answer: Callable[[Check, Evidence], CheckResult]
) -> CheckResult:
    """The worst of the answers; where all are as good, that of the last trial, which is the longest."""
    trials = telling(found)
    windows = [*(trial_window(number) for number, _ in reversed(trials)), ALL_STAGES]
    told = [answer(part(check, window), evidence) for window in windows]
    worst = min(told, key=lambda one: _WORST_FIRST.index(one.verdict))
    return worst.model_copy(update={"window": _words([trial.users for _, trial in trials])})


def part(check: Check, window: str) -> Check:
    """The same check, of one part of the load."""
    return check.model_copy(update={"during": window})


def _words(users: Sequence[int]) -> str:
    trials = "1 trial" if len(users) == 1 else f"{len(users)} trials"
    return f"stages, {trials} at {users[0]} users" if users else "stages"
