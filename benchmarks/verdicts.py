"""How often is a verdict wrong? Simulated windows, memory and servers whose truth is known; no cluster is needed.

`python -m benchmarks.verdicts` prints the tables of docs/load.md, in some minutes; the same numbers each time.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from stresscampaigns.stats.capacity import Search, Trial, TrialRequest, next_trial
from stresscampaigns.stats.certainty import percentile_us_sure, ratio
from stresscampaigns.stats.histogram import merged
from stresscampaigns.stats.scalability import Estimate, Point, fit
from stresscampaigns.stats.tally import Tally
from stresscampaigns.stats.trend import rises_throughout, slope

Draw = np.random.Generator
Floats = NDArray[np.float64]
RATE = 50
"""Requests a second."""


def log_normal(normal: Floats) -> Floats:
    """Latencies around 50 ms."""
    return 0.05 * np.exp(0.5 * normal)


def independent(draw: Draw, seconds: int) -> Floats:
    """No request knows of another."""
    return log_normal(draw.standard_normal(seconds * RATE))


def alike_for(length: float) -> Callable[[Draw, int], Floats]:
    """Each is like the one before it, and forgets it within so many seconds: AR(1)."""

    def kind(draw: Draw, seconds: int) -> Floats:
        keep = math.exp(-1 / (length * RATE))
        noise = draw.standard_normal(seconds * RATE) * math.sqrt(1 - keep * keep)
        noise[0] /= math.sqrt(1 - keep * keep)
        return log_normal(np.asarray(lfilter([1.0], [1.0, -keep], noise)))

    return kind


def bimodal(draw: Draw, seconds: int) -> Floats:
    """Of a cache, that 5.5 % miss: the 95th percentile lies at its edge."""
    slow = draw.random(seconds * RATE) < 0.055
    return np.where(slow, 0.4, 0.02) * np.exp(0.1 * draw.standard_normal(seconds * RATE))


def heavy(draw: Draw, seconds: int) -> Floats:
    """Pareto's tail, so heavy that it has no variance."""
    return 0.01 * (1 + draw.pareto(1.5, seconds * RATE))


def pauses(draw: Draw, seconds: int) -> Floats:
    """Each 20 s, give or take, all stands still for a second."""
    at, took = np.arange(seconds * RATE) / RATE, 0.02 * np.exp(0.3 * draw.standard_normal(seconds * RATE))
    for begins in np.cumsum(draw.exponential(20, seconds // 5 + 10)):
        waits = (at >= begins) & (at < begins + 1)
        took[waits] += begins + 1 - at[waits]
    return took


def other_machine(draw: Draw, seconds: int) -> Floats:
    """All of a window is faster or slower, by 3 % (one standard deviation): no look into the window shows it."""
    return independent(draw, seconds) * math.exp(0.03 * draw.standard_normal())


KINDS: dict[str, Callable[[Draw, int], Floats]] = {
    "independent": independent,
    "alike for 1 s": alike_for(1),
    "alike for 10 s": alike_for(10),
    "5.5 % slow": bimodal,
    "heavy tail": heavy,
    "pauses of 1 s": pauses,
    "machine +-3 %": other_machine,
}


def p95(latencies: Floats) -> Estimate:
    """As a check has it."""
    stretches = []
    for part in np.array_split(latencies, 10):
        tally = Tally()
        for latency in part.tolist():
            tally.count(latency)
        stretches.append(tally.histogram())
    return percentile_us_sure(merged(stretches), 95, stretches)


def compared(kind: str, seconds: int, truly: float, bound: float, times: int) -> str:
    """Shares of comparisons: beyond the bound as a plain ratio; Failed, Passed, Inconclusive."""
    draw = np.random.default_rng(1)
    found = [
        ratio(p95(KINDS[kind](draw, seconds) * truly), p95(KINDS[kind](draw, seconds))) for _ in range(times)
    ]
    plain, failed = sum(one.value > bound for one in found), sum(one.low > bound for one in found)
    passed = sum(one.high <= bound for one in found)
    shares = (f"{one / times:4.0%}" for one in (plain, failed, passed, times - failed - passed))
    return " | ".join(shares)


def compared_windows() -> None:
    """The table of `comparedTo`."""
    for seconds, bound, worse, times in ((40, 1.2, 1.5, 300), (3600, 1.05, 1.1, 30)):
        print(f"p95, {seconds} s each, max {bound:.0%}: ratio beyond | Failed | Passed | Inconclusive")
        for kind in KINDS:
            same = compared(kind, seconds, 1.0, bound, times)
            print(f"  {kind:15} the same {same}   x{worse} {compared(kind, seconds, worse, bound, times)}")


def sawtooth(period: int, draw: Draw) -> Callable[[int], float]:
    """60 MB up, and down again."""
    phase = draw.random()
    return lambda second: 60e6 * ((second / period + phase) % 1)


def leaks() -> None:
    """How often memory is called a leak, of 1800 s with a limit of 192 MB."""
    for leak in (0.0, 10e3, 20e3):
        for period in (60, 300, 600, 1200, 1800, 3600):
            draw, found = np.random.default_rng(1), 0
            for _ in range(100):
                saw = sawtooth(period, draw)
                points = [(float(t), 6e7 + saw(t) + leak * t + draw.normal(0, 1e6)) for t in range(1800)]
                rate = slope(points)
                found += rate.low > 0 and rate.value * 1800 > 0.05 * 192e6 and rises_throughout(points)
            print(f"  leak {leak / 1e3:3.0f} kB/s under a sawtooth of {period:4} s: called one in {found} %")


def searched(sustains: Callable[[TrialRequest], bool]) -> tuple[int, int]:
    """The lower bound, and how many trials it took."""
    search, done = Search(5, 500, whole=True), list[Trial]()
    while isinstance(step := next_trial(search, done), TrialRequest):
        done.append(Trial(step.load, step.duration, sustains(step), ""))
    return round(step.lower or 0), len(done)


def capacities() -> None:
    """Lower bounds of a search where 100 users are sustained."""
    for name, blur, hiccups in (
        ("sharp edge", 0.0, 0.0),
        ("blurred by 2 %", 0.02, 0.0),
        ("by 5 %", 0.05, 0.0),
    ):
        _capacity(name, blur, hiccups)
    _capacity("one trial of 20 fails by chance", 0.0, 0.05)


def _capacity(name: str, blur: float, hiccups: float) -> None:
    draw = np.random.default_rng(1)

    def sustains(trial: TrialRequest) -> bool:
        return trial.load <= 100 * (1 + draw.normal(0, blur)) and draw.random() >= hiccups

    lower, trials = zip(*(searched(sustains) for _ in range(1000)), strict=True)
    low, middle, high = np.percentile(lower, [2.5, 50, 97.5])
    print(f"  {name}: lower bound {low:.0f}, {middle:.0f}, {high:.0f}; {np.mean(trials):.1f} trials")


def peaks() -> None:
    """How often a peak is told, though throughput only stays where it is: one resource is full."""
    levels = (5, 20, 80, 320, 160, 113, 95, 104, 99, 97, 97, 97, 97)
    for knee in (50, 95, 150):
        for noise in (0.002, 0.01, 0.05):
            draw, told = np.random.default_rng(2), 0
            for _ in range(100):
                full = (Point(n, 10 * min(n, knee) * math.exp(draw.normal(0, noise))) for n in levels)
                told += fit(list(full)).peak is not None
            print(f"  full at {knee} users, noise {noise:.1%}: a peak is told in {told} %")


if __name__ == "__main__":
    compared_windows()
    print("memory, half an hour, limit 192 MB")
    leaks()
    print("capacity of 100 users: 2.5 %, median, 97.5 %")
    capacities()
    print("scalability, as a search of 5 to 320 users measures it")
    peaks()
