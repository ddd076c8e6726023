"""Counting what the watch over pods has seen: what was seen is a fact; that nothing happened takes having looked."""

from collections.abc import Callable

from stresscampaigns.api.check_spec import Check
from stresscampaigns.api.pod_watch import PodHarm
from stresscampaigns.api.status import CheckResult
from stresscampaigns.core.checks.answer import answered, beyond_max, unanswered
from stresscampaigns.core.evidence import Evidence
from stresscampaigns.core.recovery.pods import faults_of, harms, unseen, words

SHOWN = 5


def counted(
    check: Check,
    evidence: Evidence,
    about: Callable[[str], Callable[[PodHarm], bool]],
    sum_of: Callable[[list[PodHarm]], int],
    what: str,
    unknown: Callable[[str], str | None] = lambda _: None,
) -> CheckResult:
    """The answer to a question for a number of harms, in one fault's time or in that of each.

    Args:
        about: a fault's name → is this harm asked for?
        unknown: a fault's name → why it is not known that none happened, beside what holds for every such question.
    """
    asked = faults_of(evidence, check.about.fault if check.about else "")
    if not asked:
        return unanswered(check, "there is no fault: that nothing was harmed says nothing")
    found: dict[str, PodHarm] = {}
    for fault in asked:
        found |= {one.model_dump_json(): one for one in harms(evidence, fault, about(fault))}
    number = sum_of(list(found.values()))
    doubts = [doubt for fault in asked if (doubt := unseen(evidence, fault) or unknown(fault))]
    if doubts and not beyond_max(check, number):
        return unanswered(check, "; ".join(dict.fromkeys(doubts)))
    told = answered(check, number, lambda value: f"{value:.0f} {what}", len(found))
    if not found:
        return told
    shown = ", ".join(dict.fromkeys(map(words, list(found.values())[:SHOWN])))
    return told.model_copy(update={"message": f"{told.message}: {shown}"})
