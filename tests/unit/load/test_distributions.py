"""Servers with a known distribution of delays under real loads of one, two and four workers, against the raw samples.

The samples are those that a user's own listener hears in each worker: what is lost or bent on the way, from the worker
over the wire into the merged histogram, shows.
"""

import random
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from stresscampaigns.api.load_result import LoadResult, RequestStats
from stresscampaigns.stats.histogram import decode, percentile_us
from tests.unit.load.distributed import DistributedLoad, plan, whole
from tests.unit.load.freezing_server import FreezingServer

pytestmark = pytest.mark.alone
WORKERS = (1, 2, 4)
FILE = """
import os
from locust import constant, events, task
from stresscampaigns.load.users import StressUser

raw = {{}}

@events.request.add_listener
def heard(name, response_time, **_):
    if name not in raw:
        raw[name] = open(f"{folder}/{{name}}-{{os.getpid()}}", "w", buffering=1)
    print(response_time, file=raw[name])

class Visitor(StressUser):
    wait_time = constant(0)

    @task
    def visit(self):
        self.client.get("/", name="lognormal")
        self.client.get("{bimodal}/", name="bimodal")
"""


def delays() -> dict[str, tuple[float, ...]]:
    """A thousand of each, in seconds: around 18 ms with a long tail; 97 % around 4 ms, the others around 0.5 s."""
    draw = random.Random(4)
    lognormal = (draw.lognormvariate(-4, 0.8) for _ in range(1000))
    bimodal = (
        draw.gauss(0.004, 0.0004) if draw.random() < 0.97 else draw.gauss(0.5, 0.03) for _ in range(1000)
    )
    return {"lognormal": tuple(lognormal), "bimodal": tuple(max(0.0001, one) for one in bimodal)}


class Measured:
    """Loads of so many workers, side by side; each one's result, and what its listeners heard."""

    def __init__(self, stack: ExitStack, folders: pytest.TempPathFactory) -> None:
        servers = {name: stack.enter_context(FreezingServer(of)) for name, of in delays().items()}
        self._folders = {workers: folders.mktemp("raw") for workers in WORKERS}

        def load(workers: int, folder: Path) -> DistributedLoad:
            file = FILE.format(folder=folder, bimodal=servers["bimodal"].url)
            (folder / "locustfile.py").write_text(file)
            own = {"scenarios": [], "locustfile": str(folder / "locustfile.py"), "workers": workers}
            stages = [{"name": "only", "users": 32, "duration": 3}]
            made = plan(servers["lognormal"].url, stages=stages, **own)
            return stack.enter_context(DistributedLoad(made, folder))

        loads = {workers: load(workers, folder) for workers, folder in self._folders.items()}
        self._results: dict[int, LoadResult] = {workers: load.result() for workers, load in loads.items()}

    def merged(self, workers: int, name: str) -> RequestStats:
        """What the load's result says of one distribution."""
        return next(one for one in whole(self._results[workers]).requests if one.name == f"GET {name}")

    def raw(self, workers: int, name: str) -> list[list[float]]:
        """Each worker's response times in milliseconds, as its listener heard them."""
        files = self._folders[workers].glob(f"{name}-*")
        return [[float(line) for line in file.read_text().splitlines()] for file in files]


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Measured]:
    with ExitStack() as stack:
        yield Measured(stack, tmp_path_factory)


def nearest_rank(ordered: list[float], percentile: float) -> float:
    return ordered[max(0, -(-len(ordered) * round(10 * percentile) // 1000) - 1)]


@pytest.mark.parametrize("name", ["lognormal", "bimodal"])
@pytest.mark.parametrize("workers", WORKERS)
def test_merged_percentiles_are_those_of_the_raw_samples(measured: Measured, workers: int, name: str) -> None:
    of_workers, stats = measured.raw(workers, name), measured.merged(workers, name)
    ordered = sorted(sample for of_worker in of_workers for sample in of_worker)
    assert len(of_workers) == workers
    assert stats.count == len(ordered) > 1000
    for percentile in (50, 90, 99, 99.9):
        found = percentile_us(decode(stats.histogram), percentile) / 1000
        assert found == pytest.approx(nearest_rank(ordered, percentile), rel=0.005)
