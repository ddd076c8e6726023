"""How many requests succeed in a second?

Requests are counted by whole seconds, those that begin within the window. What ends after the stages' end is of no
second of theirs: a service that is behind works off its queue then, and would look faster than it is.

No request at all is zero, which may break a bound but keeps one only where it was seen: requests of that name were
there at another time, and others completed in the window.
"""

import math
from collections.abc import Sequence

from stresscampaigns.api.check_spec import Check, RequestsQuestion, ThroughputQuestion
from stresscampaigns.api.load_plan import ALL_STAGES, WHOLE
from stresscampaigns.api.load_result import OTHER_NAMES, LoadResult, WindowStats
from stresscampaigns.api.status import CheckResult
from stresscampaigns.core.checks import counting
from stresscampaigns.core.checks.answer import keeps, show_rate
from stresscampaigns.core.checks.comparing import Measured, judged
from stresscampaigns.core.checks.stretches import rates_in_stretches
from stresscampaigns.core.evidence import Evidence
from stresscampaigns.stats.certainty import rate_sure


def judge(check: Check, evidence: Evidence) -> CheckResult:
    """The answer to a throughput check."""
    question, result = check.throughput or ThroughputQuestion(), evidence.result

    def measure(window: str) -> Measured | str:
        # The whole load by its stages: what ends after them is no throughput of theirs.
        parts = counting.parts(evidence, ALL_STAGES if window == WHOLE else window)
        length = _length(evidence, parts)
        if length <= 0:
            return "the load never reached this window, or no second begins in it"
        if question.scenario and not counting.ran(result, question.scenario):
            return f"the load never ran a scenario {question.scenario}"
        if _may_be_among_others(result, question):
            return f"requests of more names than are kept apart came, and {question.name} may be in {OTHER_NAMES}"
        entries = counting.asked_for(parts, question)
        count = counting.total(entries)
        if not count and keeps(check, 0.0) and not _zero_was_seen(result, parts, question):
            return "no request completed in this window"
        succeeded = count - counting.failures(entries)
        if check.compared_to is None:
            return Measured(succeeded / length, count)
        stretches = rates_in_stretches(result, parts, question)
        return Measured(succeeded / length, count, rate_sure(succeeded, length, stretches))

    return judged(check, measure, show_rate)


def _length(evidence: Evidence, parts: Sequence[WindowStats]) -> float:
    """Seconds in which requests were counted."""
    total = evidence.template.load.total_seconds
    return sum(min(math.ceil(one.end), max(total, one.end)) - math.ceil(one.start) for one in parts)


def _may_be_among_others(result: LoadResult, question: RequestsQuestion) -> bool:
    """Is the name not there, in a scenario whose later names are not kept apart?"""
    unnamed = RequestsQuestion(name=OTHER_NAMES, scenario=question.scenario)
    return question.name is not None and not _ever(result, question) and _ever(result, unnamed)


def _ever(result: LoadResult, question: RequestsQuestion) -> bool:
    """Did any of these requests complete, in whatever window?"""
    return any(counting.total(counting.requests(window, question)) for window in result.windows)


def _zero_was_seen(result: LoadResult, parts: Sequence[WindowStats], question: RequestsQuestion) -> bool:
    """Were there none of these requests, though others completed? A name that never occurs may be misspelt."""
    others = counting.asked_for(parts, RequestsQuestion(scenario=question.scenario))
    return _ever(result, question) and counting.total(others) > 0
