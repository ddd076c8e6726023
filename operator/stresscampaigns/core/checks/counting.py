"""Requests of one window, from the load's exact result."""

from collections import Counter
from collections.abc import Sequence

from hdrh.histogram import HdrHistogram

from stresscampaigns.api.check_spec import RequestsQuestion
from stresscampaigns.api.load_plan import ALL_STAGES
from stresscampaigns.api.load_result import LoadResult, RequestStats, WindowStats
from stresscampaigns.core.evidence import Evidence
from stresscampaigns.core.plan import stage_windows
from stresscampaigns.stats.histogram import decode, merged, percentile_us


def window(result: LoadResult, name: str) -> WindowStats | None:
    """A window by its name; None where the load never reached it."""
    return next((window for window in result.windows if window.name == name), None)


def parts(evidence: Evidence, name: str) -> list[WindowStats]:
    """What a window consists of, all stages of theirs; none where the load never reached it."""
    names = [*stage_windows(evidence.template)] if name == ALL_STAGES else [name]
    return [one for name in names if (one := window(evidence.result, name))]


def asked_for(parts: Sequence[WindowStats], asked: RequestsQuestion) -> list[RequestStats]:
    """The requests of all of them that are asked for."""
    return [entry for part in parts for entry in requests(part, asked)]


def requests(stats: WindowStats, asked: RequestsQuestion) -> list[RequestStats]:
    """Its requests, only those of one name and of one scenario where they are given."""
    return [entry for entry in stats.requests if is_asked_for(asked, entry.scenario, entry.name)]


def is_asked_for(asked: RequestsQuestion, scenario: str, name: str) -> bool:
    """Are requests of this scenario and name among those of a question?"""
    return asked.name in (None, name) and asked.scenario in (None, scenario)


def ran(result: LoadResult, scenario: str) -> bool:
    """Did this scenario make any request, in whatever window?"""
    return any(
        entry.scenario == scenario and entry.count for window in result.windows for entry in window.requests
    )


def total(entries: Sequence[RequestStats]) -> int:
    """How many requests completed, failed ones among them."""
    return sum(entry.count for entry in entries)


def failures(entries: Sequence[RequestStats]) -> int:
    """How many of them failed."""
    return sum(sum(entry.failures.values()) for entry in entries)


def errors(entries: Sequence[RequestStats]) -> int:
    """How often a task raised outside of any request."""
    return sum(sum(entry.errors.values()) for entry in entries)


def error_kinds(entries: Sequence[RequestStats], most: int = 5) -> dict[str, int]:
    """The most frequent of these, each as `task: kind`, and how many."""
    kinds: Counter[str] = Counter()
    for entry in entries:
        kinds.update({f"{entry.name}: {kind}": number for kind, number in entry.errors.items()})
    return dict(kinds.most_common(most))


def failure_kinds(entries: Sequence[RequestStats], most: int = 5) -> dict[str, int]:
    """The most frequent kinds of failure, and how many of each."""
    kinds: Counter[str] = Counter()
    for entry in entries:
        kinds.update(entry.failures)
    return dict(kinds.most_common(most))


def damaged(result: LoadResult) -> list[str]:
    """Requests whose histogram does not hold exactly as many values as were counted."""
    entries = ((stats.name, entry) for stats in result.windows for entry in stats.requests)
    return [f"{entry.name} in window {name}" for name, entry in entries if _held(entry) != entry.count]


def _held(entry: RequestStats) -> int | None:
    try:
        return int(decode(entry.histogram).get_total_count())
    except ValueError:
        return None


def latencies(entries: Sequence[RequestStats]) -> HdrHistogram:
    """Those of all of them."""
    return merged(decode(entry.histogram) for entry in entries)


def percentile_seconds(entries: Sequence[RequestStats], percentile: float) -> float:
    """A latency percentile over all of them, in seconds, from the merged counts."""
    return percentile_us(latencies(entries), percentile) / 1e6
