"""How much of a resource's limit is in use? Every sample must keep the threshold; a hole is no answer."""

from stresscampaigns.api.check_spec import Check
from stresscampaigns.api.saturation import BUILT_IN
from stresscampaigns.api.status import CheckResult
from stresscampaigns.core.checks.answer import answered, beyond_max, show_ratio, unanswered, window_name
from stresscampaigns.core.evidence import Evidence
from stresscampaigns.core.saturation.assessment import assess
from stresscampaigns.core.saturation.questions import step_of
from stresscampaigns.core.saturation.uses import Use


def judge(check: Check, evidence: Evidence) -> CheckResult:
    """The answer to a saturation check: the highest share; a sample above the threshold fails it in any case."""
    name = check.saturation.resource if check.saturation else ""
    use = next((one for one in evidence.uses if one.name == name), None)
    if use is None:
        return unanswered(check, f"{name} was not looked at")
    return _judged(check, evidence, use).model_copy(update={"source": use.source})


def _judged(check: Check, evidence: Evidence, use: Use) -> CheckResult:
    start, end = _window(check, evidence)
    # What others tell of the target's containers has times of its own.
    if use.name not in BUILT_IN and (silent := evidence.unscraped(start, end)):
        return unanswered(check, silent)
    found = assess(use, start, end, step_of(evidence.started_at, evidence.result.finished))
    if found.peak is None:
        return unanswered(check, "; ".join(found.gaps) or "there is no sample in this window")
    if found.gaps and not beyond_max(check, found.peak.ratio):
        return unanswered(check, "; ".join(found.gaps))
    return answered(check, found.peak.ratio, show_ratio, found.samples)


def _window(check: Check, evidence: Evidence) -> tuple[float, float]:
    """The whole load is as long as it was."""
    if not check.during and not check.after:
        return 0.0, evidence.result.finished - evidence.started_at
    return evidence.bounds(window_name(check))
