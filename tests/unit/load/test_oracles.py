"""Latencies whose truth is known, counted by one, two and four workers."""

import random
from collections.abc import Callable

import pytest

from stresscampaigns.api.load import PlannedStage
from stresscampaigns.load.aggregate import Aggregate
from stresscampaigns.load.recorder import Recorder
from stresscampaigns.load.stages import all_windows
from stresscampaigns.stats.histogram import decode, percentile_us

SAMPLES = 20_000
PERCENTILES = (50, 90, 95, 99, 99.9)


def lognormal(draw: random.Random) -> float:
    return draw.lognormvariate(-4, 0.8)


def bimodal(draw: random.Random) -> float:
    return draw.gauss(0.004, 0.0004) if draw.random() < 0.97 else draw.gauss(0.9, 0.05)


def merged_percentiles(samples: list[float], workers: int) -> list[int]:
    """As a load of so many workers finds them: recorded, encoded, sent, merged."""
    recorders = [Recorder(lambda: 0.0) for _ in range(workers)]
    aggregate = Aggregate(all_windows([PlannedStage(name="only", users=1, duration=10)], []))
    for number, sample in enumerate(samples):
        recorder = recorders[number % workers]
        if not recorder.completed:
            recorder.start(0.0)
        recorder.count(("http", "GET /"), finished=number % 10, latency=sample)
    for recorder in recorders:
        for second, entries in recorder.take().items():
            aggregate.add(second, entries)
    (stats,) = aggregate.window_stats()[0].requests
    return [percentile_us(decode(stats.histogram), percentile) for percentile in PERCENTILES]


@pytest.mark.parametrize("distribution", [lognormal, bimodal])
def test_percentiles_are_those_of_the_raw_samples_whatever_the_number_of_workers(
    distribution: Callable[[random.Random], float],
) -> None:
    draw = random.Random(4)
    samples = [max(1e-6, distribution(draw)) for _ in range(SAMPLES)]
    ordered = sorted(samples)
    truth = [ordered[max(0, -(-SAMPLES * round(10 * one) // 1000) - 1)] * 1e6 for one in PERCENTILES]
    one, two, four = (merged_percentiles(samples, workers) for workers in (1, 2, 4))
    assert one == two == four
    assert one == pytest.approx(truth, rel=0.005)
