"""The operator's own metrics."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from stresscampaigns.runtime.store import Kind, Store


class Telemetry:
    """What the operator tells Prometheus of itself."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._seconds = Histogram(
            "stresscampaigns_reconcile_seconds",
            "Time for one step of an object",
            ["kind"],
            registry=self.registry,
        )
        self._failures = Counter(
            "stresscampaigns_reconcile_failures_total", "Steps that raised", ["kind"], registry=self.registry
        )
        self._objects = Gauge(
            "stresscampaigns_objects", "Objects that the operator knows", ["kind"], registry=self.registry
        )
        self._leader = Gauge(
            "stresscampaigns_leader", "1 while this operator holds the Lease", registry=self.registry
        )

    def reconciled(self, kind: Kind, seconds: float) -> None:
        """One step of an object took so long."""
        self._seconds.labels(kind).observe(seconds)

    def count(self, store: Store) -> None:
        """How many objects are known."""
        for kind, number in store.counts().items():
            self._objects.labels(kind).set(number)

    def failed(self, kind: Kind) -> None:
        """A step raised."""
        self._failures.labels(kind).inc()

    def leading(self, held: bool) -> None:
        """Is the Lease ours?"""
        self._leader.set(held)
