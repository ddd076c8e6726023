"""Latencies whose truth is known, counted by one, two and four workers. No process, no clock: pure arithmetic."""

import random
from collections.abc import Callable, Sequence

import pytest

from stresscampaigns.api.load_plan import PlannedStage
from stresscampaigns.api.load_result import RequestStats
from stresscampaigns.load.aggregate import Aggregate
from stresscampaigns.load.arrivals import Arrivals
from stresscampaigns.load.recorder import Recorder
from stresscampaigns.load.stages import all_windows
from stresscampaigns.stats.histogram import decode, percentile_us

SAMPLES = 20_000
PERCENTILES = (50, 90, 95, 99, 99.9)


def lognormal(draw: random.Random) -> float:
    return draw.lognormvariate(-4, 0.8)


def bimodal(draw: random.Random) -> float:
    return draw.gauss(0.004, 0.0004) if draw.random() < 0.97 else draw.gauss(0.9, 0.05)


def merged(workers: list[list[tuple[float, float]]], stage: PlannedStage) -> RequestStats:
    """As a load finds it, recorded, encoded, sent, merged. Each worker's list: when a request ended, its latency."""
    aggregate = Aggregate(all_windows([stage], []))
    for ended in workers:
        recorder = Recorder(lambda: 0.0)
        recorder.start(0.0)
        for finished, latency in ended:
            recorder.count(("http", "GET /"), finished, latency)
        for second, entries in recorder.take().items():
            aggregate.add(second, entries)
    (stats,) = aggregate.window_stats()[0].requests
    return stats


def percentiles(stats: RequestStats, asked: Sequence[float] = PERCENTILES) -> list[int]:
    return [percentile_us(decode(stats.histogram), percentile) for percentile in asked]


def merged_percentiles(samples: list[float], workers: int) -> list[int]:
    stage = PlannedStage(name="only", users=1, duration=10)
    ended = [(number % 10, sample) for number, sample in enumerate(samples)]
    return percentiles(merged([ended[worker::workers] for worker in range(workers)], stage))


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


def frozen(arrival: float) -> tuple[float, float]:
    """A server that answers at once, but not a byte from second 2 to 8: when it answers, how long that took."""
    answered = 8.0 if 2.0 <= arrival < 8.0 else arrival
    return answered, answered - arrival


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_a_server_that_is_frozen_for_six_of_ten_seconds_shows_its_true_latencies(workers: int) -> None:
    """1,000 even arrivals in 10 s. 400 are answered at once, 600 wait for up to 6 s, one hundredth less each."""
    stage = PlannedStage(name="only", rate=100, duration=10)
    due = [Arrivals([stage]).even(worker, workers) for worker in range(workers)]
    stats = merged([[frozen(arrival) for arrival in of_worker] for of_worker in due], stage)
    assert stats.count == 1000
    assert percentiles(stats, (50, 90, 99)) == pytest.approx([1.0e6, 5.0e6, 5.9e6], rel=0.01)
