"""A window in stretches of time, from the load's slots: by how much they differ tells what is chance."""

from collections.abc import Sequence

from hdrh.histogram import HdrHistogram

from stresscampaigns.api.check_spec import RequestsQuestion
from stresscampaigns.api.load_result import LoadResult, WindowStats
from stresscampaigns.api.slots import SlotRequests, Slots
from stresscampaigns.core.checks.counting import is_asked_for
from stresscampaigns.stats.slots import in_stretches, latencies, whole_slots


def latencies_in_stretches(
    result: LoadResult, parts: Sequence[WindowStats], asked: RequestsQuestion
) -> list[HdrHistogram]:
    """Latencies of each stretch in which there was a request; none where the window has too few whole slots."""
    if result.slots is None:
        return []
    spans = [span for part in parts for span in _spans(result.slots, part)]
    found = latencies(_asked_for(result.slots, asked), spans)
    return [one for one in found if one.get_total_count()]


def rates_in_stretches(
    result: LoadResult, parts: Sequence[WindowStats], asked: RequestsQuestion
) -> list[float]:
    """Requests that succeeded in each stretch, a second; none where the window has too few whole slots."""
    if result.slots is None:
        return []
    slots, entries = result.slots, _asked_for(result.slots, asked)
    spans = [span for part in parts for span in _spans(slots, part)]
    return [sum(_succeeded(one, span) for one in entries) / (len(span) * slots.length) for span in spans]


def _asked_for(slots: Slots, asked: RequestsQuestion) -> list[SlotRequests]:
    return [one for one in slots.requests if is_asked_for(asked, one.scenario, one.name)]


def _succeeded(requests: SlotRequests, span: range) -> int:
    cut = slice(span.start, span.stop)
    return sum(requests.counts[cut]) - sum(requests.failures[cut])


def _spans(slots: Slots, part: WindowStats) -> list[range]:
    return in_stretches(whole_slots(slots, part.start, part.end))
