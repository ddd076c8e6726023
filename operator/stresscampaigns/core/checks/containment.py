"""Does a fault stay where it was put? Pods of neighbours that restart, vanish or are not ready from it on."""

from collections.abc import Callable

from stresscampaigns.api.check_spec import Check, ContainmentQuestion
from stresscampaigns.api.pod_watch import PodHarm, of_neighbour
from stresscampaigns.api.status import CheckResult
from stresscampaigns.core.checks.answer import unanswered
from stresscampaigns.core.checks.harmed import counted
from stresscampaigns.core.evidence import Evidence
from stresscampaigns.core.recovery.pods import groups, put_into


def judge(check: Check, evidence: Evidence) -> CheckResult:
    """The answer to a containment check."""
    asked = (check.containment or ContainmentQuestion(fault="")).neighbours
    names = [one.name for one in evidence.template.neighbours or [] if asked is None or one.name in asked]
    wanted = {of_neighbour(name) for name in names}
    there = groups(evidence.watch, wanted)
    if evidence.watch and (empty := wanted - {group.name for group in there if group.wanted}):
        return unanswered(check, f"no pod of {', '.join(sorted(empty))} was ready before the fault")

    def harmed(fault: str) -> Callable[[PodHarm], bool]:
        own = put_into(evidence, fault)
        return lambda harm: bool(wanted & set(harm.groups)) and harm.uid not in own

    return counted(check, evidence, harmed, sum_of=_pods, what="pods of neighbours harmed")


def _pods(harms: list[PodHarm]) -> int:
    return len({harm.uid for harm in harms})
