"""Does the target heal without a restart? Restarts of its containers and losses of its pods, from a fault on."""

from stresscampaigns.api.check_spec import Check
from stresscampaigns.api.pod_watch import TARGET, PodHarm
from stresscampaigns.api.status import CheckResult
from stresscampaigns.core.checks.harmed import counted
from stresscampaigns.core.evidence import Evidence


def judge(check: Check, evidence: Evidence) -> CheckResult:
    """The answer to a restarts check."""
    return counted(check, evidence, lambda _: _is_one, sum_of=_times, what="restarts and losses")


def _is_one(harm: PodHarm) -> bool:
    return harm.kind != "Unready" and TARGET in harm.groups


def _times(harms: list[PodHarm]) -> int:
    return sum(harm.count or 1 for harm in harms)
