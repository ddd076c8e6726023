"""Latencies that a test makes up, counted as a worker counts them."""

from collections.abc import Iterable

from hdrh.histogram import HdrHistogram

from stresscampaigns.stats.tally import Tally


def histogram_of(seconds: Iterable[float]) -> HdrHistogram:
    """Every one of them."""
    tally = Tally()
    for one in seconds:
        tally.count(one)
    return tally.histogram()
