"""The coordinator's live series for Prometheus."""

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from stresscampaigns.api.load_plan import LoadPlan
from stresscampaigns.load.aggregate import Aggregate
from stresscampaigns.load.now import Now

QUANTILES = (50.0, 95.0, 99.0)


class LiveSeries(Collector):
    """Requests, latency of the last full second, users, workers, the generators' own CPU."""

    def __init__(self, plan: LoadPlan, aggregate: Aggregate, now: Callable[[], Now]) -> None:
        self._labels = {"campaign": plan.campaign, "run": plan.run}
        self._aggregate = aggregate
        self._now = now

    def collect(self) -> Iterator[Metric]:
        """Fresh values at every scrape."""
        now = self._now()
        yield self._requests()
        yield self._task_errors()
        yield self._latency(now)
        for name, text, value in (
            ("stress_users", "Concurrent users", now.users),
            ("stress_workers", "Workers that answer", now.workers),
            ("stress_generator_cpu_ratio", "Highest CPU share of any worker, of one core", now.cpu),
        ):
            gauge = GaugeMetricFamily(name, text, labels=list(self._labels))
            gauge.add_metric(list(self._labels.values()), value)
            yield gauge

    def _requests(self) -> Metric:
        names = [*self._labels, "scenario", "name", "result"]
        family = CounterMetricFamily("stress_requests", "Requests completed", labels=names)
        for (scenario, name), cell in list(self._aggregate.whole().items()):
            if not cell.count:
                continue
            base = [*self._labels.values(), scenario, name]
            family.add_metric([*base, "success"], cell.count - cell.failed)
            family.add_metric([*base, "failure"], cell.failed)
        return family

    def _task_errors(self) -> Metric:
        names = [*self._labels, "scenario", "task"]
        family = CounterMetricFamily("stress_task_errors", "Raised outside of any request", labels=names)
        for (scenario, name), cell in list(self._aggregate.whole().items()):
            if cell.errors:
                family.add_metric([*self._labels.values(), scenario, name], sum(cell.errors.values()))
        return family

    def _latency(self, now: Now) -> Metric:
        names = [*self._labels, "quantile"]
        family = GaugeMetricFamily(
            "stress_request_duration_seconds", "Latency, last full second", labels=names
        )
        for percentile, value in self._aggregate.second_percentiles(now.second - 2, QUANTILES).items():
            family.add_metric([*self._labels.values(), f"{percentile / 100:g}"], value)
        return family


def serve(series: LiveSeries, port: int) -> None:
    """Answer /metrics from now on."""
    registry = CollectorRegistry()
    registry.register(series)
    start_http_server(port, registry=registry)
