"""How much of a resource's limit is in use? Every sample must keep the threshold; a hole is no answer.

A container that was killed for its memory had reached its limit, between whatever samples that was.
"""

from stresscampaigns.api.check_spec import Check
from stresscampaigns.api.saturation import BUILT_IN
from stresscampaigns.api.status import CheckResult
from stresscampaigns.api.units import show_seconds
from stresscampaigns.core.checks.answer import (
    answered,
    beyond_max,
    failed,
    show_ratio,
    unanswered,
    window_name,
    window_words,
)
from stresscampaigns.core.evidence import Evidence
from stresscampaigns.core.saturation.assessment import assess
from stresscampaigns.core.saturation.questions import step_of
from stresscampaigns.core.saturation.uses import Use

MEMORY = "memory"
_WHOLE_SECOND = 1.0
"""To which Kubernetes cuts moments."""


def judge(check: Check, evidence: Evidence) -> CheckResult:
    """The answer to a saturation check: the highest share; a sample above the threshold fails it in any case."""
    name = check.saturation.resource if check.saturation else ""
    use = next((one for one in evidence.uses if one.name == name), None)
    if use is None:
        return unanswered(check, f"{name} was not looked at")
    start, end = _window(check, evidence)
    if use.name == MEMORY and (killed := _killed(check, evidence, start, end)):
        return killed.model_copy(update={"source": "Kubernetes"})
    return _judged(check, evidence, use, start, end).model_copy(update={"source": use.source})


def _judged(check: Check, evidence: Evidence, use: Use, start: float, end: float) -> CheckResult:
    # What others tell of the target's containers has times of its own.
    if use.name not in BUILT_IN and (silent := evidence.unscraped(start, end)):
        return unanswered(check, silent)
    found = assess(use, start, end, step_of(evidence.started_at, evidence.result.finished))
    if found.peak is None:
        return unanswered(check, "; ".join(found.gaps) or "there is no sample in this window")
    if found.gaps and not beyond_max(check, found.peak.ratio):
        return unanswered(check, "; ".join(found.gaps))
    return answered(check, found.peak.ratio, show_ratio, found.samples)


def _killed(check: Check, evidence: Evidence, start: float, end: float) -> CheckResult | None:
    """The answer by a kill in the window, or where one may have been in it; None: there was none, or it is allowed."""
    kills = [at - evidence.started_at for at in evidence.oom_kills]
    near = [at for at in kills if at + _WHOLE_SECOND > start and at <= end]
    if not near or not beyond_max(check, 1.0):
        return None
    when = f"a container was OOM-killed {show_seconds(max(0.0, near[0]))} into the load"
    if not any(start <= at and at + _WHOLE_SECOND <= end for at in near):
        return unanswered(check, f"{when}, which may have been in this window")
    words = f"{when}: it had reached its limit {window_words(check)}, above {check.max}"
    return failed(check, show_ratio(1.0), words)


def _window(check: Check, evidence: Evidence) -> tuple[float, float]:
    """The whole load is as long as it was."""
    if not check.during and not check.after:
        return 0.0, evidence.result.finished - evidence.started_at
    return evidence.bounds(window_name(check))
