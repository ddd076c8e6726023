"""Does a fault stay where it was put? Pods of neighbours that restart, vanish or are not ready from it on.

One that is gone because somebody has rolled out or scaled down is no breach; nor is it known then that there was none.
"""

from collections.abc import Callable

from stresscampaigns.api.check_spec import Check, ContainmentQuestion
from stresscampaigns.api.pod_watch import PodHarm, of_neighbour
from stresscampaigns.api.status import CheckResult
from stresscampaigns.core.checks.answer import unanswered
from stresscampaigns.core.checks.harmed import counted
from stresscampaigns.core.evidence import Evidence
from stresscampaigns.core.recovery.pods import by_others, groups, put_into, taken, without_pods


def judge(check: Check, evidence: Evidence) -> CheckResult:
    """The answer to a containment check."""
    asked = (check.containment or ContainmentQuestion(fault="")).neighbours
    names = [one.name for one in evidence.template.neighbours or [] if asked is None or one.name in asked]
    wanted = {of_neighbour(name) for name in names}
    if not wanted:
        return unanswered(check, "the campaign names no neighbours")

    def unwatched(fault: str) -> str | None:
        return without_pods(evidence, fault, wanted) or taken(evidence, fault, wanted)

    def harmed(fault: str) -> Callable[[PodHarm], bool]:
        own = put_into(evidence, fault)
        theirs = {one.name for one in groups(evidence.watch, wanted) if by_others(evidence, fault, one)}
        return lambda harm: (
            harm.uid not in own
            and bool(wanted & set(harm.groups) - (theirs if harm.kind == "Gone" else set()))
        )

    what = "pods of neighbours harmed"
    return counted(check, evidence, harmed, sum_of=_pods, what=what, unknown=unwatched)


def _pods(harms: list[PodHarm]) -> int:
    return len({harm.uid for harm in harms})
