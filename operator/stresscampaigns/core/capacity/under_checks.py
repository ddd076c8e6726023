"""The search's trials judged by all checks of the campaign, once everything is known.

The load searches by what it counts itself, and by what it hears from the operator meanwhile (`steering`). What comes
only afterwards counts as well: a trial that broke a check then has failed, and one of which nobody knows is undecided;
the bounds are drawn anew from what is left.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from stresscampaigns.api.capacity_spec import Capacity
from stresscampaigns.api.check_spec import Check
from stresscampaigns.api.load_result import CapacityResult, CapacityTrial
from stresscampaigns.api.status import CheckResult
from stresscampaigns.core.capacity.criteria import applied, own_latency
from stresscampaigns.core.checks import judge, judge_in
from stresscampaigns.core.evidence import Evidence
from stresscampaigns.core.plan import capacity_search
from stresscampaigns.stats.capacity import Bracket, Trial, search_of, shown

_LONGEST_REASON = 500
"""Characters: a status has room for fifty trials."""


class Told(NamedTuple):
    """What the checks say of one trial: names of those that it broke, and in words what is wrong, or not known."""

    broke: list[str]
    breaks: list[str]
    doubts: list[str]


def under_checks(evidence: Evidence, found: CapacityResult) -> CapacityResult:
    """The same search; its lower bound keeps every check, in as many trials as are to confirm it."""
    search = evidence.template.load.search
    if search is None:
        return found
    checks = [*applied(evidence.template), *own_latency(evidence.template)]
    of_all = {check.name: judge(check, evidence) for check in checks if check.data_loss}
    trials = [
        trial if trial.void else _with(trial, told_of(checks, evidence, number, of_all))
        for number, trial in enumerate(found.trials, 1)
    ]
    return _drawn_anew(search, found, found.model_copy(update={"trials": trials}))


def told_of(
    checks: Iterable[Check], evidence: Evidence, number: int, of_all: Mapping[str, CheckResult]
) -> Told:
    """What checks say of one trial, by its number.

    Args:
        of_all: what those on lost data say, by their names: of them nobody knows in which trial.
    """
    told = Told([], [], [])
    for check in checks:
        if check.data_loss:
            whole = of_all[check.name]
            told.doubts.extend([] if whole.verdict == "Passed" else [f"{whole.message}, in whichever trial"])
            continue
        answer = judge_in(check, evidence, number)
        if answer.verdict == "Failed" and _too_much(check, evidence, number):
            told.broke.append(check.name)
            told.breaks.append(f"{check.name}: {answer.value}")
        elif answer.verdict != "Passed":
            told.doubts.append(answer.message)
    return told


def _too_much(check: Check, evidence: Evidence, number: int) -> bool:
    """By its upper bound. Too little of something comes of too few users, too, and says nothing of too many."""
    if check.max is None:
        return False
    return judge_in(check.model_copy(update={"min": None}), evidence, number).verdict == "Failed"


def _with(trial: CapacityTrial, told: Told) -> CapacityTrial:
    """The trial with what the checks add to what the load itself has said."""
    more = [words for name, words in zip(told.broke, told.breaks, strict=True) if name not in trial.broke]
    doubts = told.doubts if trial.passed else []
    reason = "; ".join([trial.reason, *(f"breaks {words}" for words in more), *doubts])[:_LONGEST_REASON]
    changes = {
        "broke": list(dict.fromkeys([*trial.broke, *told.broke])),
        "passed": trial.passed and not told.broke and not doubts,
        "undecided": trial.passed and not told.broke and bool(doubts),
        "reason": reason,
    }
    return trial.model_copy(update=changes)


def _drawn_anew(search: Capacity, found: CapacityResult, judged: CapacityResult) -> CapacityResult:
    """The bounds that the trials show now, where one of them at or above the lower bound is no pass any more."""
    before, now = (_bracket(search, one.trials) for one in (found, judged))
    pairs = zip(found.trials, judged.trials, strict=True)
    changed = [new for old, new in pairs if old.passed and not new.passed and new.users >= (now.lower or 0)]
    if not changed:
        return judged
    why = {one.users: f"at {one.users} users the search went on, but {one.reason}" for one in changed}
    others = [note for note in found.notes if note not in before.notes]
    return judged.model_copy(
        update={
            "lower": None if now.lower is None else round(now.lower),
            "upper": None if now.upper is None else round(now.upper),
            "complete": now.complete,
            "notes": [*why.values(), *others, *now.notes],
        }
    )


def _bracket(search: Capacity, trials: Iterable[CapacityTrial]) -> Bracket:
    done = [
        Trial(float(one.users), round(one.end - one.start, 3), one.passed, one.reason)
        for one in trials
        if one.passed or one.failed
    ]
    return shown(search_of(capacity_search(search)), done)
